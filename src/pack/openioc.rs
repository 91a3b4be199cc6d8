//! OpenIOC 1.0 and 1.1 (Mandiant): a tree of AND and OR over terms such as `FileItem/Md5sum`.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::model::{Indicator, Pack, Severity};

use super::condition::{self, Condition};
use super::rejected;

/// Nesting deeper than this is refused.
const DEEPEST: usize = 64;

/// Whether `text` is an OpenIOC document.
pub(super) fn is_openioc(text: &str) -> bool {
    let start: String = text.chars().take(2_000).collect();
    start.trim_start().starts_with('<')
        && (start.contains("schemas.mandiant.com")
            || start.contains("openioc.org")
            || start.contains("<ioc ")
            || start.contains("<OpenIOC"))
        && text.contains("<Indicator")
}

/// One term as it is read.
#[derive(Default)]
struct Term {
    search: String,
    content: String,
    condition: String,
    negated: bool,
}

/// Reads every alternative of the tree into `pack`.
pub(super) fn read(pack: &mut Pack, path: &str, text: &str) {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<(bool, Vec<Condition>)> = Vec::new();
    let mut term: Option<Term> = None;
    let mut inside = String::new();
    let mut about = Indicator { severity: Severity::Medium, ..Indicator::default() };
    let mut top = Vec::new();
    let fail = |pack: &mut Pack, reason: String| {
        pack.rejected.push(rejected(
            path.to_owned(),
            "",
            reason,
            "fetch the file again; it has to be OpenIOC XML",
        ));
    };
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                return fail(
                    pack,
                    format!("the XML cannot be read, at byte {}: {error}", reader.error_position()),
                );
            }
        };
        match event {
            Event::Start(start) => {
                inside = start.local_name().as_ref().to_owned();
                begin(&start, &inside, &mut open, &mut term);
                if open.len() > DEEPEST {
                    return fail(pack, format!("its conditions are nested more than {DEEPEST} deep"));
                }
            }
            Event::Empty(start) => {
                begin(&start, start.local_name().as_ref(), &mut Vec::new(), &mut term);
            }
            Event::Text(text) => {
                put(&inside, &text, &mut term, &mut about, open.is_empty());
            }
            Event::CData(text) => {
                put(&inside, &text, &mut term, &mut about, open.is_empty());
            }
            Event::GeneralRef(reference) => {
                put(&inside, &resolved(&reference), &mut term, &mut about, open.is_empty());
            }
            Event::End(end) => {
                ended(end.local_name().as_ref(), &mut open, &mut term, &mut top);
                inside.clear();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if !open.is_empty() {
        fail(pack, "the document ends in the middle of its conditions".to_owned());
    }
    if top.is_empty() {
        return fail(pack, "it has no condition".to_owned());
    }
    about.context = about.context.split_whitespace().collect::<Vec<_>>().join(" ");
    let title = about.context.clone();
    for tree in top {
        condition::take(pack, path, &title, &title, &tree, &about);
    }
}

/// What a reference stands for: one of the five that XML itself knows, or a character by number. Others are not expanded.
fn resolved(reference: &BytesRef<'_>) -> String {
    match reference.resolve_char_ref() {
        Ok(Some(c)) => c.to_string(),
        _ => match quick_xml::escape::resolve_predefined_entity(reference) {
            Some(known) => known.to_owned(),
            None => format!("&{};", &**reference),
        },
    }
}

/// An element ends: a term joins the conditions around it, and they those around them.
fn ended(
    name: &str,
    open: &mut Vec<(bool, Vec<Condition>)>,
    term: &mut Option<Term>,
    top: &mut Vec<Condition>,
) {
    match name {
        "IndicatorItem" => {
            if let (Some(term), Some((_, items))) = (term.take(), open.last_mut()) {
                items.push(seen(&term));
            }
        }
        "Indicator" => {
            let Some((all, items)) = open.pop() else { return };
            let tree = if all { Condition::All(items) } else { Condition::Any(items) };
            open.last_mut().map_or(top, |(_, outer)| outer).push(tree);
        }
        _ => {}
    }
}

fn begin(
    start: &BytesStart<'_>,
    name: &str,
    open: &mut Vec<(bool, Vec<Condition>)>,
    term: &mut Option<Term>,
) {
    let attribute = |wanted: &str| {
        let found =
            start.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == wanted);
        found.map(|attribute| attribute.value.into_owned()).unwrap_or_default()
    };
    match name {
        "Indicator" => open.push((attribute("operator").eq_ignore_ascii_case("and"), Vec::new())),
        "IndicatorItem" => {
            *term = Some(Term {
                condition: attribute("condition"),
                negated: attribute("negate") == "true",
                ..Term::default()
            });
        }
        "Context" => {
            if let Some(term) = term {
                term.search = attribute("search");
            }
        }
        _ => {}
    }
}

fn put(inside: &str, text: &str, term: &mut Option<Term>, about: &mut Indicator, outside: bool) {
    match (inside, term) {
        ("Content", Some(term)) => term.content.push_str(text),
        ("short_description" | "description", None) if outside => {
            if !about.context.is_empty() {
                about.context.push(' ');
            }
            about.context.push_str(text);
        }
        _ => {}
    }
}

/// A term as a value, or why evidence does not show it.
fn seen(term: &Term) -> Condition {
    let shown = format!("{} {} {:?}", term.search, term.condition, term.content);
    let unseen = |reason: String, hint: &str| Condition::Unseen {
        text: shown.clone(),
        why: (reason, hint.to_owned()),
    };
    if term.negated || term.condition.ends_with("not") {
        return unseen(
            "what must not be there is not evaluated".into(),
            "leave it out if the rest means something alone",
        );
    }
    let Some(name) = named(&term.search) else {
        return unseen(
            format!("{} is not something that this evidence shows", term.search),
            "write it as text to search for it all the same",
        );
    };
    let (name, value) = match (term.condition.as_str(), name) {
        ("is" | "" | "matches", "file-name") if term.content.contains(['/', '\\']) => {
            ("file-path", term.content.clone())
        }
        ("matches", _) => ("regex", term.content.clone()),
        ("is" | "", name) => (name, term.content.clone()),
        // A digest or an address is contained only as a whole.
        ("contains", name @ ("md5" | "sha1" | "sha256" | "ip")) => (name, term.content.clone()),
        ("contains", "domain") if !term.content.starts_with('.') => ("domain", term.content.clone()),
        ("contains" | "starts-with" | "ends-with", _) if term.content.len() >= 4 => {
            ("text", term.content.clone())
        }
        (condition, _) => {
            return unseen(
                format!("the comparison {condition:?} is not evaluated"),
                "write it as text or regex",
            );
        }
    };
    Condition::Value { name: name.to_owned(), value }
}

/// The kind of value that a term names.
fn named(search: &str) -> Option<&'static str> {
    let name = match search {
        "FileItem/Md5sum"
        | "TaskItem/md5sum"
        | "ServiceItem/pathmd5sum"
        | "ServiceItem/serviceDLLmd5sum"
        | "DriverItem/Md5sum"
        | "ProcessItem/SectionList/MemorySection/Md5sum"
        | "fileWriteEvent/md5"
        | "processEvent/md5"
        | "imageLoadEvent/md5" => "md5",
        "FileItem/Sha1sum" | "TaskItem/sha1sum" => "sha1",
        "FileItem/Sha256sum" | "TaskItem/sha256sum" => "sha256",
        "FileItem/FileName" | "ProcessItem/name" | "fileWriteEvent/fileName" | "imageLoadEvent/fileName" => {
            "file-name"
        }
        "FileItem/FullPath"
        | "FileItem/FilePath"
        | "ServiceItem/path"
        | "ProcessItem/path"
        | "ServiceItem/serviceDLL" => "file-path",
        "Network/DNS"
        | "DnsEntryItem/Host"
        | "DnsEntryItem/RecordName"
        | "UrlHistoryItem/HostName"
        | "FileDownloadHistoryItem/SourceURL/Host"
        | "dnsLookupEvent/hostname"
        | "urlMonitorEvent/hostname" => "domain",
        "Network/URI" | "urlMonitorEvent/requestUrl" => "request-target",
        "UrlHistoryItem/URL" | "FileDownloadHistoryItem/SourceURL" => "url",
        "Network/UserAgent" | "urlMonitorEvent/userAgent" => "user-agent",
        "PortItem/remoteIP"
        | "PortItem/localIP"
        | "RouteEntryItem/Destination"
        | "ProcessItem/PortList/PortItem/remoteIP"
        | "ipv4NetworkEvent/remoteIP"
        | "DnsEntryItem/RecordData/IPv4Address" => "ip",
        "Email/From" | "Email/To" => "email",
        "Email/Subject"
        | "Email/Attachment/Name"
        | "Network/String"
        | "Network/HTTP_Referr"
        | "FileItem/StringList/string"
        | "ProcessItem/arguments"
        | "EventLogItem/message" => "text",
        _ => return None,
    };
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_kept() {
        let text = r#"<?xml version="1.0"?><ioc xmlns="http://schemas.mandiant.com/2010/ioc"><short_description>A &amp; B</short_description>
        <definition><Indicator operator="OR">
          <IndicatorItem condition="is"><Context search="FileItem/Md5sum"/><Content type="md5">0123456789abcdef0123456789abcdef</Content></IndicatorItem>
          <IndicatorItem condition="is"><Context search="RegistryItem/Path"/><Content>HKLM\x</Content></IndicatorItem>
          <Indicator operator="AND">
            <IndicatorItem condition="is"><Context search="FileItem/FileName"/><Content>a.exe</Content></IndicatorItem>
            <IndicatorItem condition="contains"><Context search="FileItem/StringList/string"/><Content>evil &lt;b&gt;</Content></IndicatorItem>
          </Indicator></Indicator></definition></ioc>"#;
        assert!(is_openioc(text));
        let mut pack = Pack { id: "o".into(), ..Pack::default() };
        read(&mut pack, "a.ioc", text);
        assert_eq!(
            (pack.indicators.len(), pack.rejected.len(), pack.combinations.len()),
            (3, 1, 1),
            "{pack:?}"
        );
        assert_eq!(pack.indicators[2].value, "evil <b>");
        assert_eq!(pack.indicators[0].context, "A & B");
    }

    #[test]
    fn an_entity_bomb_expands_to_nothing_and_broken_xml_says_where() {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><ioc xmlns=\"http://schemas.mandiant.com/2010/ioc\"><definition><Indicator operator=\"OR\"><IndicatorItem condition=\"is\"><Context search=\"Network/DNS\"/><Content>&b;</Content></IndicatorItem></Indicator></definition></ioc>";
        let mut pack = Pack::default();
        read(&mut pack, "b.ioc", bomb);
        assert!(pack.indicators.is_empty() && !pack.rejected.is_empty());
        let mut pack = Pack::default();
        read(&mut pack, "c.ioc", "<ioc><Indicator></ioc>");
        assert!(pack.rejected[0].reason.contains("cannot be read"), "{:?}", pack.rejected);
    }
}
