//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Match evidence against indicators of compromise, on this machine alone.
#[derive(Debug, Parser)]
#[command(name = "belljar", version, about)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Scan files and folders. Exit code: 0 no findings, 1 findings, 2 could not check or error.
    Scan(Scan),
    /// Compare files with those that a report is about, by their digests. Exit code: 0 the same, 1 others, 2 error.
    Verify(Verify),
    /// Write the page with packs of your own in place of those that come with it.
    Page(Page),
    /// What is searched for.
    Packs {
        #[command(subcommand)]
        command: Packs,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Scan {
    /// Files and folders; `-` is standard input.
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// A pack folder, an indicator file, or the name of a bundled pack; without any, all bundled packs.
    #[arg(long = "pack", value_name = "PACK")]
    pub(super) packs: Vec<String>,
    /// A password to try on locked members; may be given several times. "infected" is always tried.
    #[arg(long = "password", value_name = "PASSWORD")]
    pub(super) passwords: Vec<String>,
    /// How the report is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    /// Write the report to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// No progress.
    #[arg(long)]
    pub(super) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
    Jsonl,
    Csv,
    Html,
    /// What was found, as a STIX 2.1 bundle of sightings.
    Stix,
}

#[derive(Debug, Subcommand)]
pub(super) enum Packs {
    /// List the bundled packs.
    List {
        /// How the list is written.
        #[arg(long, value_enum, default_value_t = Shape::Text)]
        format: Shape,
    },
    /// Show a pack with its indicators and guidance.
    Show {
        /// A pack folder, an indicator file, or the name of a bundled pack.
        pack: String,
        /// How the pack is written.
        #[arg(long, value_enum, default_value_t = Shape::Text)]
        format: Shape,
    },
    /// Say what would be taken from an indicator file, what not and why, and what is doubtful. Exit code: 0 nothing
    /// to say, 1 something was rejected or is doubtful.
    Lint {
        /// A pack folder, an indicator file, or the name of a bundled pack.
        pack: String,
        /// How the result is written.
        #[arg(long, value_enum, default_value_t = Shape::Text)]
        format: Shape,
    },
    /// Write a pack in another format. What that format cannot hold is listed on standard error. Exit code: 0 everything
    /// was written, 1 something was lost.
    Convert(Convert),
    /// Run packs' positive control: every indicator and every specimen, and every indicator's near misses, which it must
    /// not meet. Exit code: 0 all as it should be, 1 something not.
    Test {
        /// Without any, all bundled packs.
        packs: Vec<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Shape {
    Text,
    Json,
}

#[derive(Debug, clap::Args)]
pub(super) struct Convert {
    /// A pack folder, an indicator file, or the name of a bundled pack.
    #[arg(value_name = "PACK")]
    pub(super) pack: String,
    /// The format to write.
    #[arg(long, value_enum)]
    pub(super) to: Target,
    /// Write to this file, or folder for `native`, instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// The moment for what the pack does not date, such as 2020-12-16T10:00:00Z; without it, the pack's earliest.
    #[arg(long, value_name = "TIME")]
    pub(super) at: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Target {
    /// A pack folder.
    Native,
    /// A STIX 2.1 bundle.
    Stix,
    /// A MISP event.
    Misp,
    /// A table.
    Csv,
}

#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    /// A report in JSON or JSON lines.
    #[arg(value_name = "REPORT")]
    pub(super) report: PathBuf,
    /// Files and folders, as they were given to the scan.
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Page {
    /// A pack folder, an indicator file, or the name of a bundled pack.
    #[arg(long = "pack", value_name = "PACK", required = true)]
    pub(super) packs: Vec<String>,
    /// The page to write.
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: PathBuf,
    /// The page to begin with: a published one, or what `cargo xtask build` makes.
    #[arg(long, value_name = "PAGE", default_value = "dist/index.html")]
    pub(super) from: PathBuf,
}
