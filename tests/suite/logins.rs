//! Login records, made by the layout of utmp(5).

use belljar::identify;
use belljar::model::{ArtifactKind, Field};

use crate::parts::decoded;

fn record(kind: u8, user: &str, host: &str, address: &[u8], seconds: u32) -> Vec<u8> {
    let mut record = vec![0; 384];
    record[0] = kind;
    record[4..8].copy_from_slice(&4_711u32.to_le_bytes());
    record[8..13].copy_from_slice(b"ssh:n");
    record[44..44 + user.len()].copy_from_slice(user.as_bytes());
    record[76..76 + host.len()].copy_from_slice(host.as_bytes());
    record[340..344].copy_from_slice(&seconds.to_le_bytes());
    record[344..348].copy_from_slice(&250_000u32.to_le_bytes());
    record[348..348 + address.len()].copy_from_slice(address);
    record
}

fn file() -> Vec<u8> {
    let six = "2001:db8::7".parse::<std::net::Ipv6Addr>().expect("an address").octets();
    [
        record(2, "reboot", "5.10.0-8-amd64", &[], 1_608_112_800),
        record(7, "root", "evil.example", &[192, 0, 2, 7], 1_608_112_801),
        record(6, "ad min", "192.0.2.7", &[192, 0, 2, 7], 1_608_112_802),
        vec![0; 384],
        record(8, "", "", &six, 1_608_112_803),
    ]
    .concat()
}

#[test]
fn logins_have_time_user_and_both_kinds_of_address() {
    let bytes = file();
    assert_eq!(identify::identify(&bytes, true).kind, ArtifactKind::Utmp);
    let all = decoded(ArtifactKind::Utmp, &bytes, bytes.len());
    let lines: Vec<&str> = all.records.iter().map(|record| record.text.as_str()).collect();
    assert_eq!(
        lines,
        [
            "Type=BOOT_TIME User=reboot Line=ssh:n PID=4711 Host=5.10.0-8-amd64",
            "Type=USER_PROCESS User=root Line=ssh:n PID=4711 Address=192.0.2.7 Host=evil.example",
            "Type=LOGIN_PROCESS User=ad min Line=ssh:n PID=4711 Address=192.0.2.7",
            "Type=DEAD_PROCESS Line=ssh:n PID=4711 Address=2001:db8::7",
        ]
    );
    assert_eq!((all.records[3].number, all.records[3].offset, all.records[3].length), (4, 4 * 384, 384));
    assert_eq!(all.records[1].time.map(|time| time.to_string()).as_deref(), Some("2020-12-16T10:00:01.25Z"));
    let client = all.records[1].fields.iter().find(|(field, _)| *field == Field::Client).expect("a client");
    assert_eq!(&lines[1][client.1.clone()], "192.0.2.7");
    assert!(all.records[0].fields.iter().all(|(field, _)| *field != Field::Client));
}

#[test]
fn records_of_machines_with_wide_words_are_read_as_such() {
    let mut one = record(7, "root", "evil.example", &[], 0);
    one[340..].fill(0);
    one.resize(400, 0);
    one[344..348].copy_from_slice(&1_608_112_801u32.to_le_bytes());
    one[360..364].copy_from_slice(&[192, 0, 2, 7]);
    for count in [1, 2, 5] {
        let bytes = one.repeat(count);
        assert_eq!(identify::identify(&bytes, true).kind, ArtifactKind::Utmp);
        let all = decoded(ArtifactKind::Utmp, &bytes, 7);
        assert_eq!(all.records.len(), count);
        let last = &all.records[count - 1];
        assert_eq!(
            last.text,
            "Type=USER_PROCESS User=root Line=ssh:n PID=4711 Address=192.0.2.7 Host=evil.example"
        );
        assert_eq!(last.time.map(|time| time.to_string()).as_deref(), Some("2020-12-16T10:00:01Z"));
    }
}

#[test]
fn the_last_login_of_each_user_has_his_number() {
    let mut bytes = vec![0; 292 * 3];
    bytes[584..588].copy_from_slice(&1_608_112_800u32.to_le_bytes());
    bytes[588..593].copy_from_slice(b"pts/0");
    bytes[620..629].copy_from_slice(b"192.0.2.7");
    assert_eq!(identify::identify(&bytes, true).kind, ArtifactKind::Lastlog);
    let all = decoded(ArtifactKind::Lastlog, &bytes, 100);
    assert_eq!(all.records.len(), 1);
    assert_eq!(all.records[0].text, "UID=2 Line=pts/0 Host=192.0.2.7");
    assert!(all.records[0].time.is_some() && all.diagnostics.is_empty());
}

#[test]
fn every_prefix_is_read_as_far_as_it_goes_however_it_is_cut() {
    let bytes = file();
    for length in 0..=bytes.len() {
        let all = decoded(ArtifactKind::Utmp, &bytes[..length], length.max(1));
        assert_eq!(all.diagnostics.is_empty(), length % 384 == 0, "{length}");
        assert_eq!(all.records.len(), length / 384 - usize::from(length / 384 > 3), "{length}");
        for size in [1, 7, 4_096] {
            assert_eq!(
                decoded(ArtifactKind::Utmp, &bytes[..length], size),
                all,
                "{length} in blocks of {size}"
            );
        }
    }
}
