//! The core compiled for the browser.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wasm_bindgen_cli_support::Bindgen;

use crate::{Result, root, step};

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// wasm with 128-bit vectors: every browser since 2023 has them, and hashing and searching are up to twice as fast.
const FLAGS: &str = "-Ctarget-feature=+simd128";

/// Compiles the page's binary and makes its JavaScript glue; both go to a folder, which is returned.
pub(crate) fn build() -> Result<PathBuf> {
    target_ready()?;
    let target_dir = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    step::run(
        "compile the core for the browser (one to two minutes the first time)",
        Command::new("cargo")
            .args([
                "build",
                "--quiet",
                "--profile",
                "wasm",
                "--target",
                TARGET,
                "--no-default-features",
                "--features",
                "web",
                "--bin",
                "page",
            ])
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", FLAGS)
            .env("CARGO_TARGET_DIR", &target_dir)
            .current_dir(root()),
    )?;
    let wasm = target_dir.join(TARGET).join("wasm").join("page.wasm");
    let out = target_dir.join("page");
    bind(&wasm, &out, "page")?;
    Ok(out)
}

/// Makes the glue for classic scripts: the page's one script element and its workers, from `file://` too.
pub(crate) fn bind(wasm: &Path, out: &Path, name: &str) -> Result<()> {
    fs::create_dir_all(out).map_err(|error| format!("{} cannot be made: {error}", out.display()))?;
    let mut bindgen = Bindgen::new();
    bindgen.input_path(wasm).out_name(name).typescript(false).omit_default_module_path(true);
    bindgen.no_modules(true).map_err(|error| error.to_string())?;
    bindgen.generate(out).map_err(|error| format!("the JavaScript glue cannot be made: {error:#}"))
}

/// Installs the compiler's target where it is missing.
pub(crate) fn target_ready() -> Result<()> {
    let sysroot = step::output(Command::new("rustc").args(["--print", "sysroot"])).unwrap_or_default();
    if Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(());
    }
    let about = format!("install the Rust target {TARGET} through rustup (about 20 MB, under a minute)");
    step::run(&about, Command::new("rustup").args(["target", "add", TARGET]))
        .map_err(|error| format!("{error}\ninstall it with `rustup target add {TARGET}` and try again"))
}
