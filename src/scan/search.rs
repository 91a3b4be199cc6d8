//! Everything that one stretch of text is asked: observers find typed values, the set says which it knows.

use std::ops::Range;

use crate::index::{Found, IndicatorId, IndicatorSet, Tails};
use crate::observe::{self, HostToken};

/// Appends every indicator met in `hay` to `found`.
pub(super) fn search(set: &IndicatorSet, hay: &[u8], found: &mut Vec<Found>) {
    set.literals.find(hay, found);
    let mut met =
        |id: IndicatorId, span: Range<usize>| found.push(Found { start: span.start, end: span.end, id });
    if set.addresses.has_v4() || set.names.has_hosts() {
        let mut tails = Tails::default();
        observe::hosts(hay, |token| match token {
            HostToken::Address(address, span) => {
                set.addresses.meet_v4(address, |id| met(id, span.clone()));
                set.names.meet_url(hay, span, &mut tails, &mut met);
            }
            HostToken::Name(span) => {
                set.names.meet_domain(&hay[span.clone()], |id, _| met(id, span.clone()));
                set.names.meet_url(hay, span, &mut tails, &mut met);
            }
            HostToken::Joined(span, last) => {
                set.names.meet_domain(&hay[span.clone()], |id, at| {
                    if span.start + at < last {
                        met(id, span.clone());
                    }
                });
                set.names.meet_url(hay, span, &mut tails, &mut met);
            }
        });
    }
    let mapped = set.addresses.has_v4() && memchr::memmem::find(hay, b"::ffff:").is_some();
    if set.addresses.has_v6() || mapped {
        observe::addresses6(hay, |address, span| {
            // The dotted half of a mapped address was met above.
            let dotted = hay[span.clone()].contains(&b'.');
            if !(dotted && address.to_ipv4_mapped().is_some()) {
                set.addresses.meet_v6(address, |id| met(id, span.clone()));
            }
        });
    }
    if set.names.has_emails() {
        observe::emails(hay, |span| {
            set.names.meet_email(&hay[span.clone()]).iter().for_each(|id| met(*id, span.clone()));
        });
    }
    if set.names.has_digests() {
        observe::digests(hay, |span| {
            set.names.meet_digest(&hay[span.clone()]).iter().for_each(|id| met(*id, span.clone()));
        });
    }
}
