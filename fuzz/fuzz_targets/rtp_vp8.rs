//! `plenary_fuzz::rtp_vp8` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| plenary_fuzz::rtp_vp8(data));
