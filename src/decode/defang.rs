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

/// Bytes looked through at a time: what one search looks at beyond its result, the next one looks at again.
const STEP: usize = 512;

pub(super) fn next(hay: &[u8], from: usize) -> Option<usize> {
    for start in (from..hay.len()).step_by(STEP) {
        let end = hay.len().min(start + STEP);
        let bracket = memchr::memchr3(b'[', b'(', b'{', &hay[start..end]).map(|at| start + at);
        // `hxxp` has a rarer byte than its first.
        let mut rare = memchr::memchr2_iter(b'x', b'X', &hay[start..bracket.unwrap_or(end)]);
        let scheme = rare.find_map(|at| {
            (start + at).checked_sub(1).filter(|at| *at >= from && matches!(hay[*at], b'h' | b'H'))
        });
        if let Some(at) = scheme.or(bracket) {
            return Some(at);
        }
    }
    None
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_form_is_found_wherever_it_stands() {
        for before in [0, 1, STEP - 2, STEP - 1, STEP, STEP + 1, 3 * STEP - 1] {
            for form in ["hxxp://a", "[.]a"] {
                let text = format!("{}{form}", "y".repeat(before));
                assert_eq!(next(text.as_bytes(), 0), Some(before), "{before} {form}");
                assert_eq!(next(text.as_bytes(), before + 1), None, "{before} {form}");
            }
        }
    }
}
