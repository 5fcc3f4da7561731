//! Stops the build where openh264 would be compiled without its assembly, at half the speed, and
//! warns where it would be compiled without the faster half of it.

use std::env;
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

/// openh264 may have been compiled already, before this check: its slow objects have to go too.
fn refuse(reason: &str) -> ! {
    println!("cargo::error={reason}, then run: cargo clean -p openh264-sys2");
    std::process::exit(1)
}
