//! Opens the door for the command: paths in, a report and an exit code out.

mod args;
mod convert;
mod evidence;
mod output;
mod packs;
mod page;
mod progress;
mod run;
mod source;
mod verify;

use std::process::ExitCode;

use clap::Parser;

/// Parses the command line, runs, and tells the exit code: 0 no findings, 1 findings, 2 could not check or error.
pub fn main() -> ExitCode {
    let result = match args::Args::parse().command {
        args::Command::Scan(scan) => run::scan(&scan),
        args::Command::Verify(options) => verify::run(&options),
        args::Command::Page(options) => page::run(&options),
        args::Command::Packs { command } => packs::run(&command),
    };
    match result {
        Ok(code) => code,
        Err(message) => {
            eprintln!("belljar: {message}");
            ExitCode::from(2)
        }
    }
}
