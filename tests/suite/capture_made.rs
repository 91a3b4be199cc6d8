//! Packet captures made up for a claim each, and damaged ones.

use std::io::Write;

use belljar::model::{ArtifactKind, Limits, Outcome, ScanEvent, Sighting};
use belljar::{pack, scan};

use crate::parts::{decoded, unlocked};

/// Writes a capture of raw IPv4 packets.
struct Made {
    bytes: Vec<u8>,
    count: u32,
}

const CLIENT: [u8; 4] = [192, 0, 2, 7];
const SERVER: [u8; 4] = [198, 51, 100, 9];

impl Made {
    fn new() -> Made {
        let header = [0xA1B2_C3D4_u32, 0x0002_0004, 0, 0, 65_535, 101];
        Made { bytes: header.iter().flat_map(|number| number.to_be_bytes()).collect(), count: 0 }
    }

    fn packet(&mut self, protocol: u8, (from, to): ([u8; 4], [u8; 4]), payload: &[u8]) {
        let length = payload.len() as u32 + 20;
        self.count += 1;
        for number in [1_600_000_000 + self.count, 250_000, length, length] {
            self.bytes.extend(number.to_be_bytes());
        }
        self.bytes.extend([0x45, 0]);
        self.bytes.extend((length as u16).to_be_bytes());
        self.bytes.extend([0, 0, 0, 0, 64, protocol, 0, 0]);
        self.bytes.extend(from);
        self.bytes.extend(to);
        self.bytes.extend(payload);
    }

    /// A segment from the client (port 40000) or the server (port 8081).
    fn segment(&mut self, from_client: bool, sequence: u32, flags: u8, data: &[u8]) {
        let ports = if from_client { [0x9C, 0x40, 0x1F, 0x91] } else { [0x1F, 0x91, 0x9C, 0x40] };
        let mut payload = ports.to_vec();
        payload.extend(sequence.to_be_bytes());
        payload.extend([0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0]);
        payload.extend(data);
        let ends = if from_client { (CLIENT, SERVER) } else { (SERVER, CLIENT) };
        self.packet(6, ends, &payload);
    }
}

/// One connection with two exchanges, the response's segments out of order and one sent twice.
fn web() -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(b"<title>bad.example panel</title>\n").expect("bytes");
    let packed = packed.finish().expect("gzip");
    let mut response =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", packed.len())
            .into_bytes();
    response.extend(&packed);
    response.extend(b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nnever\r\n0\r\n\r\n");
    let requests =
        b"GET /about.html?dwn=1 HTTP/1.1\r\nHost: fta.example\r\nUser-Agent: tool/1\r\nCookie: id=7\r\n\r\n\
        POST /gone HTTP/1.1\r\nHost: fta.example\r\nContent-Length: 3\r\n\r\na=b";
    let mut made = Made::new();
    made.segment(true, 999, 2, b"");
    made.segment(false, 4_999, 18, b"");
    made.segment(true, 1_000, 16, &requests[..20]);
    made.segment(true, 1_020, 16, &requests[20..]);
    made.segment(true, 1_020, 16, &requests[20..]);
    let half = response.len() / 2;
    made.segment(false, 5_000 + half as u32, 16, &response[half..]);
    made.segment(false, 5_000, 16, &response[..half]);
    made.segment(true, 1_000 + requests.len() as u32, 17, b"");
    made.segment(false, 5_000 + response.len() as u32, 17, b"");
    made.bytes
}

fn sightings(bytes: &[u8], indicators: &str) -> Vec<Sighting> {
    let csv = format!("kind,value\n{indicators}\n");
    let pack = pack::read("made", vec![("made.csv".to_owned(), csv.into_bytes())]);
    let mut scanner = scan::Scanner::new(scan::compile(&[pack]), Limits::default());
    let mut events: Vec<ScanEvent> = Vec::new();
    scanner.begin("made.pcap", &mut events);
    scanner.feed(bytes, &mut events);
    scanner.finish(&mut events);
    let sighting = |event| if let ScanEvent::Sighting(sighting) = event { Some(sighting) } else { None };
    events.into_iter().filter_map(sighting).collect()
}

#[test]
fn exchanges_are_requests_with_their_outcome_and_bodies_are_members() {
    let all = decoded(ArtifactKind::Capture, &web(), usize::MAX);
    let texts: Vec<&str> = all.records.iter().map(|record| record.text.as_str()).collect();
    assert_eq!(
        texts[..2],
        [
            "Flow=1 Exchange=1 Protocol=http Client=192.0.2.7:40000 Server=198.51.100.9:8081 Method=GET \
             Url=http://fta.example/about.html?dwn=1 Status=200 Size=49 UserAgent=tool/1 Request.cookie=id=7 \
             Response.content-encoding=gzip Response.content-length=49",
            "Flow=1 Exchange=2 Protocol=http Client=192.0.2.7:40000 Server=198.51.100.9:8081 Method=POST \
             Url=http://fta.example/gone Status=404 Size=5 Request.content-length=3 Response.transfer-encoding=chunked",
        ]
    );
    assert_eq!(all.records[0].time.map(|time| time.to_string()).as_deref(), Some("2020-09-13T12:26:44.25Z"));
    let members: Vec<(&str, usize, bool)> = all
        .members
        .iter()
        .map(|member| (member.name.as_str(), member.bytes.len(), member.complete))
        .collect();
    assert_eq!(
        members,
        [("flow 1 response 1", 49, true), ("flow 1 request 2", 3, true), ("flow 1 response 2", 5, true)]
    );
    assert!(all.diagnostics.is_empty(), "{:?}", all.diagnostics);
}

#[test]
fn an_address_is_sighted_once_for_each_flow_with_what_became_of_its_requests() {
    let seen = sightings(&web(), "ip,192.0.2.7");
    assert_eq!(seen.len(), 1);
    assert_eq!(
        (seen[0].outcome, seen[0].field.map(|field| field.as_str())),
        (Outcome::Answered, Some("client"))
    );
    assert_eq!(seen[0].time.map(|time| time.to_string()).as_deref(), Some("2020-09-13T12:26:41.25Z"));
}

#[test]
fn values_in_targets_and_packed_bodies_are_met() {
    let seen = sightings(&web(), "domain,bad.example\ndomain,fta.example");
    let places: Vec<(&str, &str, Outcome)> =
        seen.iter().map(|seen| (seen.value.as_str(), seen.artifact.as_str(), seen.outcome)).collect();
    assert_eq!(
        places,
        [
            ("bad.example", "made.pcap > flow 1 response 1 > content", Outcome::Unknown),
            ("fta.example", "made.pcap", Outcome::Answered),
            ("fta.example", "made.pcap", Outcome::Refused),
        ]
    );
}

#[test]
fn text_of_other_protocols_is_searched_across_segments() {
    let mut made = Made::new();
    made.segment(false, 100, 16, b"220 mail ready\r\n");
    made.segment(true, 500, 16, b"EHLO host.bad.exa");
    made.segment(true, 517, 16, b"mple\r\n");
    made.packet(17, (CLIENT, SERVER), b"\x9c\x40\x02\x02\x00\x1elogin from bad.example!");
    let seen = sightings(&made.bytes, "domain,bad.example");
    assert_eq!(
        seen.iter().map(|seen| seen.observed.as_str()).collect::<Vec<_>>(),
        ["bad.example", "host.bad.example"]
    );
}

#[test]
fn pieces_of_a_packet_are_put_together() {
    let mut made = Made::new();
    let payload = b"\x9c\x40\x02\x02\x00\x00\x00\x00login from bad.example! and more";
    for (start, end, flags) in [(24, payload.len(), 3_u16), (0, 24, 0x2000)] {
        let place = made.bytes.len();
        made.packet(17, (CLIENT, SERVER), &payload[start..end]);
        made.bytes[place + 16 + 6..place + 16 + 8].copy_from_slice(&flags.to_be_bytes());
    }
    assert_eq!(sightings(&made.bytes, "domain,bad.example").len(), 1);
}

#[test]
fn limits_are_kept_and_said() {
    let mut made = Made::new();
    for number in 0..5_000_u32 {
        let [_, _, c, d] = number.to_be_bytes();
        made.packet(17, ([10, 1, c, d], SERVER), b"\x9c\x40\x02\x02\x00\x09\0\0x");
        made.segment(true, 1_000 + number * 2_000, 16, &[b'x'; 1_000]);
    }
    let limits = Limits { flows: 100, flow_held: 10_000, ..Limits::default() };
    let all = unlocked(ArtifactKind::Capture, &made.bytes, usize::MAX, &limits, &[]);
    let codes: Vec<&str> = all.diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect();
    assert_eq!(codes, ["capture-missing-bytes"]);
    let flows = all.records.iter().filter(|record| record.text.contains(" PacketsSent=")).count();
    assert_eq!(flows, 5_001);
}

#[test]
fn every_prefix_is_read_up_to_its_end_and_says_so() {
    let bytes = web();
    let whole = decoded(ArtifactKind::Capture, &bytes, usize::MAX);
    for length in 24..bytes.len() {
        let all = decoded(ArtifactKind::Capture, &bytes[..length], usize::MAX);
        assert!(all.records.len() <= whole.records.len() + 4);
        let is_said = all.diagnostics.iter().any(|diagnostic| diagnostic.code == "capture-truncated");
        let at_edge = decoded(ArtifactKind::Capture, &bytes[..length], 1) == all && !is_said;
        assert!(is_said || at_edge, "{length}");
    }
}

/// Numbers that look random and are the same on every run (Marsaglia, "Xorshift RNGs", 2003).
struct Xorshift(u64);

impl Xorshift {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

#[test]
fn damaged_captures_never_panic_and_stay_the_same_in_any_blocks() {
    let mut seeds = vec![web()];
    if let Some(corpus) = crate::corpus::corpus() {
        for entry in [
            "pcap/zeek+zeek",
            "pcap/hadrielk+pcapng-test-generator",
            "pcap/the-tcpdump-group+tcpdump",
            "pcap-maltrail",
        ] {
            let files = crate::corpus::files(&corpus.join(entry));
            seeds.extend(
                files
                    .into_iter()
                    .filter_map(|path| std::fs::read(path).ok())
                    .filter(|bytes| bytes.len() < 16 << 10),
            );
        }
    }
    let seconds = std::env::var("BELLJAR_FUZZ_SECONDS").ok().and_then(|text| text.parse::<u64>().ok());
    let start = std::time::Instant::now();
    let mut random = Xorshift(0x9E37_79B9_7F4A_7C15);
    let mut count = 0;
    while seconds.map_or(count < 2_000, |seconds| start.elapsed().as_secs() < seconds) {
        let mut bytes = seeds[random.below(seeds.len())].clone();
        for _ in 0..=random.below(8) {
            let at = random.below(bytes.len());
            match random.below(5) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at] = random.below(256) as u8,
                2 => bytes[at] = [0, 0xFF, 0x7F, 0x80][random.below(4)],
                3 => {
                    let other = &seeds[random.below(seeds.len())];
                    let from = random.below(other.len());
                    let part = other[from..(from + random.below(400)).min(other.len())].to_vec();
                    bytes.splice(at..at, part);
                }
                _ => {
                    let part = bytes[at..(at + random.below(200)).min(bytes.len())].to_vec();
                    bytes.extend(part);
                }
            }
        }
        let whole = decoded(ArtifactKind::Capture, &bytes, usize::MAX);
        if count % 8 == 0 {
            assert!(decoded(ArtifactKind::Capture, &bytes, 7) == whole);
        }
        count += 1;
    }
    eprintln!("{count} damaged captures in {} s", start.elapsed().as_secs());
}
