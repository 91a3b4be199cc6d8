//! Any file that may be dropped. Its first byte says how it is cut; the seeds make libFuzzer know every format.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some((cut, bytes)) = data.split_first() {
        belljar_fuzz::evidence("evidence", bytes, usize::from(*cut));
    }
});
