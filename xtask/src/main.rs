//! Everything a clean clone needs: `cargo xtask build`, `serve`, `test`, `bench`.

mod bench;
mod browsers;
mod fuzz;
mod page;
mod serve;
mod step;
mod test;
mod trunk;
mod wasm;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What `--help` says, and `cargo xtask` alone.
const USAGE: &str = "cargo xtask build                    build the page: dist/index.html, one file
cargo xtask pack [--from DIR]         the last step of Trunk's build: one file in its staging folder
cargo xtask serve [--port N] [--open] build the page and serve it on this machine alone
cargo xtask test [--quick] [--no-browser]
                                     every test; --quick leaves out the 1 GiB log and Trunk
cargo xtask bench [--json] [--size MB]
                                     speed beside sha256sum and ripgrep, in the same run
cargo xtask fuzz [FORMAT]... [--seconds N]
                                     fuzz every parser, or those of some formats
cargo xtask trunk-check              build with Trunk too, and compare";

/// An error is a sentence for the person at the terminal.
type Result<T> = std::result::Result<T, String>;

fn main() -> ExitCode {
    let mut arguments = std::env::args();
    let called = arguments.next().map(PathBuf::from);
    let arguments: Vec<String> = arguments.collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let called = called.as_deref().and_then(Path::file_stem).and_then(OsStr::to_str);
    let result = match arguments.split_first() {
        _ if called == Some(trunk::WASM_BINDGEN) => trunk::wasm_bindgen(&arguments),
        _ if arguments.iter().any(|argument| matches!(*argument, "--help" | "-h")) => {
            println!("{USAGE}");
            Ok(())
        }
        Some((&"build", _)) => page::build().map(|path| println!("{}", path.display())),
        Some((&"pack", rest)) => page::pack_command(rest),
        Some((&"serve", rest)) => serve::serve(rest),
        Some((&"test", rest)) => test::test(rest),
        Some((&"bench", rest)) => bench::bench(rest),
        Some((&"fuzz", rest)) => fuzz::fuzz(rest),
        Some((&"trunk-check", _)) => trunk::check(),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// The repository's root.
fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map(PathBuf::from).unwrap_or(here)
}

/// The value behind an option such as `--port`.
fn option<'a>(arguments: &[&'a str], name: &str) -> Option<&'a str> {
    let place = arguments.iter().position(|argument| *argument == name)?;
    arguments.get(place + 1).copied()
}
