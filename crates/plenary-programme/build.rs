//! Links libvpx, stops the build where it is missing or where openh264 would be compiled without its assembly, at half the speed, and
//! warns where it would be compiled without the faster half of it.

use std::env;
use std::path::PathBuf;
use std::process::Command;

/// What `.cargo/config.toml` sets so that openh264 has its AVX2 code.
const CXX_FLAGS: &str = "CXXFLAGS_x86_64_unknown_linux_gnu";
const NASM_FLAGS: &str = "NASMENV";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=PATH");
    println!("cargo::rerun-if-env-changed=OPENH264_NO_ASM");
    println!("cargo::rerun-if-env-changed={CXX_FLAGS}");
    println!("cargo::rerun-if-env-changed={NASM_FLAGS}");
    if env::var_os("CARGO_FEATURE_VP8").is_some() {
        link_vpx();
    }
    let arch = env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    if arch != "x86_64" && arch != "x86" {
        return;
    }
    if env::var_os("OPENH264_NO_ASM").is_some() {
        refuse(
            "OPENH264_NO_ASM is set, so openh264 would run at less than half its speed; unset it",
        );
    }
    let found = Command::new("nasm").arg("-v").output().is_ok_and(|out| out.status.success());
    if !found {
        refuse(
            "nasm is missing, so openh264 would run at less than half its speed; \
             install it (Debian: apt-get install nasm)",
        );
    }
    let has_avx2 = |name| env::var(name).is_ok_and(|flags| flags.contains("-DHAVE_AVX2"));
    match (has_avx2(CXX_FLAGS), has_avx2(NASM_FLAGS)) {
        (true, true) => {}
        (true, false) => refuse("NASMENV lacks -DHAVE_AVX2, so openh264 would not link"),
        (false, _) => println!(
            "cargo::warning=openh264 is built without its AVX2 code, a sixth slower: \
             run cargo inside the checkout, whose .cargo/config.toml sets {CXX_FLAGS}"
        ),
    }
}

/// Links the system's libvpx, into the program itself where there is an archive of it, so that the
/// program runs on machines without it. The compiler knows where libraries are; Debian's own
/// description of this one names the wrong folder.
fn link_vpx() {
    let kinds = [("static", "libvpx.a"), ("dylib", "libvpx.so")];
    let found = kinds.iter().find_map(|(kind, file)| Some((kind, library(file)?)));
    let Some((kind, path)) = found else {
        println!(
            "cargo::error=libvpx is missing, which decodes the pictures of browsers without H.264: \
             install it (Debian: apt-get install libvpx-dev), or build with --no-default-features \
             and have cards for them"
        );
        std::process::exit(1)
    };
    if let Some(folder) = path.parent() {
        println!("cargo::rustc-link-search=native={}", folder.display());
    }
    println!("cargo::rustc-link-lib={kind}=vpx");
}

/// Where the C compiler finds a library.
fn library(file: &str) -> Option<PathBuf> {
    println!("cargo::rerun-if-env-changed=CC");
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let asked = Command::new(compiler).arg(format!("-print-file-name={file}")).output().ok()?;
    // What it does not find it gives back as it was asked.
    let path = PathBuf::from(String::from_utf8(asked.stdout).ok()?.trim());
    (path.is_absolute() && path.exists()).then_some(path)
}

/// openh264 may have been compiled already, before this check: its slow objects have to go too.
fn refuse(reason: &str) -> ! {
    println!("cargo::error={reason}, then run: cargo clean -p openh264-sys2");
    std::process::exit(1)
}
