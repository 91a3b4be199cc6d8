//! Folds everything into one HTML file, with a policy that allows exactly its own scripts and styles.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

use crate::{Result, option, root, wasm};

/// Builds `dist/index.html`.
pub(crate) fn build() -> Result<PathBuf> {
    pack(&root().join("dist"))
}

/// `cargo xtask pack --from DIR`: what Trunk calls at the end of its build. Trunk's own output is replaced: its module
/// script does not run from disk.
pub(crate) fn pack_command(arguments: &[&str]) -> Result<()> {
    let staging = std::env::var("TRUNK_STAGING_DIR").ok();
    let from = option(arguments, "--from").or(staging.as_deref());
    let from = from.ok_or("cargo xtask pack --from DIR: the folder is missing")?;
    let folder = PathBuf::from(from);
    for entry in fs::read_dir(&folder).map_err(|error| format!("{from} cannot be listed: {error}"))?.flatten()
    {
        let path = entry.path();
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(|error| format!("{} cannot be removed: {error}", path.display()))?;
    }
    pack(&folder).map(|path| eprintln!("{}", path.display()))
}

/// Writes the page into `folder`.
fn pack(folder: &Path) -> Result<PathBuf> {
    let built = wasm::build()?;
    let www = root().join("www");
    let glue = text(&built.join("page.js"))?;
    let module = STANDARD.encode(gzip(&bytes(&built.join("page_bg.wasm"))?)?);
    let mut page = text(&www.join("index.html"))?;
    page = without_trunk_lines(&page);
    let mut styles = Vec::new();
    while let Some((start, end, name)) = stylesheet(&page) {
        let style = text(&www.join(&name))?;
        styles.push(hash(&style));
        page.replace_range(start..end, &format!("<style>{style}</style>"));
    }
    let boot = text(&www.join("boot.js"))?;
    for script in [&glue, &boot] {
        if script.contains("</script") {
            return Err("a script holds its own end tag".to_owned());
        }
    }
    let worker = text(&www.join("worker.js"))?;
    let blocks = format!(
        "<script type=\"text/plain\" id=\"belljar-wasm\">{module}</script>\n\
         <script type=\"text/plain\" id=\"belljar-worker\">{worker}</script>\n\
         <script id=\"belljar-glue\">{glue}</script>\n<script>{boot}</script>"
    );
    let tag = "<script src=\"boot.js\"></script>";
    if page.matches(tag).count() != 1 {
        return Err(format!("www/index.html has to hold {tag} once"));
    }
    page = page.replace(tag, &blocks);
    page = page.replace("{{script-hashes}}", &[hash(&glue), hash(&boot)].join(" "));
    page = page.replace("{{style-hashes}}", &styles.join(" "));
    fs::create_dir_all(folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    let path = folder.join("index.html");
    fs::write(&path, &page).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    Ok(path)
}

/// Packed, the module takes up less than half of the file; the browser's own `DecompressionStream` unpacks it.
fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed
        .write_all(bytes)
        .and_then(|()| packed.finish())
        .map_err(|error| format!("the module cannot be packed: {error}"))
}

/// A source of the Content Security Policy (CSP Level 3, section 2.3.1).
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// The first style sheet link: where it stands, and the file it names.
fn stylesheet(page: &str) -> Option<(usize, usize, String)> {
    let mark = "<link rel=\"stylesheet\" href=\"";
    let start = page.find(mark)?;
    let name = page[start + mark.len()..].split('"').next()?.to_owned();
    let end = start + page[start..].find('>')? + 1;
    Some((start, end, name))
}

fn without_trunk_lines(page: &str) -> String {
    page.lines().filter(|line| !line.contains("data-trunk")).map(|line| format!("{line}\n")).collect()
}

fn bytes(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

fn text(path: &Path) -> Result<String> {
    String::from_utf8(bytes(path)?).map_err(|_| format!("{} is not UTF-8", path.display()))
}
