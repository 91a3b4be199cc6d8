//! What page and workers say to each other: JSON, because one string crosses faster than many small objects. A file
//! handle, a port, or the bytes of an indicator file travel beside it.

use serde::{Deserialize, Serialize};

use crate::assess::Tally;
use crate::model::{Control, Diagnostic, Pack, Passwords};
use crate::pack::{Columns, Role};

/// From the page to a worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum Ask {
    /// Read the indicator file whose bytes come with this message, and keep its pack under this number.
    Read {
        /// The page's number of the file.
        number: u32,
        /// The file's name.
        name: String,
        /// What the person says that the columns of a table hold.
        roles: Option<Vec<Role>>,
        /// Answer with the pack. One worker does; the others only keep it.
        tell: bool,
    },
    /// Drop the pack of this number.
    Forget {
        /// The page's number of the file.
        number: u32,
    },
    /// Search for these packs from now on.
    Search {
        /// Bundled ones, by id.
        bundled: Vec<String>,
        /// The person's own, by number.
        own: Vec<u32>,
    },
    /// Run the positive control.
    Control {
        /// Number of the run.
        run: u32,
    },
    /// Hash what comes through the port that comes with this message.
    Hash,
    /// Hash large files through the port that comes with this message.
    HashBeside,
    /// Scan the file that comes with this message.
    Scan {
        /// Number of the run.
        run: u32,
        /// Place in the evidence.
        item: usize,
        /// Its name in the report.
        name: String,
        /// Passwords to try on locked members.
        #[serde(default)]
        passwords: Passwords,
    },
}

/// From a worker to the page.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    /// An indicator file was read.
    Read {
        /// The page's number of the file.
        number: u32,
        /// What was taken, and what not.
        pack: Box<Pack>,
        /// The columns of a table, as they were read.
        columns: Option<Columns>,
    },
    /// An indicator file that was read before was looked through.
    Linted {
        /// The page's number of the file.
        number: u32,
        /// What is doubtful about it.
        lint: Vec<Diagnostic>,
    },
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
        /// The format, where it looks like a file of indicators rather than evidence.
        indicators: Option<String>,
    },
    /// The positive control's result.
    Controlled {
        /// Number of the run.
        run: u32,
        /// The result.
        control: Control,
    },
}
