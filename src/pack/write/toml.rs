//! TOML 1.0 for plain data: keys with texts, numbers and lists of texts, and tables of them one level deep.

use serde::Serialize;
use serde_json::Value;

/// Appends `key = value`; for nothing and for a table, nothing.
pub(super) fn entry(out: &mut String, key: &str, value: &impl Serialize) {
    put(out, key, &plain(value));
}

/// Appends `[name]` with the fields of a value.
pub(super) fn table(out: &mut String, name: &str, value: &impl Serialize) {
    *out += &format!("\n[{name}]\n");
    fields(out, name, &plain(value));
}

/// Appends `[[name]]` for each value, with its fields; a field that is a table itself comes last.
pub(super) fn tables<T: Serialize>(out: &mut String, name: &str, values: &[T]) {
    for value in values {
        *out += &format!("\n[[{name}]]\n");
        fields(out, name, &plain(value));
    }
}

fn plain(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("plain data")
}

fn fields(out: &mut String, name: &str, value: &Value) {
    let all = || value.as_object().into_iter().flatten();
    for (key, value) in all().filter(|(_, value)| !value.is_object()) {
        put(out, key, value);
    }
    for (key, inner) in all() {
        let Some(inner) = inner.as_object() else { continue };
        *out += &format!("[{name}.{key}]\n");
        for (key, value) in inner {
            put(out, &text(key), value);
        }
    }
}

fn put(out: &mut String, key: &str, value: &Value) {
    let shown = match value {
        Value::String(shown) => text(shown),
        Value::Array(all) => {
            let all: Vec<String> = all.iter().filter_map(Value::as_str).map(text).collect();
            format!("[{}]", all.join(", "))
        }
        Value::Null | Value::Object(_) => return,
        plain => plain.to_string(),
    };
    *out += &format!("{key} = {shown}\n");
}

/// A basic string (TOML 1.0, "String"): the escapes of JSON, and one for U+007F.
fn text(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7F}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let value = serde_json::json!({"a": "x \"y\"\n\u{7F}\u{1}\\", "n": 3, "yes": true, "list": ["1", "2"],
            "inner": {"/a b": 2, "\"": 1}});
        let mut out = String::new();
        entry(&mut out, "title", &"T");
        tables(&mut out, "case", &[&value, &value]);
        let read: Value = ::toml::from_str(&out).expect("TOML");
        assert_eq!(read["title"], "T");
        assert_eq!(read["case"][1], value);
    }
}
