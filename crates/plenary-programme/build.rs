//! Stops the build where openh264 would be compiled without its assembly, at half the speed.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=PATH");
    println!("cargo::rerun-if-env-changed=OPENH264_NO_ASM");
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
}

/// openh264 may have been compiled already, before this check: its slow objects have to go too.
fn refuse(reason: &str) -> ! {
    println!("cargo::error={reason}, then run: cargo clean -p openh264-sys2");
    std::process::exit(1)
}
