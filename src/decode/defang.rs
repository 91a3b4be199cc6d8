//! Defanged text: `hxxp`, `[.]`, `(.)`, `[dot]`, `[:]`, `[@]`, `[at]`, in which people pass on dangerous names.

use super::view::Edit;

const FORMS: [(&[u8], &[u8]); 16] = [
    (b"[.]", b"."),
    (b"(.)", b"."),
    (b"{.}", b"."),
    (b"[.", b"."),
    (b"[dot]", b"."),
    (b"(dot)", b"."),
    (b"{dot}", b"."),
    (b"[:]", b":"),
    (b"[://]", b"://"),
    (b"[/]", b"/"),
    (b"[@]", b"@"),
    (b"[at]", b"@"),
    (b"(at)", b"@"),
    (b"hxxp", b"http"),
    (b"hXXp", b"http"),
    (b"HXXP", b"HTTP"),
];

pub(super) fn next(hay: &[u8], from: usize) -> Option<usize> {
    let rest = &hay[from..];
    let bracket = memchr::memchr3(b'[', b'(', b'{', rest);
    // `hxxp` has a rarer byte than its first.
    let before = &rest[..bracket.unwrap_or(rest.len())];
    let mut schemes = memchr::memchr2_iter(b'x', b'X', before).filter_map(|at| at.checked_sub(1));
    let scheme = schemes.find(|at| begins(before[*at]));
    scheme.or(bracket).map(|at| from + at)
}

const fn begins(byte: u8) -> bool {
    matches!(byte, b'[' | b'(' | b'{' | b'h' | b'H')
}

pub(super) fn at(hay: &[u8], at: usize) -> Option<Edit> {
    if !begins(*hay.get(at)?) {
        return None;
    }
    let rest = &hay[at..];
    let same = |form: &[u8]| rest.get(..form.len()).is_some_and(|start| start.eq_ignore_ascii_case(form));
    let (form, plain) = FORMS.iter().find(|(form, _)| same(form))?;
    let starts_word = at == 0 || !hay[at - 1].is_ascii_alphanumeric();
    if form.ends_with(b"p") || form.ends_with(b"P") {
        let follows = matches!(rest.get(4), Some(b's' | b'S' | b':' | b'['));
        return (starts_word && follows).then(|| Edit::text(4, plain));
    }
    // `[.` without its other half is a defanging only between two letters or digits.
    let between = !starts_word && rest.get(form.len()).is_some_and(u8::is_ascii_alphanumeric);
    let spelled = form.contains(&b'd') || form.contains(&b'D') || form.contains(&b'a');
    if (*form == b"[." || spelled) && !between {
        return None;
    }
    Some(Edit::text(form.len(), plain))
}
