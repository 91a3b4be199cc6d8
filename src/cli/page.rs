//! `belljar page`: the one-file page, with packs of one's own in place of those that come with it.

use std::collections::BTreeMap;
use std::fs;
use std::process::ExitCode;

use crate::model::Limits;
use crate::{pack, report, scan};

use super::args::Page;
use super::packs;

/// What a page begins with, and what stands where packs are put.
const MARK: &str = "<meta name=\"generator\" content=\"belljar page\">";
const PLACE: &str = "<script id=\"belljar-glue\">";
const OPEN: &str = "<script type=\"text/plain\" id=\"belljar-packs\">";
const CLOSE: &str = "</script>\n";

/// Writes the page. Scripts of the type `text/plain` are data, which the page's policy says nothing about, so the policy
/// stays as it is.
pub(super) fn run(options: &Page) -> Result<ExitCode, String> {
    let from = options.from.display();
    let page = fs::read_to_string(&options.from).map_err(|error| {
        format!(
            "{from} cannot be read: {error}; build the page with `cargo xtask build`, or name a published one with --from"
        )
    })?;
    let mut carried = Vec::new();
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for name in &options.packs {
        let (id, files) = packs::files(name)?;
        let read = scan::read_pack(&id, files.clone(), &Limits::default());
        for diagnostic in &read.diagnostics {
            eprintln!("{id}: {}: {}; {}", diagnostic.code, diagnostic.message, diagnostic.hint);
        }
        if read.indicators.is_empty() {
            return Err(format!("the pack {name} has no indicator: a page with it would search for nothing"));
        }
        // The name of one file is its pack's id only up to the first dot.
        if let Some(other) = ids.insert(read.id.clone(), name.clone()) {
            return Err(format!("{other} and {name} are both the pack {}; rename one of them", read.id));
        }
        if carried.iter().any(|(other, _)| *other == id) {
            return Err(format!("two packs lie in {id}; rename one of them"));
        }
        eprintln!("{id}: {} indicators, {} rejected", read.indicators.len(), read.rejected.len());
        carried.push((id, files));
    }
    let page =
        with_packs(&page, &report::base64(&pack::carry(&carried))).map_err(|why| format!("{from} {why}"))?;
    fs::write(&options.output, page)
        .map_err(|error| format!("{} cannot be written: {error}", options.output.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// The page with this block of packs, in place of an earlier one.
fn with_packs(page: &str, block: &str) -> Result<String, &'static str> {
    let mut page = page.to_owned();
    if let Some(start) = page.find(OPEN) {
        let length = page[start..].find(CLOSE).ok_or("is cut off: it holds packs that do not end")?;
        page.replace_range(start..start + length + CLOSE.len(), "");
    }
    if !page.contains(MARK) || page.matches(PLACE).count() != 1 {
        return Err("is no page of Belljar's; name its index.html");
    }
    Ok(page.replace(PLACE, &format!("{OPEN}{block}{CLOSE}{PLACE}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_are_put_into_a_page_once() {
        let page = format!("<!doctype html>{MARK}\n{PLACE}x</script>");
        let once = with_packs(&page, "AAAA").expect("a page");
        assert!(once.contains(&format!("{OPEN}AAAA{CLOSE}{PLACE}")));
        let twice = with_packs(&once, "BBBB").expect("a page");
        assert!(!twice.contains("AAAA") && twice.matches(OPEN).count() == 1);
        assert!(with_packs("<html>", "").is_err());
    }
}
