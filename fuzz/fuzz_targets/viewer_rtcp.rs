//! `plenary_fuzz::viewer_rtcp` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| plenary_fuzz::viewer_rtcp(data));
