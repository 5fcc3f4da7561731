//! `plenary_fuzz::hls_access_unit` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| plenary_fuzz::hls_access_unit(data));
