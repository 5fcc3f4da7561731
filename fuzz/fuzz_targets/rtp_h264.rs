//! `plenary_fuzz::rtp_h264` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| plenary_fuzz::rtp_h264(data));
