//! The same page through Trunk, which people may have and know.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{Result, option, page, root, step, wasm};

/// The name under which Trunk looks for wasm-bindgen's command on the path.
pub(crate) const WASM_BINDGEN: &str = "wasm-bindgen";

/// The release of Trunk that builds with Rust 1.95.
const TRUNK: &str = "0.21.14";

/// Builds with Trunk as well and compares the two files byte for byte.
///
/// Trunk would fetch wasm-bindgen's command from its releases; this program has the same library in it and stands in
/// for it, so nothing but the crate registry is needed.
pub(crate) fn check() -> Result<()> {
    let ours = page::build()?;
    let tools = root().join("target/tools");
    let bin = tools.join("bin");
    if !bin.join("trunk").is_file() {
        step::run(
            &format!("install trunk {TRUNK} into target/tools (three to six minutes)"),
            Command::new("cargo")
                .args(["install", "trunk", "--version", TRUNK, "--locked", "--no-default-features"])
                .args(["--features", "rustls", "--root"])
                .arg(&tools)
                .env("CARGO_PROFILE_RELEASE_LTO", "off")
                .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
                .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
                .env("CARGO_TARGET_DIR", tools.join("build")),
        )?;
    }
    let this = env::current_exe().map_err(|error| error.to_string())?;
    fs::copy(this, bin.join(WASM_BINDGEN)).map_err(|error| error.to_string())?;
    let paths = env::var_os("PATH").unwrap_or_default();
    let paths = env::join_paths([bin.clone()].into_iter().chain(env::split_paths(&paths)))
        .map_err(|error| error.to_string())?;
    let before = fs::read(&ours).map_err(|error| error.to_string())?;
    fs::remove_file(&ours).map_err(|error| error.to_string())?;
    step::run(
        "build with Trunk",
        Command::new(bin.join("trunk"))
            .args(["build", "--release", "--offline"])
            .env("PATH", paths)
            .current_dir(root()),
    )?;
    let after = fs::read(&ours).map_err(|error| format!("Trunk left no {}: {error}", ours.display()))?;
    if before != after {
        return Err(format!("Trunk's file differs: {} bytes against {}", after.len(), before.len()));
    }
    println!("Trunk's file is the same, byte for byte ({} bytes)", after.len());
    Ok(())
}

/// What Trunk asks of wasm-bindgen's command: its version, and one module bound.
pub(crate) fn wasm_bindgen(arguments: &[&str]) -> Result<()> {
    if arguments.contains(&"--version") {
        println!("wasm-bindgen {}", wasm_bindgen_shared::version());
        return Ok(());
    }
    let value = |name: &str| {
        let joined = format!("{name}=");
        option(arguments, name)
            .or_else(|| arguments.iter().find_map(|argument| argument.strip_prefix(&joined)))
    };
    let wasm = arguments.iter().find(|argument| argument.ends_with(".wasm"));
    match (wasm, value("--out-dir"), value("--out-name")) {
        (Some(wasm), Some(out), Some(name)) => wasm::bind(Path::new(wasm), Path::new(out), name),
        _ => Err(format!("expected a module, --out-dir and --out-name, found {arguments:?}")),
    }
}
