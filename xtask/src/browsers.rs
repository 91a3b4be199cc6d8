//! The browsers the tests run in, and the package that drives them.

use std::path::PathBuf;
use std::process::Command;

use crate::{Result, root, step};

/// Where a browser is.
fn find(programs: &[&str]) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&paths)
        .flat_map(|folder| programs.iter().map(move |program| folder.join(program)));
    let elsewhere = [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Firefox.app/Contents/MacOS/firefox",
        "C:/Program Files/Google/Chrome/Application/chrome.exe",
        "C:/Program Files/Mozilla Firefox/firefox.exe",
    ];
    let wanted = |path: &&&str| {
        programs.iter().any(|program| path.to_lowercase().contains(program.trim_end_matches(".exe")))
    };
    on_path.chain(elsewhere.iter().filter(wanted).map(PathBuf::from)).find(|path| path.is_file())
}

/// The browsers that are here, ready to be driven: what they are called in a table, what the driver calls them, and the
/// program.
pub(crate) fn here() -> Result<Vec<(&'static str, &'static str, PathBuf)>> {
    let [chromium, firefox] = ready()?;
    let named = [("Chromium", "chrome", chromium), ("Firefox", "firefox", firefox)];
    Ok(named.into_iter().filter_map(|(title, name, program)| Some((title, name, program?))).collect())
}

/// Installs Chromium and Firefox where they are missing and the system's package manager can, and the package that drives
/// them; returns the two programs.
pub(crate) fn ready() -> Result<[Option<PathBuf>; 2]> {
    let chromium = || find(&["chromium", "google-chrome", "chrome", "chrome.exe"]);
    let firefox = || find(&["firefox-esr", "firefox", "firefox.exe"]);
    let mut missing = Vec::new();
    if chromium().is_none() {
        missing.push("chromium");
    }
    if firefox().is_none() {
        missing.push("firefox-esr");
    }
    if !step::has("node") {
        missing.extend(["nodejs", "npm"]);
    }
    if !missing.is_empty() && step::has("apt-get") {
        let install = format!("install {} through apt (two to five minutes)", missing.join(", "));
        let root_user = step::output(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
        let apt = |arguments: &[&str]| {
            let mut command = Command::new(if root_user { "apt-get" } else { "sudo" });
            if !root_user {
                command.args(["-n", "apt-get"]);
            }
            command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
            command
        };
        step::run("read the package lists", &mut apt(&["update", "-qq"]))?;
        step::run(&install, apt(&["install", "-y", "-qq", "--no-install-recommends"]).args(&missing))?;
    }
    if chromium().is_none() && firefox().is_none() {
        return Err("no browser: install Chromium (or Chrome) and Firefox, or leave browser tests out with --no-browser".to_owned());
    }
    let folder = root().join("tests/browser");
    if !folder.join("node_modules/puppeteer-core").is_dir() {
        step::run(
            "install the package that drives browsers, from npm (under a minute)",
            Command::new("npm")
                .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
                .current_dir(&folder),
        )?;
    }
    Ok([chromium(), firefox()])
}
