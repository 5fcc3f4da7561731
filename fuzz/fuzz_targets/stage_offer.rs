//! `plenary_fuzz::stage_offer` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| plenary_fuzz::stage_offer(data));
