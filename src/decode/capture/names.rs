//! DNS messages as records: what was asked, and what was answered.

use super::desk::{Count, Out};
use super::dns;
use super::exchange::Scene;
use crate::model::Field;

/// Hands on the record of a message; `false` where it is none.
pub(super) fn message(bytes: &[u8], scene: &Scene, out: &mut Out<'_>) -> bool {
    let read = dns::message(bytes);
    if read.as_ref().is_none_or(|message| !message.whole) {
        out.desk.count(Count::Malformed, 1);
    }
    let Some(message) = read else { return false };
    out.record(out.place, |line| {
        line.pair("Flow", &scene.flow.to_string());
        line.pair("Protocol", "dns");
        line.ends(scene.client, scene.server, true);
        line.pair("Type", if message.is_response { "response" } else { "query" });
        if message.is_response {
            line.pair("Code", &code(message.code));
        }
        for (name, kind) in &message.questions {
            line.pair("QueryType", &dns::kind_name(*kind));
            line.field("Query", name.as_bytes(), Field::Host);
        }
        let mut before = message.questions.first().map(|(name, _)| name.as_str());
        for answer in &message.answers {
            // The name that was asked for is not told again.
            if before != Some(answer.name.as_str()) {
                line.pair("Name", &answer.name);
            }
            before = Some(answer.name.as_str());
            line.pair(&dns::kind_name(answer.kind), &answer.value);
        }
    });
    message.whole
}

/// The response code (RFC 1035 section 4.1.1) in words.
fn code(code: u8) -> String {
    match code {
        0 => "ok".to_owned(),
        1 => "format-error".to_owned(),
        2 => "server-failure".to_owned(),
        3 => "no-such-name".to_owned(),
        4 => "not-implemented".to_owned(),
        5 => "refused".to_owned(),
        _ => code.to_string(),
    }
}
