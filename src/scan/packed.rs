//! A pack as people have it: a folder's files, one indicator file, or one archive. Archives are unpacked here, since the
//! readers of packs know nothing of containers.

use crate::container;
use crate::identify;
use crate::model::{Diagnostic, DiagnosticSeverity, Flow, Limits, Member, Members, Pack, Passwords};
use crate::pack::{self, Files};
use crate::source::{Allowance, Opening};

/// Reads a pack from the files of its folder, or from one file: an indicator file, or an archive (zip, tar.gz ...) of a
/// pack folder or of indicator files. Never fails: what cannot be taken is in the pack's `rejected` and `diagnostics`.
pub fn read_pack(name: &str, files: Files, limits: &Limits) -> Pack {
    let mut unpacked = Unpacked { budget: limits.pack, ..Unpacked::default() };
    let is_archive = match files.as_slice() {
        [(path, bytes)] if path != "pack.toml" => unpack(path, bytes, limits, &mut unpacked),
        _ => false,
    };
    if !is_archive {
        return pack::read(name, files);
    }
    drop(files);
    // A `tar.gz` is two containers; a member that is one again belongs to the specimens and stays as it is.
    if let [(inner, bytes)] = unpacked.files.as_slice() {
        let mut again = Unpacked { budget: unpacked.budget, ..Unpacked::default() };
        if unpack(inner, bytes, limits, &mut again) {
            again.said.append(&mut unpacked.said);
            unpacked = again;
        }
    }
    let mut files = unpacked.files;
    let folder = files
        .iter()
        .filter_map(|(path, _)| path.strip_suffix("pack.toml"))
        .filter(|folder| folder.is_empty() || folder.ends_with('/'))
        .min_by_key(|folder| folder.len())
        .map(str::to_owned);
    let mut id = name.to_owned();
    if let Some(folder) = folder.filter(|folder| !folder.is_empty()) {
        id = folder.trim_end_matches('/').to_owned();
        files.retain(|(path, _)| path.starts_with(&folder));
        files.iter_mut().for_each(|(path, _)| *path = path[folder.len()..].to_owned());
    }
    files.sort();
    let mut pack = pack::read(&id, files);
    pack.diagnostics.extend(unpacked.said);
    pack
}

/// The members of an archive, held whole: packs are small.
#[derive(Default)]
struct Unpacked {
    files: Files,
    said: Vec<Diagnostic>,
    budget: usize,
    skips: bool,
    over: bool,
}

/// Unpacks one level; tells whether the bytes are those of a container.
fn unpack(name: &str, bytes: &[u8], limits: &Limits, into: &mut Unpacked) -> bool {
    let head = &bytes[..bytes.len().min(4096)];
    let kind = identify::identify(head, head.len() == bytes.len()).kind;
    let (passwords, allowance) = (Passwords::default(), Allowance::new(limits));
    let mut opening = Opening { name, limits, passwords: &passwords, allowance: &allowance, source: None };
    let Some(mut unpacker) = container::unpacker(kind, &mut opening) else { return false };
    for block in bytes.chunks(64 << 10) {
        if unpacker.feed(block, into) == Flow::Stop {
            break;
        }
    }
    unpacker.finish(into);
    true
}

impl Members for Unpacked {
    fn begin(&mut self, member: Member) -> Flow {
        if self.over {
            return Flow::Stop;
        }
        let path = member.name.replace('\\', "/");
        self.skips = path.ends_with('/') || path.split('/').any(|part| part == ".." || part == "__MACOSX");
        if !self.skips {
            self.files.push((path, Vec::new()));
        }
        Flow::Continue
    }

    fn data(&mut self, bytes: &[u8]) -> Flow {
        if self.skips {
            return Flow::Continue;
        }
        if bytes.len() > self.budget {
            if !self.over {
                let hint = "give the indicator files themselves, or a smaller archive";
                let message = "the archive unpacks to more than a pack may hold; the rest was not read";
                self.said.push(Diagnostic::new(DiagnosticSeverity::Error, "pack-too-large", message, hint));
            }
            self.over = true;
            return Flow::Stop;
        }
        self.budget -= bytes.len();
        if let Some((_, held)) = self.files.last_mut() {
            held.extend_from_slice(bytes);
        }
        Flow::Continue
    }

    fn end(&mut self, complete: bool) {
        if !complete && !self.skips {
            let name = self.files.last().map_or("", |(path, _)| path.as_str()).to_owned();
            let message = format!("{name} is damaged or cut short in the archive");
            let hint = "fetch the archive again; what was read of it is used";
            self.said.push(Diagnostic::new(DiagnosticSeverity::Error, "pack-damaged", message, hint));
        }
    }

    fn diagnostic(&mut self, diagnostic: Diagnostic) {
        self.said.push(diagnostic);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A zip of stored members (APPNOTE.TXT, sections 4.3.7 and 4.3.12).
    fn zip(members: &[(&str, &str)]) -> Vec<u8> {
        let (mut all, mut directory) = (Vec::new(), Vec::new());
        for (name, text) in members {
            let mut crc = flate2::Crc::new();
            crc.update(text.as_bytes());
            let sizes = [crc.sum(), text.len() as u32, text.len() as u32];
            let mut fields: Vec<u8> =
                [20u16, 0, 0, 0, 0x21].iter().flat_map(|field| field.to_le_bytes()).collect();
            fields.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
            fields.extend([name.len() as u16, 0].iter().flat_map(|field| field.to_le_bytes()));
            directory.extend_from_slice(b"PK\x01\x02\x14\x00");
            directory.extend_from_slice(&fields);
            directory.extend_from_slice(&[0; 10]);
            directory.extend_from_slice(&(all.len() as u32).to_le_bytes());
            directory.extend_from_slice(name.as_bytes());
            all.extend_from_slice(b"PK\x03\x04");
            all.extend_from_slice(&fields);
            all.extend_from_slice(name.as_bytes());
            all.extend_from_slice(text.as_bytes());
        }
        let (at, length) = (all.len() as u32, directory.len() as u32);
        all.extend_from_slice(&directory);
        all.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        let count = members.len() as u16;
        all.extend([count, count].iter().flat_map(|count| count.to_le_bytes()));
        all.extend([length, at].iter().flat_map(|size| size.to_le_bytes()));
        all.extend_from_slice(&[0, 0]);
        all
    }

    fn read(name: &str, bytes: Vec<u8>, limits: &Limits) -> Pack {
        read_pack(name, vec![(name.to_owned(), bytes)], limits)
    }

    const TOML: &str = "title = \"A case\"\nsummary = \"s\"\npublisher = \"p\"\n";

    #[test]
    fn a_pack_folder_in_a_zip_is_that_pack() {
        let bytes = zip(&[
            ("my-pack/pack.toml", TOML),
            ("my-pack/indicators.csv", "kind,value\nipv4,192.0.2.7\n"),
            ("other/x.csv", "kind,value\nipv4,192.0.2.8\n"),
        ]);
        let pack = read("my-pack.zip", bytes.clone(), &Limits::default());
        assert_eq!((pack.id.as_str(), pack.title.as_str()), ("my-pack", "A case"), "{:?}", pack.diagnostics);
        assert_eq!(pack.indicators.len(), 1);
        let damaged = read("my-pack.zip", bytes[..bytes.len() / 2].to_vec(), &Limits::default());
        assert!(!damaged.diagnostics.is_empty());
        let small = Limits { pack: 10, ..Limits::default() };
        let refused = read("my-pack.zip", bytes, &small);
        assert!(refused.diagnostics.iter().any(|one| one.code == "pack-too-large"));
    }

    #[test]
    fn a_zip_of_indicator_files_is_one_pack_of_all() {
        let bytes = zip(&[("a.txt", "evil.com\n"), ("b/c.csv", "type,value\nip,192.0.2.7\n")]);
        let pack = read("mail.zip", bytes, &Limits::default());
        assert_eq!((pack.id.as_str(), pack.indicators.len()), ("mail", 2));
        assert_eq!(read("l.txt", b"evil.com\n".to_vec(), &Limits::default()).indicators.len(), 1);
    }
}
