//! Belljar's own files, recognized so that they do not report themselves.

/// How a report of one event a line begins.
const EVENTS: [&str; 4] = [
    "{\"event\":\"artifact\",\"artifact\":",
    "{\"event\":\"sighting\",\"pack\":",
    "{\"event\":\"diagnostic\",\"severity\":",
    "{\"event\":\"summary\",\"verdict\":",
];

/// What an artifact that begins like this is, where it is one of Belljar's own files.
///
/// Such files are searched like any other: whoever forges this beginning gains nothing, since the sightings are
/// shown, marked as quoted from a list or report.
pub(super) fn recognize(head: &[u8]) -> Option<&'static str> {
    let starts = |text: &str| head.starts_with(text.as_bytes());
    if starts("{\n  \"belljar_report\"")
        || starts("{\"belljar_report\"")
        || EVENTS.iter().any(|event| starts(event))
        || starts("\"pack\",\"indicator\",\"severity\",\"title\",")
        || starts("BELLJAR REPORT: ")
    {
        return Some("Belljar report");
    }
    let near = &head[..head.len().min(1_024)];
    if starts("<!doctype html>")
        && memchr::memmem::find(near, b"<meta name=\"generator\" content=\"belljar report\">").is_some()
    {
        return Some("Belljar report");
    }
    if starts("kind,value,severity,confidence,") {
        return Some("Belljar pack");
    }
    None
}
