//! Constants: strings, characters and numbers as Go writes them.

use crate::print::quote;
use crate::value::Value;

/// The text of a quoted string.
pub(super) fn unquote(text: &str) -> Option<String> {
    if let Some(raw) = text.strip_prefix('`') {
        return Some(raw.strip_suffix('`')?.replace('\r', ""));
    }
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    let end = text.chars().next()?;
    let mut bytes = Vec::new();
    let mut rest = inner.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            bytes.extend(character.to_string().bytes());
            continue;
        }
        let code = match rest.next()? {
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            '\\' => u32::from('\\'),
            it @ ('"' | '\'') if it == end => u32::from(it),
            'x' => {
                bytes.push(u8::try_from(digits(&mut rest, 2, 16, 0)?).ok()?);
                continue;
            }
            'u' => digits(&mut rest, 4, 16, 0)?,
            'U' => digits(&mut rest, 8, 16, 0)?,
            it @ '0'..='7' => {
                bytes.push(u8::try_from(digits(&mut rest, 2, 8, it.to_digit(8)?)?).ok()?);
                continue;
            }
            _ => return None,
        };
        bytes.extend(char::from_u32(code)?.to_string().bytes());
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn digits(rest: &mut std::str::Chars<'_>, count: usize, radix: u32, first: u32) -> Option<u32> {
    (0..count).try_fold(first, |sum, _| {
        sum.checked_mul(radix)?.checked_add(rest.next()?.to_digit(radix)?)
    })
}

/// The value of a number or a character.
pub(super) fn number(text: &str) -> Result<Value, String> {
    if text.starts_with('\'') {
        let character = unquote(text).filter(|it| it.chars().count() == 1);
        let Some(character) = character.and_then(|it| it.chars().next()) else {
            return Err(format!("malformed character constant: {text}"));
        };
        return Ok(Value::int(i64::from(u32::from(character))));
    }
    if let Some(value) = integer(text) {
        return Ok(Value::int(value));
    }
    let is_hex = text.trim_start_matches(['+', '-']).starts_with(['0', 'x', 'X'])
        && text.contains(['x', 'X']);
    let plain = text.replace('_', "");
    if !text.contains(['.', 'e', 'E']) {
        return Err(format!("integer overflow: {}", quote(text)));
    }
    match plain.parse::<f64>() {
        Ok(value) if !is_hex && value.is_finite() => Ok(Value::Float(value)),
        _ => Err(format!("illegal number syntax: {}", quote(text))),
    }
}

/// A whole number with any of Go's prefixes.
fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase().replace('_', "");
    let (radix, digits) = if let Some(rest) = lower.strip_prefix("0x") {
        (16, rest)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (8, rest)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (2, rest)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..])
    } else {
        (10, lower.as_str())
    };
    let value = i128::from_str_radix(digits, radix).ok()?;
    i64::try_from(if negative { -value } else { value }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_unquoted_as_go_does() {
        assert_eq!(unquote(r#""a\n\x41\u00e9\101""#).as_deref(), Some("a\nAéA"));
        assert_eq!(unquote("`a\\n`").as_deref(), Some("a\\n"));
        assert_eq!(unquote(r#""\q""#), None);
    }

    #[test]
    fn numbers_have_prefixes_and_underscores() {
        let int = |text: &str| integer(text).unwrap();
        assert_eq!(
            [int("0x1F"), int("0b11"), int("017"), int("1_000"), int("-5")],
            [31, 3, 15, 1000, -5]
        );
        assert!(matches!(number("1.5e3"), Ok(Value::Float(it)) if it.total_cmp(&1500.0).is_eq()));
        assert_eq!(
            number("99999999999999999999").unwrap_err(),
            "integer overflow: \"99999999999999999999\""
        );
    }
}
