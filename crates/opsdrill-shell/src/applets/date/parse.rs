//! The texts `date -d` and `touch -d` understand: absolute dates, times, and steps from now.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};

use super::format::civil;

const DAYS: [&str; 7] =
    ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// What the words of a date say together.
struct Reading {
    date: Date,
    time: Option<Time>,
    has_date: bool,
    weekday: Option<(usize, i64)>,
    span: Span,
    seconds: i64,
    offset_seconds: i64,
}

/// `text` in unix milliseconds, seen from `now_ms`; `None` when it is not understood.
pub(in crate::applets) fn parse_date(text: &str, now_ms: i64) -> Option<i64> {
    let text = text.trim().to_ascii_lowercase();
    if let Some(stamp) = text.strip_prefix('@') {
        return epoch(stamp);
    }
    let now = civil(now_ms);
    let mut reading = Reading {
        date: now.date(),
        time: None,
        has_date: false,
        weekday: None,
        span: Span::new(),
        seconds: 0,
        offset_seconds: 0,
    };
    if text.is_empty() {
        reading.time = Some(Time::midnight());
    }
    read(&words(&text), &mut reading)?;
    let time = match reading.time {
        Some(time) => time,
        None if reading.has_date || reading.weekday.is_some() => Time::midnight(),
        None => now.time(),
    };
    let mut date = reading.date;
    if let Some((weekday, weeks)) = reading.weekday {
        let today = i64::from(date.weekday().to_sunday_zero_offset());
        let ahead = (weekday as i64 - today).rem_euclid(7);
        let ahead =
            if weeks > 0 { ahead + 7 * (weeks - i64::from(ahead > 0)) } else { ahead + 7 * weeks };
        date = date.checked_add(ahead.days()).ok()?;
    }
    let moment = date.to_datetime(time).checked_add(reading.span).ok()?;
    let stamp = moment.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond();
    stamp.checked_add((reading.seconds - reading.offset_seconds).checked_mul(1000)?)
}

fn epoch(stamp: &str) -> Option<i64> {
    let (whole, fraction) = stamp.split_once('.').unwrap_or((stamp, ""));
    let seconds: i64 = whole.parse().ok()?;
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    let millis: i64 = digits.parse().ok()?;
    seconds.checked_mul(1000)?.checked_add(if whole.starts_with('-') { -millis } else { millis })
}

/// Splits into words; a sign or a letter after a digit begins a new one, except inside dates and times.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for chunk in text.split([' ', '\t', ',']).filter(|chunk| !chunk.is_empty()) {
        let number = chunk.trim_start_matches(['+', '-']);
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        let unit = &number[digits..];
        if digits > 0 && !unit.is_empty() && unit.bytes().all(|letter| letter.is_ascii_alphabetic())
        {
            words.push(chunk[..chunk.len() - unit.len()].to_owned());
            words.push(unit.to_owned());
        } else {
            words.push(chunk.to_owned());
        }
    }
    words
}

fn read(words: &[String], reading: &mut Reading) -> Option<()> {
    let mut at = 0;
    let mut sign_of_next = 1;
    while at < words.len() {
        let word = words[at].as_str();
        let next = words.get(at + 1).map(String::as_str);
        at += 1;
        match word {
            "now" | "today" | "of" | "at" => {}
            "yesterday" => step(reading, -1, "day")?,
            "tomorrow" => step(reading, 1, "day")?,
            "midnight" => reading.time = Some(Time::midnight()),
            "noon" => reading.time = Some(Time::constant(12, 0, 0, 0)),
            "utc" | "z" | "gmt" => reading.offset_seconds = 0,
            "+" => sign_of_next = 1,
            "-" => sign_of_next = -1,
            "next" | "last" | "this" => {
                let steps = match word {
                    "next" => 1,
                    "last" => -1,
                    _ => 0,
                };
                if let Some(day) = named(&DAYS, next?) {
                    reading.weekday = Some((day, steps));
                } else {
                    step(reading, steps, next?)?;
                }
                at += 1;
            }
            _ if named(&DAYS, word).is_some() => reading.weekday = Some((named(&DAYS, word)?, 0)),
            _ if next.is_some_and(is_unit) && word.parse::<i64>().is_ok() => {
                let mut count = word.parse::<i64>().ok()?.checked_mul(sign_of_next)?;
                let unit = next?;
                at += 1;
                if words.get(at).is_some_and(|word| word == "ago") {
                    count = count.checked_neg()?;
                    at += 1;
                }
                step(reading, count, unit)?;
                sign_of_next = 1;
            }
            _ if is_unit(word) => {
                let ago = next == Some("ago");
                step(reading, if ago { -1 } else { 1 }, word)?;
                at += usize::from(ago);
            }
            _ if named(&MONTHS, word).is_some()
                || next.is_some_and(|next| named(&MONTHS, next).is_some()) =>
            {
                at = month_name_date(words, at - 1, reading)?;
            }
            _ => absolute(word, reading)?,
        }
    }
    Some(())
}

fn named(names: &[&str], word: &str) -> Option<usize> {
    let word = word.trim_end_matches('.');
    names.iter().position(|name| *name == word || (word.len() == 3 && name.starts_with(word)))
}

fn is_unit(word: &str) -> bool {
    matches!(
        word.trim_end_matches('s'),
        "sec"
            | "second"
            | "min"
            | "minute"
            | "hour"
            | "day"
            | "week"
            | "fortnight"
            | "month"
            | "year"
    )
}

fn step(reading: &mut Reading, count: i64, unit: &str) -> Option<()> {
    let seconds = match unit.trim_end_matches('s') {
        "sec" | "second" => 1,
        "min" | "minute" => 60,
        "hour" => 3600,
        unit => {
            let span = match unit {
                "day" => Span::new().try_days(count),
                "week" => Span::new().try_weeks(count),
                "fortnight" => Span::new().try_weeks(count.checked_mul(2)?),
                "month" => Span::new().try_months(count),
                "year" => Span::new().try_years(count),
                _ => return None,
            };
            reading.span = add_fields(reading.span, span.ok()?)?;
            return Some(());
        }
    };
    reading.seconds = reading.seconds.checked_add(count.checked_mul(seconds)?)?;
    Some(())
}

/// Adds field by field, since months and days do not convert into each other.
fn add_fields(left: Span, right: Span) -> Option<Span> {
    Span::new()
        .try_years(i64::from(left.get_years()) + i64::from(right.get_years()))
        .and_then(|span| {
            span.try_months(i64::from(left.get_months()) + i64::from(right.get_months()))
        })
        .and_then(|span| span.try_weeks(i64::from(left.get_weeks()) + i64::from(right.get_weeks())))
        .and_then(|span| span.try_days(i64::from(left.get_days()) + i64::from(right.get_days())))
        .ok()
}

/// `14 Nov 2023`, `Nov 14 2023`, `Nov 14`.
fn month_name_date(words: &[String], at: usize, reading: &mut Reading) -> Option<usize> {
    let (month, day, mut at) = match named(&MONTHS, &words[at]) {
        Some(month) => (month, words.get(at + 1)?, at + 2),
        None => (named(&MONTHS, words.get(at + 1)?)?, &words[at], at + 2),
    };
    let mut year = reading.date.year();
    if let Some(given) =
        words.get(at).filter(|word| word.len() == 4).and_then(|word| word.parse().ok())
    {
        year = given;
        at += 1;
    }
    reading.date = Date::new(year, month as i8 + 1, day.parse().ok()?).ok()?;
    reading.has_date = true;
    Some(at)
}

/// `2023-11-14`, `20231114`, `11/14/2023`, `22:13[:20[.5]]`, both joined by `T`, each with an offset.
fn absolute(word: &str, reading: &mut Reading) -> Option<()> {
    if let Some((date, time)) = word.split_once('t') {
        absolute(date, reading)?;
        return absolute(time, reading);
    }
    if word.contains(':') {
        if word.starts_with(['+', '-']) {
            reading.offset_seconds = offset(word)?;
            return Some(());
        }
        let zone = word.find(['+', '-', 'z']).unwrap_or(word.len());
        let (clock, zone) = word.split_at(zone);
        let mut parts = clock.split(':');
        let hour = parts.next()?.parse().ok()?;
        let minute = parts.next()?.parse().ok()?;
        let second =
            parts.next().map_or(Some(0), |second| second.split('.').next()?.parse().ok())?;
        reading.time = Some(Time::new(hour, minute, second, 0).ok()?);
        if !zone.is_empty() {
            reading.offset_seconds = offset(zone)?;
        }
        return Some(());
    }
    let number = |text: &str| text.parse::<i16>().ok();
    let parts: Vec<&str> = word.split(['-', '/']).collect();
    let date = match parts.as_slice() {
        [year, month, day] if year.len() == 4 => (number(year)?, number(month)?, number(day)?),
        [month, day, year] if word.contains('/') => (number(year)?, number(month)?, number(day)?),
        [whole] if whole.len() == 8 && whole.bytes().all(|digit| digit.is_ascii_digit()) => {
            (number(&whole[..4])?, number(&whole[4..6])?, number(&whole[6..])?)
        }
        _ if word.len() == 5 && word.starts_with(['+', '-']) => {
            reading.offset_seconds = offset(word)?;
            return Some(());
        }
        _ => return None,
    };
    reading.date =
        Date::new(date.0, i8::try_from(date.1).ok()?, i8::try_from(date.2).ok()?).ok()?;
    reading.has_date = true;
    Some(())
}

fn offset(text: &str) -> Option<i64> {
    if text == "z" {
        return Some(0);
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = match digits.len() {
        2 => (digits.parse::<i64>().ok()?, 0),
        4 => (digits[..2].parse().ok()?, digits[2..].parse().ok()?),
        _ => return None,
    };
    let seconds = hours * 3600 + minutes * 60;
    Some(if text.starts_with('-') { -seconds } else { seconds })
}

#[cfg(test)]
mod tests {
    use super::parse_date;

    /// Now is Tuesday 2023-11-14 22:13:20 UTC; the expectations are GNU date 9.1's.
    #[test]
    fn absolute_relative_and_named() {
        let now = 1_700_000_000_000;
        let cases = [
            ("now", Some(1_700_000_000)),
            ("@12", Some(12)),
            ("now - 5 min", Some(1_699_999_700)),
            ("-5 minutes", Some(1_699_999_700)),
            ("5 minutes ago", Some(1_699_999_700)),
            ("5min ago", Some(1_699_999_700)),
            ("+2 hours", Some(1_700_007_200)),
            ("1 hour", Some(1_700_003_600)),
            ("yesterday", Some(1_699_913_600)),
            ("tomorrow", Some(1_700_086_400)),
            ("2 days ago", Some(1_699_827_200)),
            ("next week", Some(1_700_604_800)),
            ("last month", Some(1_697_321_600)),
            ("2023-11-14", Some(1_699_920_000)),
            ("2023-11-14 10:00", Some(1_699_956_000)),
            ("2023-11-14T10:00:00Z", Some(1_699_956_000)),
            ("2023-11-14T10:00:00+02:00", Some(1_699_948_800)),
            ("20231114", Some(1_699_920_000)),
            ("14 Nov 2023 10:00", Some(1_699_956_000)),
            ("Tue, 14 Nov 2023 10:00:00 +0000", Some(1_699_956_000)),
            ("10:00", Some(1_699_956_000)),
            ("next monday", Some(1_700_438_400)),
            ("friday", Some(1_700_179_200)),
            ("nonsense", None),
            ("2023-13-40", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(parse_date(text, now), seconds.map(|seconds: i64| seconds * 1000), "{text}");
        }
    }
}
