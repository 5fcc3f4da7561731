//! `plenary_fuzz::stage_feed` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| plenary_fuzz::stage_feed(data));
