//! Lines that are made to cost more than their length: each is read in time, however often it repeats what a search, a
//! decoding or a record format looks at. What costs the square of a line's length would take minutes here.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use belljar::index::IndicatorSet;
use belljar::model::{Limits, ScanEvent};
use belljar::{pack, scan};

/// Bytes of a line.
const LINE: usize = 256 << 10;

/// Seconds that such a line may take on a slow and busy machine. Without optimization it takes some tenths of one.
const LONGEST: f64 = 15.0;

fn scanned(set: &Arc<IndicatorSet>, line: &[u8]) -> f64 {
    let start = Instant::now();
    let mut events: Vec<ScanEvent> = Vec::new();
    let limits = Limits { line: LINE + 1_024, ..Limits::default() };
    let mut scanner = scan::Scanner::new(set.clone(), limits);
    scanner.begin("hostile.log", &mut events);
    scanner.feed(line, &mut events);
    scanner.feed(b"\n", &mut events);
    scanner.finish(&mut events);
    start.elapsed().as_secs_f64()
}

fn repeated(head: &str, piece: &str) -> Vec<u8> {
    let mut line = head.as_bytes().to_vec();
    line.extend(piece.bytes().cycle().take(LINE - LINE % piece.len().max(1)));
    line
}

#[test]
fn a_line_of_utf_16_may_be_full_of_matches() {
    let table = b"type,value\ndomain,evil.example\nip,192.0.2.7\n".to_vec();
    let set = scan::compile(&[pack::read("t", vec![("t.csv".to_owned(), table)])]);
    for piece in ["evil.example ", "192.0.2.7 ", "evil%2eexample "] {
        let line = String::from_utf8(repeated("", piece)).expect("text");
        let wide: Vec<u8> = line.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let seconds = scanned(&set, &[&[0xFF, 0xFE][..], &wide].concat());
        assert!(seconds < LONGEST, "{piece:?} again and again: {seconds:.1} s");
    }
}

fn in_time(set: &Arc<IndicatorSet>, head: &str, piece: &str) {
    let seconds = scanned(set, &repeated(head, piece));
    assert!(seconds < LONGEST, "{head:?} and {piece:?} again and again: {seconds:.1} s");
}

fn all_packs() -> Arc<IndicatorSet> {
    scan::compile(&pack::bundled().packs)
}

#[test]
fn what_indicators_are_found_by_may_stand_in_a_line_a_thousand_times() {
    let packs = pack::bundled().packs;
    let set = scan::compile(&packs);
    // Of each kind, one with parameters and one without, the shortest: it stands there most often.
    let mut values: BTreeMap<(String, bool), String> = BTreeMap::new();
    for indicator in packs.iter().flat_map(|pack| &pack.indicators) {
        let key = (format!("{:?}", indicator.kind), indicator.value.contains('?'));
        let value = values.entry(key).or_insert_with(|| indicator.value.clone());
        if indicator.value.len() < value.len() {
            value.clone_from(&indicator.value);
        }
    }
    assert!(values.len() > 10, "{values:?}");
    for value in values.values() {
        for around in ["/", "?"] {
            in_time(&set, "", &format!("{value}{around}"));
        }
    }
    for piece in ["dwn=", "dwn=&", "dwn=,", "?dwn=,/", "x.html?dwn=&", "dwn= ", "/courier/about.html"] {
        in_time(&set, "/x.html?", piece);
        in_time(&set, "\"GET /x.html?", piece);
    }
}

#[test]
fn a_url_may_stand_in_its_own_query_a_thousand_times() {
    let urls =
        ["http://bad.example/q/x", "http://bad.example/", "http://localhost/x", "http://192.0.2.1/x?y="];
    let table: String = urls.iter().map(|url| format!("url,{url}\n")).collect();
    let file = (
        "urls.csv".to_owned(),
        format!(
            "type,value
{table}"
        )
        .into_bytes(),
    );
    let set = scan::compile(&[scan::read_pack("urls.csv", vec![file], &Limits::default())]);
    assert_eq!(set.len(), urls.len());
    for url in urls {
        for around in ["", "?", "?a)", "#", ","] {
            in_time(&set, "", &format!("{url}{around}"));
        }
    }
}

#[test]
fn what_decodings_undo_may_stand_in_a_line_a_thousand_times() {
    let set = all_packs();
    for piece in [
        "%",
        "%25",
        "%u0041",
        "&",
        "&#",
        "&#46;",
        "&amp;",
        "\\",
        "\\x41",
        "\\u0041",
        "\\/",
        "[",
        "[.",
        "[.]",
        "a[.",
        "(dot)",
        "hxxp",
        "hxxp[",
        "://",
        "://1",
        "://0x",
        "://16909060/",
        "=2E",
        "xn--",
        "\u{e9}",
        "\u{200b}",
    ] {
        in_time(&set, "", piece);
    }
}

#[test]
fn what_separates_fields_may_stand_in_a_line_a_thousand_times() {
    let set = all_packs();
    for piece in [
        " ",
        "\t",
        "\"",
        "'",
        "\" ",
        "(",
        ")",
        "<",
        ">",
        "{",
        "}",
        "]",
        ",",
        ";",
        ":",
        "=",
        "?",
        "#",
        "/",
        "|",
        "@",
        ".",
        "-",
        "_",
        "0",
        "a",
        "a.",
        "a:",
        "a@",
        "a=1 ",
        "a=\"",
        "{\"a\":",
        "[{",
        "1.1.1.1",
        "::",
        "12:00:00 ",
    ] {
        in_time(&set, "", piece);
    }
}

#[test]
fn a_record_may_go_on_and_on() {
    let set = all_packs();
    for head in [
        "{\"time\":\"2020-12-16T10:00:00Z\",\"message\":\"",
        "CEF:0|v|p|1|100|a|10|src=192.0.2.7 msg=",
        "LEEF:1.0|v|p|1|e|src=192.0.2.7\tmsg=",
        "192.0.2.9 - - [16/Dec/2020:10:00:00 +0000] \"GET /",
        "[Wed Dec 16 10:00:00.000000 2020] [core:error] [pid 1] [client 192.0.2.9:1] ",
        "2020/12/16 10:00:00 [error] 1#1: *1 open() failed, client: 192.0.2.9, request: \"GET /",
        "<34>1 2020-12-16T10:00:00Z host app 1 - [a b=\"",
        "Dec 16 10:00:00 host sshd[1]: ",
        "type=SYSCALL msg=audit(1608112800.243:24287): a=1 b=2 c=",
        "1608112800.243 1 192.0.2.9 TCP_MISS/200 1 GET http://",
    ] {
        for piece in ["\"", "\\", " ", " a=", "a from 192.0.2.9 ", ", a: ", "["] {
            in_time(&set, head, piece);
        }
    }
}
