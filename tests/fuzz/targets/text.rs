//! Any text: records, decodings and observers, line by line.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some((cut, bytes)) = data.split_first()
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        belljar_fuzz::evidence("access_log", text.as_bytes(), usize::from(*cut));
        let _ = belljar::pack::extract(text);
        let _ = belljar::pack::refang(text);
        let _ = belljar::pack::stix_pattern::parse(text);
    }
});
