//! `plenary_fuzz::playlist_check` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| plenary_fuzz::playlist_check(data));
