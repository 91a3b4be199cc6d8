//! Which columns of a table hold indicators: told by the names in its first line, else by what stands below, else by the
//! person who gave it.

use serde::{Deserialize, Serialize};

use crate::model::Kind;

use super::refang::refang;
use super::{canonical, naming, prose};

/// What a column holds. Written as one word: `about`, `value`, `type`, or the name of a type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Role {
    /// Something about the values of its row: they keep it as their context.
    About,
    /// Values, whose type another column tells; without one, their form does.
    Value,
    /// The types of the values beside it.
    Type,
    /// Values of the type of this name.
    Of(String),
}

impl From<String> for Role {
    fn from(word: String) -> Role {
        match word.as_str() {
            "about" => Role::About,
            "value" => Role::Value,
            "type" => Role::Type,
            _ => Role::Of(word),
        }
    }
}

impl From<Role> for String {
    fn from(role: Role) -> String {
        match role {
            Role::About => "about".to_owned(),
            Role::Value => "value".to_owned(),
            Role::Type => "type".to_owned(),
            Role::Of(name) => name,
        }
    }
}

/// A column, as it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name in the first line, or its number.
    pub name: String,
    /// What it is taken for.
    pub role: Role,
    /// The first thing that stands in it.
    pub example: String,
}

/// What told which columns to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToldBy {
    /// Their names in the first line.
    #[default]
    Names,
    /// Their content.
    Content,
    /// A person.
    Person,
}

/// The columns of a table, as they are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns {
    /// What stands between two columns.
    pub separator: char,
    /// Whether the first line has names.
    pub titled: bool,
    /// All of them, from the left.
    pub all: Vec<Column>,
    /// What told their roles.
    pub told_by: ToldBy,
}

/// Names of the column with the value, and of that with its type.
const VALUE: [&str; 9] = [
    "value",
    "indicator",
    "ioc",
    "indicator_value",
    "ioc_value",
    "observable",
    "indicators",
    "iocs",
    "artifact",
];
const TYPE: [&str; 7] =
    ["kind", "type", "indicator_type", "ioc_type", "entity_type", "category", "observable_type"];

/// Separators, the most usual first. The last counts where none stands in the first line, so that a cell of a table with
/// one column may hold several values.
const SEPARATORS: [char; 4] = [',', '\t', ';', '|'];

/// Rows that are looked at for what a table's columns hold.
const SAMPLE: usize = 100;

/// Bytes that they may have.
const HEAD: usize = 256 << 10;

/// More columns than this are no table that a person reads.
const WIDEST: usize = 200;

/// Of a hundred cells of a column with values, so many are values.
const SURE: usize = 80;

/// Of a hundred values of a column, so many differ: a column of sources names few again and again.
const DISTINCT: usize = 50;

impl Columns {
    /// Those of a table whose first line names a column with values.
    pub(super) fn by_name(text: &str) -> Option<Columns> {
        let first = lines(text).next()?;
        let count = |separator: &char| first.matches(*separator).count();
        let separator = SEPARATORS.into_iter().max_by_key(count)?;
        let names = titles(first, separator);
        let place =
            |wanted: &[&str]| wanted.iter().find_map(|name| names.iter().position(|column| column == name));
        let mut roles = vec![Role::About; names.len()];
        if let Some(value) = place(&VALUE) {
            roles[value] = Role::Value;
            if let Some(kind) = place(&TYPE).filter(|kind| *kind != value) {
                roles[kind] = Role::Type;
            }
        } else {
            let typed = |is: fn(&str) -> bool| names.iter().any(|name| is(name));
            let is = [naming::is_type as fn(&str) -> bool, naming::is_refused_type];
            let is = is.into_iter().find(|is| typed(*is))?;
            for (role, name) in roles.iter_mut().zip(&names).filter(|(_, name)| is(name)) {
                *role = Role::Of(name.clone());
            }
        }
        Some(Columns::new(text, separator, true, names, roles))
    }

    /// Those of a table without such names: the columns that hold hardly anything but values. Links behind other values
    /// tell where those were published, unless they are defanged.
    pub(super) fn by_content(text: &str) -> Option<Columns> {
        SEPARATORS.into_iter().find_map(|separator| {
            let rows = sample(text, separator);
            let width = rows.first()?.len();
            let alike = rows.iter().filter(|row| row.len() == width).count();
            if !(2..=WIDEST).contains(&width) || rows.len() < 2 || alike * 100 < rows.len() * SURE {
                return None;
            }
            let kinds = |place: usize| values(rows[1..].iter().filter_map(move |row| row.get(place)));
            let mut found: Vec<Option<Kind>> = (0..width).map(kinds).collect();
            if found.iter().flatten().any(|kind| *kind != Kind::Url) {
                for (place, kind) in found.iter_mut().enumerate().skip(1) {
                    let cells = rows[1..].iter().filter_map(|row| row.get(place));
                    let defanged = cells.map(String::as_str).any(|cell| refang(cell) != cell);
                    *kind = kind.filter(|kind| *kind != Kind::Url || defanged);
                }
            }
            let titled =
                rows[0].iter().zip(&found).all(|(cell, kind)| kind.is_none() || kind_of(cell).is_none());
            let roles: Vec<Role> =
                found.iter().map(|kind| kind.map_or(Role::About, |_| Role::Value)).collect();
            let names = if titled { titles(lines(text).next()?, separator) } else { numbers(width) };
            let columns = Columns::new(text, separator, titled, names, roles);
            // Values in the first column and words beside them are a list.
            let is_list = !titled && columns.all[1..].iter().all(|column| column.role == Role::About);
            (columns.all.iter().any(|column| column.role == Role::Value) && !is_list)
                .then_some(Columns { told_by: ToldBy::Content, ..columns })
        })
    }

    /// Those of any text with a separator in its lines, none of which is read yet: for a person to choose.
    fn unread(text: &str) -> Option<Columns> {
        let usual = |separator: &char| {
            let rows = sample(text, *separator);
            let width = rows.first().map_or(0, Vec::len);
            if !(2..=WIDEST).contains(&width) {
                0
            } else {
                rows.iter().filter(|row| row.len() == width).count()
            }
        };
        let separator = SEPARATORS.into_iter().rev().max_by_key(usual).filter(|one| usual(one) > 0)?;
        let width = sample(text, separator).first()?.len();
        Some(Columns::new(text, separator, false, numbers(width), vec![Role::About; width]))
    }

    fn new(text: &str, separator: char, titled: bool, names: Vec<String>, roles: Vec<Role>) -> Columns {
        let rows = sample(text, separator);
        let example = |place: usize| {
            let cells = rows.iter().skip(usize::from(titled)).filter_map(|row| row.get(place));
            cells.map(|cell| cell.trim()).find(|cell| !cell.is_empty()).unwrap_or_default().to_owned()
        };
        let all = names.into_iter().zip(roles).enumerate();
        let all = all.map(|(place, (name, role))| Column { name, role, example: example(place) }).collect();
        Columns { separator, titled, all, told_by: ToldBy::Names }
    }

    /// The same table, whose columns a person gave these roles. Those beyond the table's are left out.
    #[must_use]
    pub fn with_roles(mut self, roles: &[Role]) -> Columns {
        for (column, role) in self.all.iter_mut().zip(roles) {
            column.role = role.clone();
        }
        self.told_by = ToldBy::Person;
        self
    }

    /// The value's column and that of its type, where each row is about one value.
    pub(super) fn long(&self) -> Option<(usize, Option<usize>)> {
        let mut read = self.read();
        let value = read.next().filter(|(_, column)| column.role == Role::Value)?.0;
        let kind = self.all.iter().position(|column| column.role == Role::Type);
        (read.next().is_none() && (kind.is_some() || self.told_by != ToldBy::Content))
            .then_some((value, kind))
    }

    /// The columns that hold values.
    pub(super) fn read(&self) -> impl Iterator<Item = (usize, &Column)> {
        self.all.iter().enumerate().filter(|(_, column)| !matches!(column.role, Role::About | Role::Type))
    }

    /// The column of a name.
    pub(super) fn named(&self, name: &str) -> Option<usize> {
        self.all.iter().position(|column| self.titled && column.name == name)
    }

    /// How the table is read, in words.
    pub fn words(&self) -> String {
        let separator = match self.separator {
            '\t' => "tabs",
            ';' => "semicolons",
            '|' => "bars",
            _ => "commas",
        };
        let quoted = |column: &Column| format!("\u{201C}{}\u{201D}", column.name);
        let of = |role: &dyn Fn(&Role) -> bool| -> Vec<String> {
            self.all.iter().filter(|column| role(&column.role)).map(quoted).collect()
        };
        let mut parts = Vec::new();
        let values = of(&|role| *role == Role::Value);
        if !values.is_empty() {
            let kinds = of(&|role| *role == Role::Type);
            let types = if kinds.is_empty() {
                "by their form".to_owned()
            } else {
                format!("in {}", kinds.join(", "))
            };
            let column = if values.len() == 1 { "column" } else { "columns" };
            parts.push(format!("values in the {column} {}, their types {types}", values.join(", ")));
        }
        let typed = of(&|role| matches!(role, Role::Of(_)));
        if !typed.is_empty() {
            let column = if typed.len() == 1 { "column" } else { "columns" };
            parts.push(format!("values of one type in the {column} {}", typed.join(", ")));
        }
        if parts.is_empty() {
            return format!(
                "A text with {separator} in its lines, read as a list: its values are told by their form."
            );
        }
        let told_by = match self.told_by {
            ToldBy::Names => "Told by the names in the first line.",
            ToldBy::Content => "Told by what stands in them, since the first line names none of them.",
            ToldBy::Person => "As you chose.",
        };
        format!("A table with {separator} between its columns: {}. {told_by}", parts.join("; "))
    }
}

/// The columns of a table and how they are read; those of another text with separators, for a person to choose.
pub(super) fn of(text: &str) -> Option<Columns> {
    Columns::by_name(text).or_else(|| Columns::by_content(text)).or_else(|| Columns::unread(text))
}

/// The first lines of a file: enough to tell its columns.
pub(super) fn head(file: &[u8]) -> &[u8] {
    let end = file.get(..HEAD).and_then(|head| memchr::memrchr(b'\n', head));
    &file[..end.unwrap_or(file.len())]
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    let text = text.trim_start_matches('\u{FEFF}');
    text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
}

/// The names in a first line, in the form in which they are compared.
fn titles(first: &str, separator: char) -> Vec<String> {
    let plain =
        |name: &str| name.trim().trim_matches('"').trim().to_ascii_lowercase().replace([' ', '-'], "_");
    first.split(separator).map(plain).collect()
}

fn numbers(width: usize) -> Vec<String> {
    (1..=width).map(|number| number.to_string()).collect()
}

/// The cells of the first rows.
fn sample(text: &str, separator: char) -> Vec<Vec<String>> {
    let head = &text[..text.floor_char_boundary(HEAD)];
    let head: Vec<&str> = lines(head).take(SAMPLE).collect();
    let rows = csv::ReaderBuilder::new()
        .delimiter(separator as u8)
        .flexible(true)
        .has_headers(false)
        .from_reader(std::io::Cursor::new(head.join("\n")))
        .into_records();
    rows.map_while(Result::ok).map(|row| row.iter().map(str::to_owned).collect()).collect()
}

/// The kind of the values in a column's cells, where they are hardly anything else; of several kinds, any.
fn values<'c>(cells: impl Iterator<Item = &'c String>) -> Option<Kind> {
    let cells: Vec<&str> = cells.map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
    let distinct: std::collections::BTreeSet<&&str> = cells.iter().collect();
    let kinds: Vec<Kind> = cells.iter().filter_map(|cell| kind_of(cell)).collect();
    let sure = kinds.len() * 100 >= cells.len() * SURE && distinct.len() * 100 >= cells.len() * DISTINCT;
    let other = kinds.iter().find(|kind| **kind != Kind::Url).or(kinds.first()).copied();
    other.filter(|_| sure)
}

/// The kind that a cell is by its form; names only where they end in a top-level domain that there is.
fn kind_of(cell: &str) -> Option<Kind> {
    let (kind, value) = canonical::sniffed(cell)?;
    (kind != Kind::Domain || prose::has_top_level(&value)).then_some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(text: &str) -> Vec<(String, Role)> {
        let columns = of(text).map(|columns| columns.all).unwrap_or_default();
        columns.into_iter().map(|column| (column.name, column.role)).collect()
    }

    fn named(all: &[(&str, Role)]) -> Vec<(String, Role)> {
        all.iter().map(|(name, role)| ((*name).to_owned(), role.clone())).collect()
    }

    #[test]
    fn names_tell_first_then_content() {
        use Role::{About, Of, Type, Value};
        for (text, wanted) in [
            (
                "type,value,note\nip,192.0.2.1,x\n",
                named(&[("type", Type), ("value", Value), ("note", About)]),
            ),
            ("SHA256\tName\naa\tb\n", named(&[("sha256", Of("sha256".into())), ("name", About)])),
            (
                "Datum;Adresse;Hinweis\n2020-12-16;192.0.2.1;a\n2020-12-17;192.0.2.2;b\n",
                named(&[("datum", About), ("adresse", Value), ("hinweis", About)]),
            ),
            (
                "1,192.0.2.1,evil.com,https://blog.example.com/a\n2,192.0.2.2,worse.com,https://blog.example.com/b\n",
                named(&[("1", About), ("2", Value), ("3", Value), ("4", About)]),
            ),
            (
                "hxxp://192.0.2.1/a,d41d8cd98f00b204e9800998ecf8427e,2020-12-16\nhxxp://192.0.2.1/b,d41d8cd98f00b204e9800998ecf8427f,2020-12-16\n",
                named(&[("1", Value), ("2", Value), ("3", About)]),
            ),
            ("192.0.2.1;a word\n192.0.2.2;another\n", named(&[("1", About), ("2", About)])),
        ] {
            assert_eq!(roles(text), wanted, "{text}");
        }
        assert_eq!(of("192.0.2.1\n192.0.2.2\n"), None);
    }

    #[test]
    fn a_source_named_in_every_row_is_no_value() {
        let rows: String = (0..20).map(|n| format!("{n},192.0.2.{n},abuse.example.com\n")).collect();
        let read: Vec<Role> = roles(&rows).into_iter().map(|(_, role)| role).collect();
        assert_eq!(read, [Role::About, Role::Value, Role::About]);
    }

    #[test]
    fn a_person_has_the_last_word_and_a_lone_value_column_is_not_cut_up() {
        let text = "note,found\nevil.com, 192.0.2.7\nworse.com,192.0.2.8\n";
        let read = |roles: &[Role]| {
            let pack = super::super::read_table("t.csv", text.as_bytes().to_vec(), roles);
            pack.indicators.into_iter().map(|one| (one.value, one.context)).collect::<Vec<_>>()
        };
        let pair = |value: &str, context: &str| (value.to_owned(), context.to_owned());
        assert_eq!(
            read(&[Role::Of("domain".into()), Role::About]),
            [pair("evil.com", "found: 192.0.2.7"), pair("worse.com", "found: 192.0.2.8")]
        );
        assert_eq!(read(&[Role::Value, Role::Value]).len(), 4);
        assert_eq!(read(&[Role::About, Role::About]), []);
    }

    #[test]
    fn it_is_said_in_words_what_is_read_and_what_told() {
        let said = |text: &str| of(text).map(|columns| columns.words()).unwrap_or_default();
        for (text, words) in [
            (
                "type;value\nipv4;192.0.2.1\n",
                "A table with semicolons between its columns: values in the column \u{201C}value\u{201D}, their types in \u{201C}type\u{201D}. Told by the names in the first line.",
            ),
            (
                "md5,domain\na,b\n",
                "A table with commas between its columns: values of one type in the columns \u{201C}md5\u{201D}, \u{201C}domain\u{201D}. Told by the names in the first line.",
            ),
            (
                "a,192.0.2.1\nb,192.0.2.2\n",
                "A table with commas between its columns: values in the column \u{201C}2\u{201D}, their types by their form. Told by what stands in them, since the first line names none of them.",
            ),
        ] {
            assert_eq!(said(text), words);
        }
    }
}
