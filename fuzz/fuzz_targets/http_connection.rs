//! `plenary_fuzz::http_connection` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| plenary_fuzz::http_connection(data));
