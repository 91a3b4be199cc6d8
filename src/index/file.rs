//! Names and paths of files, which an artifact may bear itself.

use std::collections::HashMap;

use super::IndicatorId;
use crate::model::Kind;

/// Compiled names and paths, by their last component in lower case.
#[derive(Debug, Default)]
pub struct Files {
    by_name: HashMap<String, Vec<(String, IndicatorId)>>,
}

impl Files {
    pub(super) fn add(&mut self, kind: Kind, value: &str, id: IndicatorId) {
        let lower = value.replace('\\', "/").to_lowercase();
        let path = match kind {
            Kind::FilePath => {
                let drive = lower.find(':').filter(|at| *at == 1).map_or(0, |at| at + 1);
                let path = &lower[drive..];
                // A folder, or a name that any folder may hold, says nothing of the file that bears it.
                if !path.starts_with('/') || path.ends_with('/') || path.matches('/').count() < 2 {
                    return;
                }
                path
            }
            _ => lower.as_str(),
        };
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        self.by_name.entry(name).or_default().push((path.to_owned(), id));
    }

    /// Calls `met` for each indicator that the file at this path meets: its name, or the end of its path.
    pub fn meet(&self, artifact: &str, mut met: impl FnMut(IndicatorId)) {
        if self.by_name.is_empty() {
            return;
        }
        let inner = artifact.rsplit(" > ").next().unwrap_or(artifact).replace('\\', "/").to_lowercase();
        let whole = format!("/{}", inner.trim_start_matches("./").trim_start_matches('/'));
        let name = whole.rsplit('/').next().unwrap_or(&whole);
        for (path, id) in self.by_name.get(name).into_iter().flatten() {
            if !path.starts_with('/') || whole.ends_with(path) {
                met(*id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_bears_its_name_and_the_end_of_its_path() {
        let mut files = Files::default();
        let values = [
            (Kind::FileName, "about.HTML"),
            (Kind::FilePath, "/home/seos/courier/oauth.api"),
            (Kind::FilePath, "C:\\Windows\\Temp\\x.dll"),
            (Kind::FilePath, "/etc"),
        ];
        for (number, (kind, value)) in values.into_iter().enumerate() {
            files.add(kind, value, IndicatorId(number as u32));
        }
        let met = |artifact: &str| {
            let mut all = Vec::new();
            files.meet(artifact, |id| all.push(id.0));
            all
        };
        assert_eq!(met("a.zip > logs/About.html"), [0]);
        assert_eq!(met("image/home/seos/courier/oauth.api"), [1]);
        assert_eq!(met("./Windows/temp/X.DLL"), [2]);
        assert_eq!(met("etc"), [0u32; 0]);
        assert_eq!(met("courier/oauth.api"), [0u32; 0]);
    }
}
