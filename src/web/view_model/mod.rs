//! State becomes words and counts. No browser here.

pub mod incident;
pub mod moment;
pub mod own;
pub mod report;

use crate::model::{counted, size};

use super::state::{Phase, State};

/// Characters of an example's description in the list to choose from.
const LONGEST_CHOICE: usize = 72;

/// The token of `data-state`.
pub const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Idle => "idle",
        Phase::Scanning => "scanning",
        Phase::Done => "done",
        Phase::Cancelled => "cancelled",
    }
}

/// What the page says about what stays locked.
pub fn locked(state: &State) -> String {
    let given = state.passwords.iter().count().saturating_sub(1) as u64;
    let tried = match given {
        0 => "The password that is usual for samples was tried".to_owned(),
        _ => format!(
            "{} that you gave and the one that is usual for samples were tried",
            counted(given, "password")
        ),
    };
    format!("A part of your files is locked with a password and was not examined. {tried}.")
}

/// The one progress line: share in thousandths, and words.
pub fn progress(state: &State, elapsed_seconds: f64) -> (u32, String) {
    let (done, total) = state.progress();
    let share = (done * 1_000).checked_div(total).unwrap_or(0).min(1_000);
    let mut text = format!("{} of {}, {} %", size(done), size(total), share / 10);
    let (told, pieces) = state.pieces();
    if pieces > 1 {
        text = format!("{told} of {pieces} files, {text}");
    }
    if done > 0 && elapsed_seconds > 1.0 {
        let left = elapsed_seconds / done as f64 * total.saturating_sub(done) as f64;
        text += &format!(", about {} left", duration(left));
    }
    (share as u32, text)
}

fn duration(seconds: f64) -> String {
    if seconds < 90.0 { format!("{seconds:.0} seconds") } else { format!("{:.0} minutes", seconds / 60.0) }
}

/// A text cut at a word to the length of a choice.
pub fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST_CHOICE {
        return text.to_owned();
    }
    let start: String = text.chars().take(LONGEST_CHOICE).collect();
    let words = start.rsplit_once(' ').map_or(start.as_str(), |(words, _)| words);
    format!("{}\u{2026}", words.trim_end_matches([',', ';', ':', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_words_and_a_share() {
        let mut state = State::default();
        state.begin(vec![("a".into(), 2_000_000)], false);
        state.items[0].read = 1_000_000;
        let (share, text) = progress(&state, 10.0);
        assert_eq!((share, text.as_str()), (500, "1.0 MB of 2.0 MB, 50 %, about 10 seconds left"));
        state.begin(vec![("a".into(), 1), ("b".into(), 1)], false);
        assert_eq!(progress(&state, 0.0).1, "0 of 2 files, 0 bytes of 2 bytes, 0 %");
    }

    #[test]
    fn a_long_choice_ends_at_a_word() {
        assert_eq!(shortened("short"), "short");
        let long = shortened(&"word, ".repeat(30));
        assert!(long.chars().count() <= LONGEST_CHOICE && long.ends_with("word\u{2026}"), "{long}");
    }
}
