//! UTF-16 where bytes are expected, and bytes where UTF-16 is: in binaries of every size, and in logs that two programs wrote.

use belljar::model::ScanEvent;
use belljar::{pack, scan};

const LINE: &str = "GET evil.example/a\r\n";

/// How many matches `bytes` hold, which do not depend on how they are cut.
fn seen(bytes: &[u8]) -> usize {
    let pack = pack::read("t", vec![("t.csv".to_owned(), b"type,value\ndomain,evil.example\n".to_vec())]);
    let set = scan::compile(&[pack]);
    let [whole, cut] = [bytes.len().max(1), 977].map(|size| {
        let mut all: Vec<ScanEvent> = Vec::new();
        let mut scanner = scan::Scanner::new(set.clone(), Default::default());
        scanner.begin("log", &mut all);
        for block in bytes.chunks(size) {
            let _ = scanner.feed(block, &mut all);
        }
        scanner.finish(&mut all);
        all.into_iter().filter(|event| matches!(event, ScanEvent::Sighting(_))).count()
    });
    assert_eq!(cut, whole);
    whole
}

fn wide(text: &str, little_endian: bool) -> Vec<u8> {
    let order = |unit: u16| if little_endian { unit.to_le_bytes() } else { unit.to_be_bytes() };
    text.encode_utf16().flat_map(order).collect()
}

/// Bytes that are no text.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as u8 | 0x80
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn binaries_of_every_size_are_searched_for_wide_text() {
    for length in [20, 1_000, 65_536, 262_144, 262_145, 600_000] {
        let bytes = [&[0xFF, 0, 1][..], &noise(length), &wide(LINE, true), &noise(50)].concat();
        assert_eq!(seen(&bytes), 1, "{length}");
    }
}

#[test]
fn a_log_may_go_on_in_another_width() {
    let ordinary = "2020-12-16 10:00:00 an ordinary line\r\n".repeat(300);
    for little_endian in [true, false] {
        let wide = |text: &str| wide(text, little_endian);
        let mark: &[u8] = if little_endian { &[0xFF, 0xFE] } else { &[0xFE, 0xFF] };
        assert_eq!(seen(&[ordinary.as_bytes(), &wide(LINE)].concat()), 1);
        assert_eq!(seen(&[mark, &wide(&ordinary), LINE.as_bytes()].concat()), 1);
        assert_eq!(seen(&[mark, &wide(&ordinary), b"x", &wide(LINE)].concat()), 1);
        assert_eq!(seen(&[mark, &wide(&ordinary), &wide(LINE)].concat()), 1);
    }
}
