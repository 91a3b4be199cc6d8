//! Plain lists: one value a line, `#` comments, the kind told by the value's form.

use crate::model::{Indicator, Pack};

use super::canonical::{canonical, sniff};
use super::rejected;

/// Reads every line into `pack`: as an indicator or as rejected.
pub(super) fn read(pack: &mut Pack, path: &str, text: &str) {
    let mut row = 0;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim().trim_start_matches('\u{FEFF}');
        if line.is_empty() || line.starts_with('#') || line.starts_with("//") {
            continue;
        }
        row += 1;
        let (value, comment) = match line.split_once([';', '#', '\t']) {
            Some((value, comment)) if sniff(value).is_some() => (value.trim(), comment.trim()),
            _ => (line, ""),
        };
        let place = format!("{path}, line {}", number + 1);
        let Some(kind) = sniff(value) else {
            let hint = "write one value a line, or a CSV with the columns type and value";
            pack.rejected.push(rejected(place, line, "the line's form does not tell what it is", hint));
            continue;
        };
        match canonical(kind, value) {
            Ok(value) => pack.indicators.push(Indicator {
                id: format!("{}#{row}", pack.id),
                kind,
                value,
                context: comment.to_owned(),
                ..Indicator::default()
            }),
            Err(reason) => pack.rejected.push(rejected(place, line, reason, "correct the value")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_defanged_values_and_tells_what_it_did_not_take() {
        let mut pack = Pack { id: "l".into(), ..Pack::default() };
        read(&mut pack, "l.txt", "# list\n1[.]2[.]3[.]4\nevil.com;c2\n\nhello world\n");
        assert_eq!(pack.indicators.len(), 2);
        assert_eq!(pack.indicators[1].context, "c2");
        assert_eq!(pack.rejected.len(), 1);
    }
}
