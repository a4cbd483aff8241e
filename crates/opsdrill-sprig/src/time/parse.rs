//! A text as a point in time, by one of Go's layouts.

use super::format::{Piece, pieces};
use super::{Civil, Duration, MONTHS, Time, WEEKDAYS, quoted as quote};

/// What is wrong with a text, in Go's words.
pub type ParseError = String;

/// What was read so far.
struct Reading {
    civil: Civil,
    afternoon: Option<bool>,
    offset_seconds: i64,
    year_day: Option<u32>,
}

/// Reads a point in time.
///
/// # Errors
/// With Go's words: `parsing time "x" as "2006": cannot parse "x" as "2006"`.
pub fn parse(layout: &str, text: &str) -> Result<Time, ParseError> {
    let complaint = |what: String| format!("parsing time {}{what}", quote(text));
    let mut reading = Reading {
        civil: Civil { year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0, nanos: 0 },
        afternoon: None,
        offset_seconds: 0,
        year_day: None,
    };
    let mut rest = text;
    let pieces = pieces(layout);
    for (index, (piece, sign)) in pieces.iter().enumerate() {
        let before = rest;
        match read(*piece, rest, &mut reading) {
            Ok(after) => rest = after,
            Err(Some(range)) => return Err(complaint(format!(": {range} out of range"))),
            Err(None) => {
                let (shown, sign) = (quote(before), quote(sign));
                let layout = quote(layout);
                return Err(complaint(format!(" as {layout}: cannot parse {shown} as {sign}")));
            }
        }
        // A fraction may follow the second without being asked for.
        let is_second = matches!(piece, Piece::Second | Piece::ZeroSecond);
        let asked =
            pieces.get(index + 1).is_some_and(|(it, _)| matches!(it, Piece::Fraction { .. }));
        if is_second && !asked && rest.starts_with(['.', ',']) {
            let digits = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
            if digits > 0 {
                reading.civil.nanos = nanos_of(&rest[1..=digits]);
                rest = &rest[1 + digits..];
            }
        }
    }
    if !rest.is_empty() {
        return Err(complaint(format!(": extra text: {}", quote(rest))));
    }
    finish(reading).ok_or_else(|| complaint(": day out of range".to_owned()))
}

fn finish(reading: Reading) -> Option<Time> {
    let mut civil = reading.civil;
    match reading.afternoon {
        Some(true) if civil.hour < 12 => civil.hour += 12,
        Some(false) if civil.hour == 12 => civil.hour = 0,
        _ => {}
    }
    let time = if let Some(day) = reading.year_day {
        Time::from_civil(Civil { month: 1, day, ..civil })
    } else {
        let time = Time::from_civil(civil);
        (time.civil().month == civil.month && civil.day > 0).then_some(time)?
    };
    Some(time.plus(Duration(-reading.offset_seconds * 1_000_000_000)))
}

fn nanos_of(digits: &str) -> u32 {
    format!("{:0<9}", &digits[..digits.len().min(9)]).parse().unwrap_or_default()
}

type Outcome<'t> = Result<&'t str, Option<&'static str>>;

/// A number of so many digits at least and at most.
fn number(text: &str, least: usize, most: usize) -> Option<(u32, &str)> {
    let digits = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if digits < least {
        return None;
    }
    Some((text[..digits].parse().ok()?, &text[digits..]))
}

fn name<'t>(text: &'t str, names: &[&str], length: Option<usize>) -> Option<(usize, &'t str)> {
    names.iter().enumerate().find_map(|(index, name)| {
        let name = &name[..length.unwrap_or(name.len())];
        let begin = text.get(..name.len())?;
        begin.eq_ignore_ascii_case(name).then(|| (index, &text[name.len()..]))
    })
}

fn read<'t>(piece: Piece<'_>, text: &'t str, reading: &mut Reading) -> Outcome<'t> {
    let civil = &mut reading.civil;
    let limited = |found: Option<(u32, &'t str)>, low: u32, high: u32, what: &'static str| {
        let (value, rest) = found.ok_or(None)?;
        if (low..=high).contains(&value) { Ok((value, rest)) } else { Err(Some(what)) }
    };
    let (target, (value, rest)) = match piece {
        Piece::Literal(literal) => {
            let trimmed = literal.trim_start_matches(' ');
            let from = if literal.starts_with(' ') { text.trim_start_matches(' ') } else { text };
            return from.strip_prefix(trimmed).ok_or(None);
        }
        Piece::LongMonth | Piece::Month => {
            let length = (piece == Piece::Month).then_some(3);
            let (index, rest) = name(text, &MONTHS, length).ok_or(None)?;
            civil.month = index as u32 + 1;
            return Ok(rest);
        }
        Piece::LongWeekday | Piece::Weekday => {
            let length = (piece == Piece::Weekday).then_some(3);
            return name(text, &WEEKDAYS, length).map(|(_, rest)| rest).ok_or(None);
        }
        Piece::LongYear => {
            let (year, rest) = number(text, 4, 4).ok_or(None)?;
            civil.year = i64::from(year);
            return Ok(rest);
        }
        Piece::Year => {
            let (year, rest) = number(text, 2, 2).ok_or(None)?;
            civil.year = i64::from(year) + if year >= 69 { 1900 } else { 2000 };
            return Ok(rest);
        }
        Piece::UpperHalf | Piece::LowerHalf => {
            let (index, rest) = name(text, &["AM", "PM"], None).ok_or(None)?;
            reading.afternoon = Some(index == 1);
            return Ok(rest);
        }
        Piece::ZoneName => return zone(text),
        Piece::Offset { colon, seconds, short, zulu } => {
            return offset(text, reading, (colon, seconds, short, zulu));
        }
        Piece::Fraction { digits, trims, .. } => return fraction(text, reading, digits, trims),
        Piece::ZeroYearDay | Piece::SpaceYearDay => {
            let (day, rest) = limited(number(text.trim_start(), 1, 3), 1, 366, "day-of-year")?;
            reading.year_day = Some(day);
            return Ok(rest);
        }
        Piece::NumberMonth => (&mut civil.month, limited(number(text, 1, 2), 1, 12, "month")?),
        Piece::ZeroMonth => (&mut civil.month, limited(number(text, 2, 2), 1, 12, "month")?),
        Piece::Day | Piece::SpaceDay => {
            let from = if piece == Piece::SpaceDay { text.trim_start_matches(' ') } else { text };
            (&mut civil.day, limited(number(from, 1, 2), 0, 31, "day")?)
        }
        Piece::ZeroDay => (&mut civil.day, limited(number(text, 2, 2), 0, 31, "day")?),
        Piece::Hour => (&mut civil.hour, limited(number(text, 2, 2), 0, 23, "hour")?),
        Piece::Hour12 => (&mut civil.hour, limited(number(text, 1, 2), 0, 12, "hour")?),
        Piece::ZeroHour12 => (&mut civil.hour, limited(number(text, 2, 2), 0, 12, "hour")?),
        Piece::Minute => (&mut civil.minute, limited(number(text, 1, 2), 0, 59, "minute")?),
        Piece::ZeroMinute => (&mut civil.minute, limited(number(text, 2, 2), 0, 59, "minute")?),
        Piece::Second => (&mut civil.second, limited(number(text, 1, 2), 0, 59, "second")?),
        Piece::ZeroSecond => (&mut civil.second, limited(number(text, 2, 2), 0, 59, "second")?),
    };
    *target = value;
    Ok(rest)
}

/// Three or four capital letters; only that of UTC is known.
fn zone(text: &str) -> Outcome<'_> {
    let letters = text.bytes().take(5).take_while(u8::is_ascii_uppercase).count();
    if matches!(letters, 3 | 4) { Ok(&text[letters..]) } else { Err(None) }
}

fn offset<'t>(
    text: &'t str,
    reading: &mut Reading,
    (colon, seconds, short, zulu): (bool, bool, bool, bool),
) -> Outcome<'t> {
    if zulu && let Some(rest) = text.strip_prefix('Z') {
        return Ok(rest);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let mut rest = text.strip_prefix(['+', '-']).ok_or(None)?;
    let mut sum = 0;
    let parts = if short { 1 } else { 2 + usize::from(seconds) };
    for part in 0..parts {
        if part > 0 && colon {
            rest = rest.strip_prefix(':').ok_or(None)?;
        }
        let (value, after) = number(rest, 2, 2).ok_or(None)?;
        sum += i64::from(value) * [3600, 60, 1][part];
        rest = after;
    }
    reading.offset_seconds = sign * sum;
    Ok(rest)
}

fn fraction<'t>(text: &'t str, reading: &mut Reading, digits: usize, trims: bool) -> Outcome<'t> {
    if !text.starts_with(['.', ',']) {
        return if trims { Ok(text) } else { Err(None) };
    }
    let found = text[1..].bytes().take_while(u8::is_ascii_digit).count();
    if found == 0 || (!trims && found != digits) {
        return Err(None);
    }
    reading.civil.nanos = nanos_of(&text[1..=found]);
    Ok(&text[1 + found..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_in_go() {
        let read = |layout: &str, text: &str| parse(layout, text).map(|it| it.to_string());
        let at = |text: &str| Ok(text.to_owned());
        assert_eq!(read("2006-01-02", "2024-02-29"), at("2024-02-29 00:00:00 +0000 UTC"));
        let with_zone = read("2006-01-02T15:04:05Z07:00", "2024-02-29T13:45:09.5+02:00");
        assert_eq!(with_zone, at("2024-02-29 11:45:09.5 +0000 UTC"));
        let wrong = "parsing time \"x\" as \"2006-01-02\": cannot parse \"x\" as \"2006\"";
        assert_eq!(read("2006-01-02", "x"), Err(wrong.to_owned()));
        let range = "parsing time \"2023-02-29\": day out of range";
        assert_eq!(read("2006-01-02", "2023-02-29"), Err(range.to_owned()));
    }
}
