//! What the fields of a record tell of a sighting, from end to end: where it stands, the request, and what became of it.

use belljar::model::{Field, Limits, Outcome, Pack, ScanEvent, Sighting};
use belljar::{pack, scan};

fn sightings(packs: &[Pack], log: &str) -> Vec<Sighting> {
    let set = scan::compile(packs);
    let mut all = [1, 7, 4_096, usize::MAX].map(|size| {
        let mut scanner = scan::Scanner::new(set.clone(), Limits::default());
        let mut events = Vec::new();
        scanner.begin("a.log", &mut events);
        for block in log.as_bytes().chunks(size) {
            let _ = scanner.feed(block, &mut events);
        }
        scanner.finish(&mut events);
        let seen = |event| if let ScanEvent::Sighting(seen) = event { Some(seen) } else { None };
        events.into_iter().filter_map(seen).collect::<Vec<Sighting>>()
    });
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "blocks do not show");
    std::mem::take(&mut all[0])
}

fn packs(csv: &str) -> Vec<Pack> {
    vec![pack::read("p", vec![("iocs.csv".to_owned(), csv.as_bytes().to_vec())])]
}

#[test]
fn a_target_with_a_query_is_met_in_w3c_logs_of_iis_and_cloudfront() {
    let packs: Vec<Pack> =
        pack::bundled().packs.into_iter().filter(|pack| pack.id == "accellion-fta-2020").collect();
    let iis = "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port c-ip sc-status\n\
        2020-12-17 10:00:00 10.0.0.5 GET /courier/x.html z=1&dwn=a&fn=b 443 192.0.2.9 200\n\
        2020-12-17 10:00:01 10.0.0.5 GET /courier/x.php dwn=a&fn=b 443 192.0.2.9 200\n";
    let cloudfront = "#Fields: date time c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query\n\
        2020-12-17\t10:00:00\t192.0.2.9\tGET\td.example\t/courier/x.html\t200\thttps://h.example/a\tUA\tz=1&dwn=a&fn=b\n\
        2020-12-17\t10:00:01\t192.0.2.9\tGET\td.example\t/courier/x.php\t200\thttps://h.example/x.html\tUA\tdwn=a&fn=b\n";
    for (line, log) in [(2, iis), (2, cloudfront)] {
        let seen: Vec<Sighting> =
            sightings(&packs, log).into_iter().filter(|seen| seen.value.contains("dwn=")).collect();
        assert_eq!(seen.len(), 1, "{log}: {seen:?}");
        assert_eq!((seen[0].line, seen[0].field), (Some(line), Some(Field::Target)), "{log}");
        assert_eq!(seen[0].outcome, Outcome::Answered, "{log}");
        let target = seen[0].request.as_ref().map(|request| request.target.as_str());
        assert_eq!(target, Some("/courier/x.html?z=1&dwn=a&fn=b"), "{log}");
    }
}

#[test]
fn an_address_that_a_proxy_names_is_seen_as_such() {
    let packs = packs("kind,value\nipv4,198.51.100.77\n");
    let access = r#"10.0.0.1 - - [16/Dec/2020:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "UA" "198.51.100.77, 10.0.0.2""#;
    for log in [
        format!("{access}\n"),
        "#Fields: date time c-ip cs-uri-stem sc-status X-Forwarded-For\n2020-12-16 10:00:00 10.0.0.1 / 200 198.51.100.77,+10.0.0.2\n".to_owned(),
        "{\"time\":\"2020-12-16T10:00:00Z\",\"remote_addr\":\"10.0.0.1\",\"uri\":\"/\",\"status\":200,\"http_x_forwarded_for\":\"198.51.100.77\"}\n".to_owned(),
    ] {
        let seen = sightings(&packs, &log);
        assert_eq!(seen.len(), 1, "{log}");
        assert_eq!(seen[0].field, Some(Field::Forwarded), "{log}");
        assert_eq!(seen[0].request.as_ref().map(|request| request.client.as_str()), Some("10.0.0.1"), "{log}");
    }
}

#[test]
fn a_file_transfer_has_the_outcome_that_its_record_tells() {
    let packs = packs("kind,value\nfile-name,evil.aspx\n");
    let vsftpd = |done: &str| {
        format!(
            r#"Mon Jun  6 18:43:59 2016 [pid 3] [bob] {done}: Client "192.0.2.7", "/home/bob/evil.aspx", 0.00Kbyte/sec"#
        )
    };
    let classic = |text: &str| format!("(000100)16/08/2026 17:01:02 - (bob) (192.0.2.7)> {text}");
    for (line, outcome) in [
        (vsftpd("OK UPLOAD"), Outcome::Answered),
        (vsftpd("FAIL UPLOAD"), Outcome::Refused),
        (classic("STOR evil.aspx"), Outcome::Unknown),
        (classic(r#"226 Successfully transferred "/evil.aspx""#), Outcome::Answered),
        (classic("550 /evil.aspx: permission denied"), Outcome::Refused),
        ("Jan  7 14:19:31 h pure-ftpd: (bob@192.0.2.7) [NOTICE] /evil.aspx uploaded  (471 bytes, 2.83KB/sec)".to_owned(), Outcome::Answered),
        ("Thu Sep  2 09:52:00 2004 50 192.0.2.7 896242 /evil.aspx b _ i r bob ftp 0 * c".to_owned(), Outcome::Answered),
        ("Jan  7 14:19:31 h sshd[1]: Failed password for evil.aspx from 192.0.2.7 port 22".to_owned(), Outcome::Unknown),
    ] {
        let seen = sightings(&packs, &format!("{line}\n"));
        assert_eq!(seen.len(), 1, "{line}");
        assert_eq!(seen[0].outcome, outcome, "{line}");
    }
}
