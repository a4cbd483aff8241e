//! A point in time by one of Go's layouts, which show how the second of January 2006 would look.

use super::{MONTHS, Time, WEEKDAYS, Zone};

/// A piece of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'l> {
    Literal(&'l str),
    LongMonth,
    Month,
    NumberMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    SpaceDay,
    ZeroDay,
    SpaceYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperHalf,
    LowerHalf,
    ZoneName,
    /// An offset as text; `Z` stands for none.
    Offset {
        colon: bool,
        seconds: bool,
        short: bool,
        zulu: bool,
    },
    /// Digits after the second, and whether zeros at the end are left out.
    Fraction {
        digits: usize,
        trims: bool,
        mark: char,
    },
}

/// The signs, longest first where one begins another.
const SIGNS: &[(&str, Piece<'static>)] = &[
    ("January", Piece::LongMonth),
    ("Jan", Piece::Month),
    ("Monday", Piece::LongWeekday),
    ("Mon", Piece::Weekday),
    ("MST", Piece::ZoneName),
    ("002", Piece::ZeroYearDay),
    ("01", Piece::ZeroMonth),
    ("02", Piece::ZeroDay),
    ("03", Piece::ZeroHour12),
    ("04", Piece::ZeroMinute),
    ("05", Piece::ZeroSecond),
    ("06", Piece::Year),
    ("15", Piece::Hour),
    ("1", Piece::NumberMonth),
    ("2006", Piece::LongYear),
    ("__2", Piece::SpaceYearDay),
    ("_2006", Piece::Literal("_")),
    ("_2", Piece::SpaceDay),
    ("2", Piece::Day),
    ("3", Piece::Hour12),
    ("4", Piece::Minute),
    ("5", Piece::Second),
    ("PM", Piece::UpperHalf),
    ("pm", Piece::LowerHalf),
    ("-07:00:00", offset(true, true, false, false)),
    ("-070000", offset(false, true, false, false)),
    ("-07:00", offset(true, false, false, false)),
    ("-0700", offset(false, false, false, false)),
    ("-07", offset(false, false, true, false)),
    ("Z07:00:00", offset(true, true, false, true)),
    ("Z070000", offset(false, true, false, true)),
    ("Z07:00", offset(true, false, false, true)),
    ("Z0700", offset(false, false, false, true)),
    ("Z07", offset(false, false, true, true)),
];

#[expect(clippy::fn_params_excessive_bools, reason = "the table below gives a sign per row")]
const fn offset(colon: bool, seconds: bool, short: bool, zulu: bool) -> Piece<'static> {
    Piece::Offset { colon, seconds, short, zulu }
}

/// A layout's pieces, each with its text.
pub(super) fn pieces(layout: &str) -> Vec<(Piece<'_>, &str)> {
    let mut pieces = Vec::new();
    let (mut start, mut place) = (0, 0);
    while place < layout.len() {
        let Some((piece, length)) = sign_at(layout, place) else {
            place += layout[place..].chars().next().map_or(1, char::len_utf8);
            continue;
        };
        if start < place {
            pieces.push((Piece::Literal(&layout[start..place]), &layout[start..place]));
        }
        pieces.push((piece, &layout[place..place + length]));
        place += length;
        start = place;
    }
    if start < layout.len() {
        pieces.push((Piece::Literal(&layout[start..]), &layout[start..]));
    }
    pieces
}

fn sign_at(layout: &str, place: usize) -> Option<(Piece<'_>, usize)> {
    let rest = &layout[place..];
    if let Some(fraction) = fraction_at(rest) {
        return Some(fraction);
    }
    let (sign, piece) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign))?;
    match *piece {
        // A short name is none if small letters follow it.
        Piece::Month if rest[3..].starts_with(|it: char| it.is_ascii_lowercase()) => None,
        Piece::Literal(text) => Some((Piece::Literal(text), text.len())),
        piece => Some((piece, sign.len())),
    }
}

/// `.000` or `.999`, not followed by another digit.
fn fraction_at(rest: &str) -> Option<(Piece<'static>, usize)> {
    let mark = rest.chars().next().filter(|it| matches!(it, '.' | ','))?;
    let digit = rest[1..].chars().next().filter(|it| matches!(it, '0' | '9'))?;
    let digits = rest[1..].chars().take_while(|it| *it == digit).count();
    let follows = rest[1 + digits..].starts_with(|it: char| it.is_ascii_digit());
    let piece = Piece::Fraction { digits, trims: digit == '9', mark };
    (!follows).then_some((piece, 1 + digits))
}

/// A point in time by a layout.
pub fn format(time: Time, layout: &str) -> String {
    format_in(time, layout, &Zone::utc())
}

/// A point in time by a layout, as clocks show it in a zone.
pub fn format_in(time: Time, layout: &str, zone: &Zone) -> String {
    let seconds = time.seconds.saturating_add(i64::from(zone.offset));
    let time = Time { seconds, ..time };
    let civil = time.civil();
    let mut text = String::new();
    let hour12 = if civil.hour.is_multiple_of(12) { 12 } else { civil.hour % 12 };
    for (piece, _) in pieces(layout) {
        let month = MONTHS[civil.month as usize - 1];
        let weekday = WEEKDAYS[time.weekday()];
        let written = match piece {
            Piece::Literal(it) => it.to_owned(),
            Piece::LongMonth => month.to_owned(),
            Piece::Month => month[..3].to_owned(),
            Piece::NumberMonth => civil.month.to_string(),
            Piece::ZeroMonth => format!("{:02}", civil.month),
            Piece::LongWeekday => weekday.to_owned(),
            Piece::Weekday => weekday[..3].to_owned(),
            Piece::Day => civil.day.to_string(),
            Piece::SpaceDay => format!("{:2}", civil.day),
            Piece::ZeroDay => format!("{:02}", civil.day),
            Piece::SpaceYearDay => format!("{:3}", time.year_day()),
            Piece::ZeroYearDay => format!("{:03}", time.year_day()),
            Piece::Hour => format!("{:02}", civil.hour),
            Piece::Hour12 => hour12.to_string(),
            Piece::ZeroHour12 => format!("{hour12:02}"),
            Piece::Minute => civil.minute.to_string(),
            Piece::ZeroMinute => format!("{:02}", civil.minute),
            Piece::Second => civil.second.to_string(),
            Piece::ZeroSecond => format!("{:02}", civil.second),
            Piece::LongYear => format!("{:04}", civil.year),
            Piece::Year => format!("{:02}", civil.year.rem_euclid(100)),
            Piece::UpperHalf => if civil.hour >= 12 { "PM" } else { "AM" }.to_owned(),
            Piece::LowerHalf => if civil.hour >= 12 { "pm" } else { "am" }.to_owned(),
            Piece::ZoneName => zone.name.clone(),
            Piece::Offset { zulu: true, .. } if zone.offset == 0 => "Z".to_owned(),
            Piece::Offset { colon, seconds, short, .. } => {
                written_offset(zone.offset, colon, seconds, short)
            }
            Piece::Fraction { digits, trims, mark } => fraction(civil.nanos, digits, trims, mark),
        };
        text.push_str(&written);
    }
    text
}

/// An offset; what is below the smallest unit that is asked for is left out.
fn written_offset(offset: i32, colon: bool, seconds: bool, short: bool) -> String {
    // Go takes whole minutes first, so that less than one has no sign.
    let sign = if offset / 60 < 0 { '-' } else { '+' };
    let rest = offset.unsigned_abs();
    let mark = if colon { ":" } else { "" };
    let mut text = format!("{sign}{:02}", rest / 3600);
    if !short {
        text.push_str(&format!("{mark}{:02}", rest / 60 % 60));
    }
    if seconds {
        text.push_str(&format!("{mark}{:02}", rest % 60));
    }
    text
}

fn fraction(nanos: u32, digits: usize, trims: bool, mark: char) -> String {
    let all = format!("{nanos:09}{}", "0".repeat(digits.saturating_sub(9)));
    let kept = if trims { all[..digits].trim_end_matches('0') } else { &all[..digits] };
    if kept.is_empty() { String::new() } else { format!("{mark}{kept}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_are_those_of_go() {
        let time = Time { seconds: 1_709_214_309, nanos: 120_000_000 };
        let cases = [
            ("2006-01-02T15:04:05Z07:00", "2024-02-29T13:45:09Z"),
            ("Mon Jan _2 15:04:05 2006", "Thu Feb 29 13:45:09 2024"),
            ("02 Jan 06 3:04PM -0700", "29 Feb 24 1:45PM +0000"),
            ("Monday, 02-Jan-06 .000 .999", "Thursday, 29-Feb-24 .120 .12"),
            ("002 __2 pm", "060  60 pm"),
        ];
        for (layout, written) in cases {
            assert_eq!(format(time, layout), written);
        }
    }
}
