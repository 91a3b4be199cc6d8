//! Every test, step by step.

use std::process::Command;

use crate::{Result, browsers, page, root, step, trunk, wasm};

/// Runs every test and says how many steps passed.
pub(crate) fn test(arguments: &[&str]) -> Result<()> {
    let (mut passed, mut failed) = (0, Vec::new());
    let mut take = |result: Result<()>| match result {
        Ok(()) => passed += 1,
        Err(message) => {
            eprintln!("FAILED: {message}");
            failed.push(message);
        }
    };
    take(cargo("formatting", &["fmt", "--all", "--check"]));
    take(cargo("clippy", &["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]));
    take(wasm::target_ready());
    take(cargo(
        "clippy on the page's half",
        &[
            "clippy",
            "--quiet",
            "--target",
            wasm::TARGET,
            "--features",
            "web",
            "--lib",
            "--bin",
            "page",
            "--",
            "-D",
            "warnings",
        ],
    ));
    take(cargo(
        "documentation",
        &["doc", "--quiet", "--no-deps", "--document-private-items", "--package", "belljar"],
    ));
    take(cargo("build the command", &["build", "--quiet", "--release", "--bin", "belljar"]));
    take(cargo(
        "tests of the core, the command and the page's logic",
        &["test", "--quiet", "--workspace", "--features", "web"],
    ));
    // Trunk's check builds the page too.
    take(if arguments.contains(&"--quick") { page::build().map(drop) } else { trunk::check() });
    if !arguments.contains(&"--no-browser") {
        take(in_browsers(arguments));
    }
    println!("\n{passed} passed, {} failed", failed.len());
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n")) }
}

fn cargo(about: &str, arguments: &[&str]) -> Result<()> {
    step::run(
        about,
        Command::new("cargo").args(arguments).env("RUSTDOCFLAGS", "-D warnings").current_dir(root()),
    )
}

/// Real browsers, from `http://` and from disk.
fn in_browsers(arguments: &[&str]) -> Result<()> {
    let [chromium, firefox] = browsers::ready()?;
    let mut failures = Vec::new();
    for (name, program) in [("chrome", chromium), ("firefox", firefox)] {
        let Some(program) = program else {
            eprintln!("   {name} is not installed here: its tests are left out");
            continue;
        };
        let mut command = Command::new("node");
        command.arg("run.mjs").args([name]).arg(program).current_dir(root().join("tests/browser"));
        if arguments.contains(&"--quick") {
            command.arg("--quick");
        }
        if let Err(message) = step::run(&format!("tests in {name}"), &mut command) {
            failures.push(message);
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}
