//! Feeds a reader that may take more than its own bytes and then gives back what belongs to the next one.

use crate::model::Flow;

/// What became of the input: how many bytes were taken, which of the last ones are given back, and whether more are wanted.
pub(super) type Taken = (usize, Vec<u8>, Flow);

/// Steps through `block` to its end, each time with what was given back first.
pub(super) fn feed(block: &[u8], mut step: impl FnMut(&[u8]) -> Taken) -> Flow {
    let (mut back, mut at) = (Vec::new(), 0);
    while !back.is_empty() || at < block.len() {
        let from_back = !back.is_empty();
        let input: &[u8] = if from_back { &back } else { &block[at..] };
        let (used, mut again, flow) = step(input);
        if flow == Flow::Stop {
            return Flow::Stop;
        }
        if from_back {
            again.extend_from_slice(&back[used..]);
        } else {
            at += used;
        }
        back = again;
    }
    Flow::Continue
}

/// The place behind a step that began at `before`; one that stopped moves nothing.
pub(super) fn behind(before: u64, (used, back, flow): &Taken) -> u64 {
    match flow {
        Flow::Continue => (before + *used as u64).saturating_sub(back.len() as u64),
        Flow::Stop => before,
    }
}
