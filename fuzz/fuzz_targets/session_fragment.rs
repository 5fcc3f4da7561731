//! `plenary_fuzz::session_fragment` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| plenary_fuzz::session_fragment(data));
