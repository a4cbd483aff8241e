//! Which plain scalars Go's `yaml.v2` takes for points in time.

/// Whether a text is a date, or a date and a time, in one of the four accepted forms.
pub(super) fn is_timestamp(text: &str) -> bool {
    parse(text).is_some()
}

fn parse(text: &str) -> Option<()> {
    let (year, rest) = text.split_at_checked(4)?;
    if !year.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let (month, rest) = number(rest.strip_prefix('-')?)?;
    let (day, rest) = number(rest.strip_prefix('-')?)?;
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year.parse().ok()?, month) {
        return None;
    }
    if rest.is_empty() {
        return Some(());
    }
    let (time, with_zone) = match rest.as_bytes()[0] {
        b'T' | b't' => (&rest[1..], true),
        b' ' => (rest.trim_start_matches(' '), false),
        _ => return None,
    };
    let (hour, rest) = number(time)?;
    let (minute, rest) = number(rest.strip_prefix(':')?)?;
    let (second, rest) = number(rest.strip_prefix(':')?)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let rest = skip_fraction(rest);
    let ends = if with_zone { is_zone(rest) } else { rest.is_empty() };
    ends.then_some(())
}

/// One or two digits.
fn number(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    Some((number.parse().ok()?, rest))
}

fn skip_fraction(text: &str) -> &str {
    let Some(after_point) = text.strip_prefix(['.', ',']) else { return text };
    let rest = after_point.trim_start_matches(|it: char| it.is_ascii_digit());
    if rest.len() == after_point.len() { text } else { rest }
}

fn is_zone(text: &str) -> bool {
    match text.as_bytes() {
        [b'Z'] => true,
        [b'+' | b'-', zone @ ..] => {
            matches!(zone, [a, b, b':', c, d] if [a, b, c, d].into_iter().all(u8::is_ascii_digit))
        }
        _ => false,
    }
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_four_forms() {
        for text in [
            "2026-11-22",
            "2026-1-2",
            "2026-11-22T21:26:17Z",
            "2026-11-22t1:2:3.5+01:00",
            "2026-11-22 21:26:17",
            "2024-02-29",
        ] {
            assert!(is_timestamp(text), "{text}");
        }
        for text in [
            "2026",
            "2026-",
            "2026-02-29",
            "2026-11-22T21:26:17",
            "2026-11-22 21:26:17Z",
            "2026-11-22T25:26:17Z",
            "12026-11-22",
            "2026-11-22x",
            "é026-11-22",
        ] {
            assert!(!is_timestamp(text), "{text}");
        }
    }
}
