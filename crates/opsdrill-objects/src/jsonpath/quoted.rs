//! Texts quoted in a template, with Go's escapes.

/// The text between two quotes of the kind `quote`; `None` if an escape is not Go's.
pub(super) fn unquote(text: &str, quote: char) -> Option<String> {
    let mut unquoted = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == quote {
            return None;
        }
        if character != '\\' {
            unquoted.push(character);
            continue;
        }
        let escape = characters.next()?;
        unquoted.push(match escape {
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            '\\' => '\\',
            '\'' | '"' if escape == quote => quote,
            'x' => numbered(&mut characters, 2, 16, 0)?,
            'u' => numbered(&mut characters, 4, 16, 0)?,
            'U' => numbered(&mut characters, 8, 16, 0)?,
            '0'..='7' => numbered(&mut characters, 2, 8, escape.to_digit(8)?)?,
            _ => return None,
        });
    }
    Some(unquoted)
}

fn numbered(
    characters: &mut std::str::Chars<'_>,
    digits: usize,
    radix: u32,
    first: u32,
) -> Option<char> {
    let mut code = first;
    for _ in 0..digits {
        code = code.checked_mul(radix)?.checked_add(characters.next()?.to_digit(radix)?)?;
    }
    if radix == 8 && code > 255 {
        return None;
    }
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_gos_escapes() {
        for (text, unquoted) in [
            ("a b", Some("a b")),
            ("\\n\\t\\\\", Some("\n\t\\")),
            ("\\x41\\u00e9\\101", Some("AéA")),
            ("\\\"", Some("\"")),
            ("\\'", None),
            ("\\q", None),
            ("\\x4", None),
            ("\\ud800", None),
            ("\\", None),
        ] {
            assert_eq!(unquote(text, '"').as_deref(), unquoted, "{text}");
        }
    }
}
