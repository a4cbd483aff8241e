//! Regular expressions of schemas: Go's dialect, bounded in size.

use regex::{Regex, RegexBuilder};

/// The longest expression, in bytes.
const BYTES_MAX: usize = 16 << 10;
/// The most memory that a compiled expression may take.
const COMPILED_BYTES_MAX: usize = 4 << 20;

/// Compiles an expression; time for matching grows with the text only.
///
/// # Errors
/// Why it is none.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    if pattern.len() > BYTES_MAX {
        return Err("expression is too large".to_owned());
    }
    let builder = |it: &str| {
        RegexBuilder::new(it)
            .size_limit(COMPILED_BYTES_MAX)
            .dfa_size_limit(COMPILED_BYTES_MAX)
            .build()
    };
    builder(&translated(pattern)).map_err(|why| {
        let last = why.to_string();
        let reason = last.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("error parsing regexp: {reason}: `{pattern}`")
    })
}

/// The classes of Go's `\d`, `\s`, `\w` hold ASCII only, and `[`, `&&`, `--`, `~~` have no meaning within a class.
fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(it) = chars.next() {
        match it {
            '\\' => match chars.next() {
                Some('d') => out.push_str("[0-9]"),
                Some('D') => out.push_str("[^0-9]"),
                Some('w') => out.push_str("[0-9A-Za-z_]"),
                Some('W') => out.push_str("[^0-9A-Za-z_]"),
                Some('s') => out.push_str(r"[\t\n\f\r ]"),
                Some('S') => out.push_str(r"[^\t\n\f\r ]"),
                Some('b') if !in_class => out.push_str(r"(?-u:\b)"),
                Some('B') if !in_class => out.push_str(r"(?-u:\B)"),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            '[' if in_class && chars.peek() != Some(&':') => out.push_str(r"\["),
            '[' => {
                out.push('[');
                if in_class {
                    continue;
                }
                in_class = true;
                if chars.peek() == Some(&'^') {
                    out.extend(chars.next());
                }
                // A bracket that stands first is one of the class.
                if chars.peek() == Some(&']') {
                    out.push('\\');
                    out.extend(chars.next());
                }
            }
            ']' if in_class => {
                // The end of `[:alpha:]` is not that of the class around it.
                in_class = out.ends_with(':')
                    && out.rfind("[:").is_some_and(|at| !out[at..].contains(']'));
                out.push(']');
            }
            '&' | '~' if in_class => out.extend(['\\', it]),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_mean_what_they_mean_in_go() {
        let is = |pattern: &str, text: &str| compile(pattern).unwrap().is_match(text);
        assert!(is(r"^\d{4}$", "2026") && !is(r"^\d$", "٣"));
        assert!(is(r"^[\w.-]+@[\w.-]+$", "a.b@c-d.e"));
        assert!(is(r"^[[a]+$", "[a[") && is(r"^[&&x]+$", "&x"));
        assert!(is(r"^[[:alpha:]-]+$", "a-b") && is("^[]a]+$", "]a"));
        assert!(is(r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$", "1h30m"));
        assert!(is(r"^/api/.*$", "/api/x") && is(r"^\/x$", "/x"));
    }

    #[test]
    fn expressions_are_bounded() {
        assert!(compile(&"(a{1000}){1000}".repeat(3)).is_err());
        assert!(compile(&"a".repeat(BYTES_MAX + 1)).is_err());
        assert!(compile("(a").unwrap_err().starts_with("error parsing regexp: "));
    }
}
