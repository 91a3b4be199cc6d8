//! What page and workers say to each other: JSON, because one string crosses faster than many small objects. A file
//! handle travels beside it.

use serde::{Deserialize, Serialize};

use crate::assess::Tally;
use crate::model::{Control, Pack};

/// From the page to a worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum Ask {
    /// These packs are to be searched for. First after a worker's start.
    Packs {
        /// Bundled ones and the user's.
        packs: Vec<Pack>,
    },
    /// Run the positive control.
    Control {
        /// Number of the run.
        run: u32,
    },
    /// Scan the file that comes with this message.
    Scan {
        /// Number of the run.
        run: u32,
        /// Place in the evidence.
        item: usize,
        /// Its name in the report.
        name: String,
    },
}

/// From a worker to the page.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    /// So many bytes of a file were read so far.
    Progress {
        /// Number of the run.
        run: u32,
        /// Place in the evidence.
        item: usize,
        /// Bytes of this file so far.
        bytes: u64,
    },
    /// A file was read to its end.
    Done {
        /// Number of the run.
        run: u32,
        /// Place in the evidence.
        item: usize,
        /// What it told.
        tally: Box<Tally>,
    },
    /// The positive control's result.
    Controlled {
        /// Number of the run.
        run: u32,
        /// The result.
        control: Control,
    },
}
