//! PDF documents made here, object by object, so that every way to hide a link is one of the tests.

use std::io::Write;

use belljar::identify;
use belljar::model::ArtifactKind::{Binary, Pdf};
use belljar::model::{Limits, ScanEvent};
use belljar::{pack, scan};

use crate::mutation::survive;
use crate::parts::{All, decoded, unlocked};
use crate::samples::sample;

/// A document of these objects, each with its dictionary and perhaps a stream.
fn document(objects: &[(&str, Option<&[u8]>)]) -> Vec<u8> {
    let mut all = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    for (number, (body, stream)) in objects.iter().enumerate() {
        all.extend_from_slice(format!("{} 0 obj\n{body}\n", number + 1).as_bytes());
        if let Some(stream) = stream {
            all.extend_from_slice(&[b"stream\r\n", *stream, b"\nendstream\n"].concat());
        }
        all.extend_from_slice(b"endobj\n");
    }
    all.extend_from_slice(b"trailer\n<</Root 1 0 R/Size 9>>\nstartxref\n0\n%%EOF\n");
    all
}

fn deflated(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain).expect("memory");
    encoder.finish().expect("memory")
}

/// The member of this name.
fn member<'a>(all: &'a All, name: &str) -> &'a [u8] {
    let found = all.members.iter().find(|member| member.name == name);
    &found.unwrap_or_else(|| panic!("no {name} in {:?}", all.members)).bytes
}

/// The codes of what was said.
fn codes(all: &All) -> Vec<&str> {
    all.diagnostics.iter().map(|said| said.code.as_str()).collect()
}

/// A document with everything in it that is read.
fn rich() -> Vec<u8> {
    let objects = deflated(
        b"7 0 8 30 <</S/URI/URI(http://evil\\056example/a)>>  <</Type/Filespec/F(tool.exe)/EF<</F 5 0 R>>>>",
    );
    let rows = deflated(&[[2u8, 1, 0, 0], [2, 0, 1, 16], [2, 0, 1, 16]].concat());
    let chain = b"789c4b4c4a0600024d0127>";
    document(&[
        (
            "<</Type/Catalog/OpenAction<</S/JavaScript/JS 6 0 R>>/Uri<68747470733A2F2F312E6578616D706C65>>>",
            None,
        ),
        ("<</Type/ObjStm/N 2/First 10/Filter/FlateDecode/Length 9 0 R>>", Some(&objects)),
        ("<</Type/XRef/W[1 1 1]/F#69lter[/Fl]/DecodeParms[<</Predictor 12/Columns 3>>]>>", Some(&rows)),
        ("<</Filter[/AHx/Fl]/Length 23>>", Some(chain)),
        ("<</Type/EmbeddedFile/Length 13>>", Some(b"MZ\x90\0endstream")),
        ("<</Length 60>>", Some(b"app.launchURL('http://js.example/x');")),
        ("<</Subtype/Image/Filter/DCTDecode>>", Some(b"\xFF\xD8\xFF\xE0picture")),
        ("<<>>", Some(b"BT [(ev) 12 (il.ex) -30 (ample)] TJ ET")),
    ])
}

#[test]
fn every_stream_is_a_member_with_its_filters_undone() {
    let bytes = rich();
    assert_eq!(identify::identify(&bytes, true).kind, Pdf);
    let all = decoded(Pdf, &bytes, bytes.len());
    assert!(all.diagnostics.is_empty(), "{:?}", all.diagnostics);
    assert!(member(&all, "object 2").starts_with(b"7 0 8 30 <</S/URI"));
    assert_eq!(member(&all, "object 3"), [1, 0, 0, 1, 1, 16, 1, 2, 32]);
    assert_eq!(member(&all, "object 4"), b"abc");
    assert_eq!(member(&all, "tool.exe"), b"MZ\x90\0endstream");
    assert_eq!(member(&all, "object 6"), b"app.launchURL('http://js.example/x');");
    assert_eq!(member(&all, "object 7"), b"\xFF\xD8\xFF\xE0picture");
    assert_eq!(all.members.len(), 7);
    assert!(all.members.iter().all(|member| member.complete));
}

#[test]
fn strings_are_searched_as_they_read() {
    let bytes = rich();
    let all = decoded(Pdf, &bytes, 4_096);
    let texts: Vec<&str> = all.records.iter().map(|record| record.text.as_str()).collect();
    for text in
        ["/Uri<https://1.example>>>", "Object=2 Text=http://evil.example/a", "Object=8 Text=evil.example"]
    {
        assert!(texts.iter().any(|one| one.contains(text)), "{text}: {texts:?}");
    }
    let catalog = all.records.iter().find(|record| record.text.starts_with("Object=1 ")).expect("a record");
    let place = catalog.offset as usize..(catalog.offset + catalog.length) as usize;
    assert!(bytes[place.clone()].starts_with(b"1 0 obj") && bytes[place].ends_with(b"endobj"));
}

#[test]
fn documents_of_other_programs_are_read() {
    for (name, link) in
        [("packed", "Text=http://evil.example/login(x)"), ("attached", "/URI (http://evil.example/login(x))")]
    {
        let bytes = sample(&format!("pdf/{name}.pdf"));
        let all = decoded(Pdf, &bytes, 977);
        assert!(all.diagnostics.is_empty(), "{name}: {:?}", all.diagnostics);
        assert_eq!(member(&all, "n(o)te.txt"), b"evil.example");
        assert!(member(&all, "invoice.exe").starts_with(b"MZ\x90\0payload"));
        for text in [link, "Text=Visit http://evil.example/a(b)"] {
            assert!(all.records.iter().any(|record| record.text.contains(text)), "{name}: {text}");
        }
        survive(Pdf, &bytes, 300, 1 << 20);
    }
}

/// Documents that qpdf and pypdf encrypted, all of them the same one, and what opens them where that is not the empty password.
const LOCKED: [(&str, &str); 9] = [
    ("rc4-40", ""),
    ("rc4-128", ""),
    ("rc4-crypt-filter", ""),
    ("aes-128", ""),
    ("aes-256-r5", ""),
    ("aes-256", ""),
    ("pypdf", ""),
    ("infected", ""),
    ("password", "s\u{e9}same"),
];

#[test]
fn encrypted_documents_are_read_like_the_same_one_in_clear() {
    for (name, password) in LOCKED {
        let bytes = sample(&format!("pdf/locked/{name}.pdf"));
        let all = unlocked(Pdf, &bytes, 977, &Limits::default(), &["wrong", password]);
        assert!(all.diagnostics.is_empty(), "{name}: {:?}", all.diagnostics);
        assert_eq!(member(&all, "n(o)te.txt"), b"evil.example", "{name}");
        assert!(member(&all, "invoice.exe").starts_with(b"MZ\x90\0payload"), "{name}");
        let metadata = all.members.iter().filter(|member| {
            memchr::memmem::find(&member.bytes, b"<note>http://evil.example/xmp</note>").is_some()
        });
        assert_eq!(metadata.count(), 1, "{name}");
        for text in ["http://evil.example/login(x)", "Text=Visit http://evil.example/a(b)"] {
            assert!(all.records.iter().any(|record| record.text.contains(text)), "{name}: {text}");
        }
        assert!(all.members.iter().all(|member| member.complete), "{name}");
    }
}

#[test]
fn an_owners_password_opens_too_and_without_one_it_is_asked_for() {
    let bytes = sample("pdf/locked/password.pdf");
    let with = |password: &str| unlocked(Pdf, &bytes, 4_096, &Limits::default(), &[password]);
    assert_eq!(with("own\u{e9}r").members, with("s\u{e9}same").members);
    let closed = with("sesame");
    assert_eq!(codes(&closed), ["password-needed"]);
    assert!(!closed.records.iter().any(|record| record.text.contains("login(x)")));
    let bytes = sample("pdf/locked/aes-256-r5.pdf");
    let all = unlocked(Pdf, &bytes, 4_096, &Limits { key_rounds: 1, ..Limits::default() }, &[]);
    assert_eq!(codes(&all), ["limit-key-rounds"]);
}

/// A locked sample in which something is written otherwise.
fn changed(name: &str, from: &str, to: &str) -> Vec<u8> {
    let mut bytes = sample(&format!("pdf/locked/{name}.pdf"));
    let at = memchr::memmem::find(&bytes, from.as_bytes()).unwrap_or_else(|| panic!("{from} in {name}"));
    bytes.splice(at..at + from.len(), to.bytes());
    bytes
}

#[test]
fn streams_that_name_their_own_crypt_filter_are_decrypted_by_that() {
    let mut bytes = changed("aes-128", "/StmF", "/EFF /Identity /StmF");
    let encrypted = b"0123456789abcdef0123456789abcdef";
    for (number, dictionary) in [
        "/Filter/Crypt",
        "/Filter[/Crypt]/DecodeParms[<</Name/Identity>>]",
        "/Type/EmbeddedFile",
        "/Filter[/Crypt]/DecodeParms[<</Name/StdCF>>]",
    ]
    .iter()
    .enumerate()
    {
        let text = format!("{} 0 obj\n<<{dictionary}/Length 32>>\nstream\n", 91 + number);
        bytes.extend_from_slice(&[text.as_bytes(), encrypted, b"\nendstream\nendobj\n"].concat());
    }
    bytes.extend_from_slice(b"%%EOF\n");
    let all = decoded(Pdf, &bytes, 4_096);
    for name in ["object 91", "object 92", "object 93", "object 94, as it stands"] {
        assert_eq!(member(&all, name), encrypted, "{name}");
    }
    assert_ne!(member(&all, "object 94"), encrypted);
}

#[test]
fn metadata_are_decrypted_where_they_do_not_read_as_they_stand() {
    let mut bytes = sample("pdf/locked/aes-128.pdf");
    let deflated = deflated(b"<x/>");
    for (number, dictionary, data) in [
        (91, "/Filter/FlateDecode", &deflated[..]),
        (92, "", b"\xEF\xBB\xBF<y/>"),
        (93, "/Filter/FlateDecode", b"0123456789abcdef0123456789abcdef"),
        (94, "", b"0123456789abcdef0123456789abcdef"),
    ] {
        let length = data.len();
        let text = format!("{number} 0 obj\n<</Type/Metadata{dictionary}/Length {length}>>\nstream\n");
        bytes.extend_from_slice(&[text.as_bytes(), data, b"\nendstream\nendobj\n"].concat());
    }
    bytes.extend_from_slice(b"%%EOF\n");
    let all = decoded(Pdf, &bytes, 4_096);
    assert_eq!(member(&all, "object 91"), b"<x/>");
    assert_eq!(member(&all, "object 92"), b"\xEF\xBB\xBF<y/>");
    // The other way is tried too, and says nothing here.
    for name in ["object 93, as it stands", "object 94, as it stands"] {
        assert_eq!(member(&all, name), b"0123456789abcdef0123456789abcdef");
    }
}

#[test]
fn a_dictionary_that_lies_is_told() {
    let table: [(&str, &str, &str, &[&str]); 8] = [
        ("rc4-40", "/Filter /Standard", "/Filter /Adobe.PubSec", &["pdf-encrypted"]),
        ("rc4-40", "/V 1", "/V 9", &["pdf-encrypted"]),
        ("rc4-40", "/U <", "/U (x) /X <", &["pdf-encrypted"]),
        ("aes-256-r5", "/UE <", "/UE (x) /X <", &["pdf-encrypted"]),
        ("rc4-40", "/P -", "/P -9", &["password-needed"]),
        // What opens the document is right, but not what is said of its strings and streams.
        ("aes-128", "/StrF /StdCF", "/StrF /Other", &["pdf-strings"]),
        ("aes-128", "/StmF /StdCF", "/StmF /Other", &["pdf-filter"]),
        ("aes-128", "/CFM /AESV2", "/CFM /AESV3", &["pdf-strings", "pdf-damaged"]),
    ];
    for (name, from, to, wanted) in table {
        let all = decoded(Pdf, &changed(name, from, to), 4_096);
        assert_eq!(codes(&all), wanted, "{name} with {to}: {:?}", all.diagnostics);
    }
}

#[test]
fn where_trailers_do_not_agree_the_document_is_read_in_both_ways() {
    let mut bytes = sample("pdf/locked/rc4-40.pdf");
    bytes.extend_from_slice(
        b"90 0 obj\n<</URI(http://plain.example/)>>\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n",
    );
    let all = decoded(Pdf, &bytes, 4_096);
    assert_eq!(codes(&all), ["pdf-trailers"]);
    for text in ["http://evil.example/login(x)", "(http://plain.example/)"] {
        assert!(all.records.iter().any(|record| record.text.contains(text)), "{text}");
    }
}

#[test]
fn damaged_encrypted_documents_end_and_come_to_no_more_than_they_hold() {
    for name in ["rc4-40", "rc4-crypt-filter", "aes-128", "aes-256-r5", "pypdf"] {
        survive(Pdf, &sample(&format!("pdf/locked/{name}.pdf")), 200, 1 << 20);
    }
    let bytes = sample("pdf/locked/aes-128.pdf");
    for length in (9..bytes.len() - 1).step_by(3) {
        let all = decoded(Pdf, &bytes[..length], length);
        assert!(!all.diagnostics.is_empty(), "{length}");
        if length % 16 == 0 {
            assert_eq!(decoded(Pdf, &bytes[..length], 7), all, "{length}");
        }
    }
}

#[test]
fn what_stands_outside_of_the_document_is_a_member() {
    let bytes = [b"\0junk\n".to_vec(), sample("office/plain.pdf"), b"PK\x03\x04more".to_vec()].concat();
    let start = bytes.len() - 8;
    assert_eq!(identify::identify(&bytes, true).kind, Pdf);
    let all = decoded(Pdf, &bytes, 100);
    assert_eq!(member(&all, "before the document"), b"\0junk\n");
    assert_eq!(member(&all, "behind the document"), &bytes[start..]);
    let text = b"GET /a.pdf\n%PDF-1.4 is how it begins, 1 object\n";
    assert_ne!(identify::identify(text, true).kind, Pdf);
}

#[test]
fn damage_and_what_is_not_known_is_told_and_the_rest_is_read() {
    let packed = deflated(
        &(0..5_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect::<Vec<u8>>(),
    );
    let all = decoded(Pdf, &document(&[("<</Filter/FlateDecode>>", Some(&packed[..9_000]))]), 7);
    assert_eq!(codes(&all), ["pdf-damaged"]);
    assert!(all.members[0].bytes.len() > 5_000 && !all.members[0].complete);
    let all = decoded(Pdf, &document(&[("<</Filter[/Odd/FlateDecode]>>", Some(b"data"))]), 7);
    assert_eq!((codes(&all), member(&all, "object 1")), (vec!["pdf-filter"], &b"data"[..]));
    let behind = [deflated(b"seen"), b"\n evil.example".to_vec()].concat();
    let all = decoded(Pdf, &document(&[("<</Filter/FlateDecode>>", Some(&behind))]), 7);
    assert_eq!(member(&all, "object 1, behind its data"), b"\n evil.example");
    let locked = document(&[("<<>>", None)]).as_slice().to_vec();
    let locked = String::from_utf8_lossy(&locked).replace("/Size 9", "/Encr#79pt 4 0 R");
    assert_eq!(codes(&decoded(Pdf, locked.as_bytes(), 7)), ["pdf-encrypted"]);
}

#[test]
fn a_bomb_ends_at_the_limits() {
    let mut filters = deflated(&vec![b' '; 40 << 20]);
    for _ in 0..2 {
        filters = deflated(&filters);
    }
    let list = pack::read("list", vec![("i.csv".to_owned(), b"type,value\ndomain,evil.example\n".to_vec())]);
    for (dictionary, code) in
        [("<</Filter[/Fl/Fl/Fl]>>", "limit-ratio"), ("<</Filter[/Fl/Fl/Fl/AHx]>>", "limit-ratio")]
    {
        let bytes = document(&[(dictionary, Some(&filters))]);
        let limits = Limits { ratio_floor: 1 << 20, ..Limits::default() };
        let mut scanner = scan::Scanner::new(scan::compile(std::slice::from_ref(&list)), limits);
        let mut events: Vec<ScanEvent> = Vec::new();
        scanner.begin("bomb.pdf", &mut events);
        let _ = scanner.feed(&bytes, &mut events);
        scanner.finish(&mut events);
        let said =
            events.iter().any(|event| matches!(event, ScanEvent::Diagnostic(said) if said.code == code));
        assert!(said, "{dictionary}: {events:?}");
    }
}

#[test]
fn strings_and_streams_without_end_take_no_time() {
    for text in
        ["1 0 obj((\n", "1 0 obj<<>>stream\n", "1 0 obj<</EF<<", "<</EF 1 0 R/F(", "[(a)", "trailer<<"]
    {
        let bytes = ["%PDF-1.4\n", &text.repeat((1 << 20) / text.len()), "\n)%%EOF"].concat();
        let began = std::time::Instant::now();
        decoded(Pdf, bytes.as_bytes(), bytes.len());
        assert!(began.elapsed().as_secs() < 60, "{text}: {:?}", began.elapsed());
    }
}

#[test]
fn every_prefix_is_read_as_far_as_it_goes() {
    let bytes = rich();
    for length in 9..bytes.len() - 1 {
        let all = decoded(Pdf, &bytes[..length], length);
        assert!(!all.diagnostics.is_empty(), "{length}");
        if length % 16 == 0 {
            assert_eq!(decoded(Pdf, &bytes[..length], 7), all, "{length}");
        }
    }
    survive(Pdf, &bytes, 2_000, 1 << 20);
    survive(Pdf, &sample("office/plain.pdf"), 500, 1 << 20);
    assert!(decoded(Pdf, &bytes, 1) == decoded(Pdf, &bytes, 4_096));
    assert_eq!(decoded(Pdf, &bytes, 7).members[0].kind, Some(Binary));
}

#[test]
fn what_only_calls_itself_a_table_of_places_is_decrypted() {
    let mut bytes = sample("pdf/locked/aes-128.pdf");
    let encrypted = b"0123456789abcdef0123456789abcdef";
    bytes.extend_from_slice(b"91 0 obj\n<</Type/XRef/W[1 2 1]/Size 1/Length 32>>\nstream\n");
    bytes.extend_from_slice(&[&encrypted[..], b"\nendstream\nendobj\n%%EOF\n"].concat());
    let all = decoded(Pdf, &bytes, 4_096);
    assert_ne!(member(&all, "object 91"), encrypted);
    assert_eq!(member(&all, "object 91, as it stands"), encrypted);
}
