//! `plenary_fuzz::socket_wire` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| plenary_fuzz::socket_wire(data));
