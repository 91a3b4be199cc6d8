//! Undoes the ways in which people make dangerous names harmless: `hxxp://evil[.]com`, `ops (at) evil (dot) com`.
//!
//! Publishers are generous in what they write, so this is generous in what it reads; it is used on what a publisher calls
//! an indicator, and never on evidence, which has a stricter decoder of its own.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// A form and what it stands for. The order matters: longer forms come first.
static FORMS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    let forms = [
        // Schemes: hxxp, h**p, hXXps, fxp, meow, and what stands for `://`.
        (r"(?i)\bh(?:xx|tx|xt|\*\*|##|\[?tt\]?|[t_-]{2})p(s?)(\[?:|__|:__|\[:|\(:)", "http$1$2"),
        (r"(?i)\b(?:meow|h00p|xxxx|hxxx)(s?)://", "http$1://"),
        (r"(?i)\b(s?)f[x*t][px](s?)://", "${1}ftp$2://"),
        (r"(?i)\b(https?|ftps?)://\s{1,2}([a-z0-9])", "$1://$2"),
        (r"(?i)\b(https?|ftps?)(?:\[:\]|\(:\)|:)?(?:\[?//\]?|\\\\|__|\[/\]\[/\]|:/)", "$1://"),
        (r"(?i)\b(https?|ftps?)\[://\]", "$1://"),
        (r"(?i)\b(https?|ftps?):/([^/\s])", "$1://$2"),
        // Words for the at sign and the dot, since one of them alone is a word of the sentence.
        (
            r"(?i)\b([a-z0-9][a-z0-9._+-]*) at ([a-z0-9-]+)[\[({<\s]{1,16}dot[\])}>\s]{1,12}([a-z]{2,})\b",
            "$1@$2.$3",
        ),
        (
            r"(?i)\b([a-z0-9][a-z0-9._+-]*) at ([a-z0-9-]+)[\[({<]{1,4}dot[\])}>]{1,4}([a-z]{2,})\b",
            "$1@$2.$3",
        ),
        // Dots.
        (
            r"(?i)\s{0,4}\\?[\[({<][\[({<\s]{0,16}(?:\\?\.|dot|punkt|punto|,)\\?[\])}>\s]{0,12}[\])}>]\s{0,4}",
            ".",
        ),
        (r"(?i)([a-z0-9])\s{1,4}\[\s{0,4}(?:\.|dot\s)\s?([a-z0-9])", "$1.$2"),
        (r"(?i)([a-z0-9])[\[({<]{1,2}\.([a-z0-9])", "$1.$2"),
        (r"(?i)([a-z0-9])\.[\])}>\[]{1,2}([a-z0-9])", "$1.$2"),
        (r"(?i)([a-z0-9])[\])}>]\.[\[({<]?([a-z0-9])", "$1.$2"),
        (r"(?i)([a-z0-9])[\[\]]{1,2}\.[\[\]]{1,2}([a-z0-9])", "$1.$2"),
        (r"(?i)([a-z0-9])(?:\\+|\^)\.([a-z0-9])", "$1.$2"),
        (r"([a-z0-9])\s{0,2}DOT\s{0,2}([a-z0-9])", "$1.$2"),
        (r"(?i)([a-z0-9])-dot-([a-z0-9])", "$1.$2"),
        (r"([a-z0-9])/DOT/([a-z0-9])", "$1.$2"),
        // At signs.
        (r"([a-z0-9])/AT/([a-z0-9])", "$1@$2"),
        (r"(?i)\s{0,4}[\[({<]{1,3}\s*(?:@|at|et|arroba)\s*[\])}>]{1,3}\s{0,4}", "@"),
        (r"([a-z0-9])\s{0,2}AT\s{0,2}([a-z0-9])", "$1@$2"),
        (r"([a-zA-Z0-9])\s{1,2}@\s{0,2}([a-zA-Z0-9])|([a-zA-Z0-9])\s{0,2}@\s{1,2}([a-zA-Z0-9])", "$1$3@$2$4"),
        (r"(?i)@([a-z0-9-]+) dot ([a-z]{2,})\b", "@$1.$2"),
        // The rest.
        (r"[\[({]:[\])}]", ":"),
        (r"\[/\]", "/"),
        (r"\\/", "/"),
        (r"(?i)([a-z0-9])\[-\]([a-z0-9])", "$1-$2"),
        (r"(?i)[\[(](www)[\])]\.", "$1."),
    ];
    forms.into_iter().filter_map(|(form, plain)| Some((Regex::new(form).ok()?, plain))).collect()
});

/// Whether anything in `text` could be a written form: most values hold none of these bytes.
fn may_be_defanged(text: &str) -> bool {
    // Digests and addresses, which are most values.
    if text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f' | b'.' | b':')) {
        return false;
    }
    text.bytes().any(|byte| {
        matches!(byte, b'[' | b']' | b'(' | b')' | b'{' | b'}' | b'<' | b'\\' | b'^' | b'*' | b'_' | b' ')
    }) || ["xx", "XX", "DOT", "AT", "-dot-", "meow", "fxp", "ftx", "h00p", ":/"]
        .iter()
        .any(|form| text.contains(form))
}

/// The plain form of `text`. Applying it twice changes nothing more.
pub fn refang(text: &str) -> Cow<'_, str> {
    if !may_be_defanged(text) {
        return Cow::Borrowed(text);
    }
    let mut text = Cow::Borrowed(text);
    for (form, plain) in FORMS.iter() {
        // A form that shares a letter with the next one of its kind needs a second look: `a[.b[.c`.
        for _ in 0..2 {
            if let Cow::Owned(changed) = form.replace_all(&text, *plain) {
                text = Cow::Owned(changed);
            } else {
                break;
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_and_every_style_is_undone() {
        for (written, plain) in [
            ("evil.com", "evil.com"),
            ("hello world (see there)", "hello world (see there)"),
            ("a. [b", "a. [b"),
            ("written in C (.NET too)", "written in C (.NET too)"),
            ("meet at noon dot", "meet at noon dot"),
            ("seasharpee", "seasharpee"),
            ("hxxps://evil[.]com/a", "https://evil.com/a"),
            ("hXXp://evil[.com/a", "http://evil.com/a"),
            ("http[:]//evil(.)com", "http://evil.com"),
            ("h**p://evil{dot}com", "http://evil.com"),
            ("ops[@]evil[dot]com", "ops@evil.com"),
            ("ops (at) evil (dot) com", "ops@evil.com"),
            ("foo@bar  DOT  com", "foo@bar.com"),
            ("1[.]2[.]3[.]4", "1.2.3.4"),
            ("1.2.3[.4", "1.2.3.4"),
            ("10\\.0\\.0\\.1", "10.0.0.1"),
            ("www[.example[.com", "www.example.com"),
            ("www].example].com", "www.example.com"),
            ("ftp://evil[.]com", "ftp://evil.com"),
            ("sfxp://evil.com", "sftp://evil.com"),
            ("http:// evil[.]com", "http://evil.com"),
            ("ops at evil [ dot ] com", "ops@evil.com"),
            ("ops [at] evil dot com", "ops@evil.com"),
            ("evil  [[ [ . )]) com", "evil.com"),
            ("https://evil\\(.\\)com", "https://evil.com"),
            ("me (arroba) example (punto) com", "me@example.com"),
            ("https://evil.com\\/x", "https://evil.com/x"),
        ] {
            assert_eq!(refang(written), plain, "{written}");
            assert_eq!(refang(plain), plain, "{plain}, a second time");
        }
    }
}
