//! Damages good files in always the same ways: nothing panics, nothing runs away, and the blocks do not matter.

use belljar::model::ArtifactKind;

use crate::parts::decoded;

/// Reads `bytes` with up to three bytes changed, `rounds` times; what comes out stays below `most` bytes.
pub(crate) fn survive(kind: ArtifactKind, bytes: &[u8], rounds: u64, most: usize) {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.max(1) as u64) as usize
    };
    for round in 0..rounds {
        let mut damaged = bytes.to_vec();
        for _ in 0..=round % 3 {
            let at = if next(2) == 0 { next(bytes.len().min(1_024)) } else { next(bytes.len()) };
            damaged[at] = match next(4) {
                0 => 0,
                1 => 0xFF,
                2 => damaged[at].wrapping_add(1),
                _ => next(256) as u8,
            };
        }
        let all = decoded(kind, &damaged, damaged.len());
        let members: usize = all.members.iter().map(|member| member.bytes.len()).sum();
        let records: usize = all.records.iter().map(|record| record.text.len()).sum();
        assert!(members + records <= most, "round {round}: {members} and {records} bytes");
        if round % 16 == 0 {
            assert_eq!(decoded(kind, &damaged, 7), all, "round {round}");
        }
    }
}
