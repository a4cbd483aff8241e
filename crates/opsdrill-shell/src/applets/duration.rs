//! Lengths of time as GNU tools take them: a number with an optional fraction and one of the suffixes s, m, h, d.

/// `text` in milliseconds, rounded up; `infinity` and what is too long give `u64::MAX`, nonsense gives `None`.
pub(crate) fn parse_seconds(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (number, factor) = match lower.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(number) => (number, factor_of(lower.as_bytes()[lower.len() - 1])),
        None => (lower.as_str(), 1),
    };
    let number = number.strip_prefix('+').unwrap_or(number);
    if matches!(number, "infinity" | "inf") {
        return Some(u64::MAX);
    }
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty()
        || !whole.bytes().chain(fraction.bytes()).all(|digit| digit.is_ascii_digit())
    {
        return None;
    }
    let digits: String = fraction.chars().take(9).collect();
    let scale = 10_u128.pow(digits.len() as u32);
    let seconds: u128 =
        if whole.is_empty() { 0 } else { whole.parse().unwrap_or(u128::from(u64::MAX)) };
    let part: u128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    let millis =
        (seconds.saturating_mul(scale) + part).saturating_mul(1000 * factor).div_ceil(scale);
    Some(u64::try_from(millis).unwrap_or(u64::MAX))
}

fn factor_of(suffix: u8) -> u128 {
    match suffix {
        b'm' => 60,
        b'h' => 3600,
        b'd' => 86_400,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::parse_seconds;

    #[test]
    fn forms_of_gnu_sleep() {
        let cases = [
            ("5", Some(5_000)),
            ("0.5", Some(500)),
            (".25", Some(250)),
            ("1.5m", Some(90_000)),
            ("2h", Some(7_200_000)),
            ("1d", Some(86_400_000)),
            ("0.0001", Some(1)),
            ("infinity", Some(u64::MAX)),
            ("x", None),
            ("", None),
            (".", None),
            ("1x", None),
            ("-1", None),
            ("1.2.3", None),
        ];
        for (text, millis) in cases {
            assert_eq!(parse_seconds(text), millis, "{text}");
        }
    }
}
