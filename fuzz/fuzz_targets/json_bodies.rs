//! `plenary_fuzz::json_bodies` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| plenary_fuzz::json_bodies(data));
