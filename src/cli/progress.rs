//! One line on the terminal while a scan runs.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::model::size;

/// Shows bytes, share and time left; nothing where standard error is no terminal.
#[derive(Debug)]
pub(super) struct Progress {
    shown: bool,
    total: u64,
    started: Instant,
    state: Mutex<(u64, Instant)>,
}

/// Between two updates of the line.
const PAUSE: Duration = Duration::from_millis(200);

impl Progress {
    pub(super) fn new(total: u64, quiet: bool) -> Progress {
        let now = Instant::now();
        Progress {
            shown: !quiet && std::io::stderr().is_terminal(),
            total,
            started: now,
            state: Mutex::new((0, now)),
        }
    }

    /// So many more bytes were read.
    pub(super) fn add(&self, bytes: u64) {
        let Ok(mut state) = self.state.lock() else { return };
        state.0 += bytes;
        if self.shown && state.1.elapsed() >= PAUSE {
            state.1 = Instant::now();
            let done = state.0;
            let share = (done * 100).checked_div(self.total).unwrap_or(0).min(100);
            let elapsed = self.started.elapsed().as_secs_f64();
            let left = elapsed / done.max(1) as f64 * self.total.saturating_sub(done) as f64;
            eprint!("\r\x1b[K{} of {}, {share} %, about {left:.0} s left", size(done), size(self.total));
            let _ = std::io::stderr().flush();
        }
    }

    /// Clears the line.
    pub(super) fn clear(&self) {
        if self.shown {
            eprint!("\r\x1b[K");
        }
    }
}
