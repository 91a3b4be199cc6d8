//! Runs a program, says so, and says how long it took.

use std::process::Command;
use std::time::Instant;

use crate::Result;

/// Runs `command`; its output goes to the terminal.
pub(crate) fn run(about: &str, command: &mut Command) -> Result<()> {
    let started = Instant::now();
    eprintln!("-> {about}");
    let status = command
        .status()
        .map_err(|error| format!("{about}: {:?} cannot be started: {error}", command.get_program()))?;
    if !status.success() {
        return Err(format!("{about}: failed ({status})"));
    }
    eprintln!("   {:.1} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// What `command` prints; `None` where it cannot be run or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program is installed.
pub(crate) fn has(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|folder| folder.join(program).is_file())
}
