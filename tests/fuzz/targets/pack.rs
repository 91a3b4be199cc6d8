//! Any indicator file. Its first byte is passed over, so that all targets share the form of their seeds.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some((_, bytes)) = data.split_first() {
        belljar_fuzz::indicators("indicators", bytes);
    }
});
