//! What has to hold for any bytes: nothing panics, and the answer does not depend on how the bytes were cut.

use std::sync::{Arc, OnceLock};

use belljar::index::IndicatorSet;
use belljar::model::{Limits, ScanEvent};
use belljar::{pack, scan};

/// Bytes of a scan's input past which a limit on unpacking stops it: bombs are for the tests of limits.
const UNPACKED: u64 = 32 << 20;

/// Indicators of every kind, so that every search runs.
const INDICATORS: &str = "kind,value
ipv4,192.0.2.9
ipv6,2001:db8::9
cidr,198.51.100.0/24
domain,evil.example
url,http://evil.example/a?b
email,ops@evil.example
md5,d41d8cd98f00b204e9800998ecf8427e
request-target,/courier/about.html?dwn=
file-name,evil.exe
file-path,/tmp/.scr
user-agent,evil agent
text,evil text
regex,ev[i1]l-[0-9]+
";

/// Scans `bytes` whole, byte by byte where they are few, and in blocks of `cut`; all have to tell the same.
pub fn evidence(name: &str, bytes: &[u8], cut: usize) {
    let whole = events(name, bytes, usize::MAX);
    assert_eq!(events(name, bytes, cut.max(1)), whole, "in blocks of {cut}");
    if bytes.len() < 2_048 {
        assert_eq!(events(name, bytes, 1), whole, "byte by byte");
    }
}

fn events(name: &str, bytes: &[u8], cut: usize) -> Vec<ScanEvent> {
    let limits = Limits { unpacked: UNPACKED, ..Limits::default() };
    let mut scanner = scan::Scanner::new(Arc::clone(set()), limits);
    let mut events = Vec::new();
    scanner.begin(name, &mut events);
    for block in bytes.chunks(cut) {
        let _ = scanner.feed(block, &mut events);
    }
    scanner.finish(&mut events);
    events
}

fn set() -> &'static Arc<IndicatorSet> {
    static SET: OnceLock<Arc<IndicatorSet>> = OnceLock::new();
    SET.get_or_init(|| {
        let pack = pack::read("fuzz", vec![("fuzz.csv".to_owned(), INDICATORS.as_bytes().to_vec())]);
        assert_eq!(pack.rejected, []);
        scan::compile(&[pack])
    })
}

/// Reads `bytes` as a pack under `name`, compiles what was taken, and puts it to its control.
pub fn indicators(name: &str, bytes: &[u8]) {
    let pack = pack::read(name, vec![(name.to_owned(), bytes.to_vec())]);
    let again = pack::read(name, vec![(name.to_owned(), bytes.to_vec())]);
    assert_eq!(pack, again, "two readings differ");
    let _ = pack::lint(&pack);
    let _ = scan::compile(&[pack]);
}
