//! `plenary_fuzz::vp8_decoder` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| plenary_fuzz::vp8_decoder(data));
