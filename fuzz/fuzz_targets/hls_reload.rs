//! `plenary_fuzz::hls_reload` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| plenary_fuzz::hls_reload(data));
