//! Times as authors and trainees write them: `90s`, `10m`, `2h30m`, `-20m`.

use opsdrill_engine::SimDuration;

/// Reads a span without a sign.
///
/// # Errors
/// What is wrong with the text, in one sentence.
pub fn parse(text: &str) -> Result<SimDuration, String> {
    let wrong = || format!("{text:?} is no span of time; write it like 90s, 10m or 2h30m");
    let mut total: u64 = 0;
    let mut digits = String::new();
    let mut units = 0;
    for letter in text.trim().chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        let unit = match letter {
            's' => 1_000,
            'm' => 60_000,
            'h' => 3_600_000,
            'd' => 86_400_000,
            _ => return Err(wrong()),
        };
        let number: u64 = digits.parse().map_err(|_| wrong())?;
        total = number.checked_mul(unit).and_then(|it| total.checked_add(it)).ok_or_else(wrong)?;
        digits.clear();
        units += 1;
    }
    if !digits.is_empty() || units == 0 { Err(wrong()) } else { Ok(SimDuration(total)) }
}

/// Reads a span that may lie before the start: true means before.
///
/// # Errors
/// What is wrong with the text, in one sentence.
pub fn parse_signed(text: &str) -> Result<(bool, SimDuration), String> {
    match text.trim().strip_prefix('-') {
        Some(rest) => parse(rest).map(|it| (true, it)),
        None => parse(text).map(|it| (false, it)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_nonsense_is_not() {
        assert_eq!(parse("2h30m"), Ok(SimDuration::minutes(150)));
        assert_eq!(parse_signed("-20m"), Ok((true, SimDuration::minutes(20))));
        for wrong in ["", "10", "m", "1x", "-1m", "99999999999999999999s"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
