//! Points in time and durations as Go writes and reads them. All are in UTC; they are written for any zone.

mod format;
mod parse;
mod zone;

use std::fmt;

pub use format::{format, format_in};
pub use parse::{ParseError, parse};
pub use zone::Zone;

/// A text in quotes, as Go's package of time writes it: all but plain letters as bytes.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b' '..=b'~' => quoted.push(char::from(byte)),
            _ => quoted.push_str(&format!("\\x{byte:02x}")),
        }
    }
    quoted + "\""
}

const NANOS: i64 = 1_000_000_000;
const DAY: i64 = 86_400;

/// A point in time, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Time {
    /// Seconds since 1970.
    pub seconds: i64,
    /// Nanoseconds of the second.
    pub nanos: u32,
}

/// A point in time by the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// The year.
    pub year: i64,
    /// The month, from 1.
    pub month: u32,
    /// The day, from 1.
    pub day: u32,
    /// The hour.
    pub hour: u32,
    /// The minute.
    pub minute: u32,
    /// The second.
    pub second: u32,
    /// Nanoseconds of the second.
    pub nanos: u32,
}

pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(crate) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Days since 1970 of a date, by the Gregorian calendar in periods of 400 years.
fn days_of(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn date_of(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as u32, day as u32)
}

impl Time {
    /// Go's zero time: the first second of the year 1.
    pub const ZERO: Self = Self { seconds: -62_135_596_800, nanos: 0 };

    /// By the calendar.
    pub fn civil(self) -> Civil {
        let (year, month, day) = date_of(self.seconds.div_euclid(DAY));
        let second = self.seconds.rem_euclid(DAY) as u32;
        let nanos = self.nanos;
        Civil {
            year,
            month,
            day,
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
            nanos,
        }
    }

    /// From the calendar; days and months beyond their range go over into the next.
    pub fn from_civil(civil: Civil) -> Self {
        let months = civil.year * 12 + i64::from(civil.month) - 1;
        let days = days_of(months.div_euclid(12), months.rem_euclid(12) as u32 + 1, 1)
            + i64::from(civil.day)
            - 1;
        let second = i64::from(civil.hour * 3600 + civil.minute * 60 + civil.second);
        Self { seconds: days * DAY + second, nanos: civil.nanos }
    }

    /// The day of the week, 0 for Sunday.
    pub fn weekday(self) -> usize {
        (self.seconds.div_euclid(DAY) + 4).rem_euclid(7) as usize
    }

    /// The day of the year, from 1.
    pub fn year_day(self) -> i64 {
        self.seconds.div_euclid(DAY) - days_of(self.civil().year, 1, 1) + 1
    }

    /// Later by a duration.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let nanos = i64::from(self.nanos) + duration.0.rem_euclid(NANOS);
        let seconds = self.seconds.saturating_add(duration.0.div_euclid(NANOS));
        Self {
            seconds: seconds.saturating_add(nanos.div_euclid(NANOS)),
            nanos: nanos.rem_euclid(NANOS) as u32,
        }
    }

    /// How much later than another.
    pub fn since(self, other: Self) -> Duration {
        let seconds = i128::from(self.seconds) - i128::from(other.seconds);
        let nanos = seconds * i128::from(NANOS) + i128::from(self.nanos) - i128::from(other.nanos);
        Duration(nanos.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&format(*self, "2006-01-02 15:04:05.999999999 -0700 MST"))
    }
}

/// A duration in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Duration(pub i64);

const UNITS: &[(&str, i64)] = &[
    ("ns", 1),
    ("us", 1000),
    ("\u{b5}s", 1000),
    ("\u{3bc}s", 1000),
    ("ms", 1_000_000),
    ("s", NANOS),
    ("m", 60 * NANOS),
    ("h", 3600 * NANOS),
];

impl Duration {
    /// Reads `1h15m30.5s`.
    ///
    /// # Errors
    /// With Go's words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let shown = quoted(text);
        let invalid = || format!("time: invalid duration {shown}");
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        if unsigned == "0" {
            return Ok(Self(0));
        }
        if unsigned.is_empty() {
            return Err(invalid());
        }
        let mut sum: i128 = 0;
        let mut rest = unsigned;
        while !rest.is_empty() {
            let end = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
            let (whole, after) = rest.split_at(end);
            let (fraction, after) = match after.strip_prefix('.') {
                Some(after) => {
                    let end = after.find(|it: char| !it.is_ascii_digit()).unwrap_or(after.len());
                    after.split_at(end)
                }
                None => ("", after),
            };
            if whole.is_empty() && fraction.is_empty() {
                return Err(invalid());
            }
            let end =
                after.find(|it: char| it == '.' || it.is_ascii_digit()).unwrap_or(after.len());
            let (unit, after) = after.split_at(end);
            if unit.is_empty() {
                return Err(format!("time: missing unit in duration {shown}"));
            }
            let Some((_, nanos)) = UNITS.iter().find(|(name, _)| *name == unit) else {
                let unit = quoted(unit);
                return Err(format!("time: unknown unit {unit} in duration {shown}"));
            };
            let nanos = i128::from(*nanos);
            let whole: i128 =
                if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
            let fraction = &fraction[..fraction.len().min(18)];
            let scale = 10_i128.pow(fraction.len() as u32);
            let part: i128 =
                if fraction.is_empty() { 0 } else { fraction.parse().map_err(|_| invalid())? };
            sum =
                whole.checked_mul(nanos).and_then(|it| sum.checked_add(it)).ok_or_else(invalid)?;
            sum += part * nanos / scale;
            rest = after;
        }
        let sum = if text.starts_with('-') { -sum } else { sum };
        i64::try_from(sum).map(Self).map_err(|_| invalid())
    }

    /// To the nearest multiple, halves away from zero.
    #[must_use]
    pub fn rounded(self, multiple: Self) -> Self {
        if multiple.0 <= 0 {
            return self;
        }
        let rest = self.0 % multiple.0;
        let down = self.0 - rest;
        if rest.unsigned_abs() * 2 < multiple.0.unsigned_abs() {
            return Self(down);
        }
        Self(down.saturating_add(multiple.0 * rest.signum()))
    }

    /// Toward zero to a multiple.
    #[must_use]
    pub fn truncated(self, multiple: Self) -> Self {
        if multiple.0 <= 0 { self } else { Self(self.0 - self.0 % multiple.0) }
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        if nanos == 0 {
            return formatter.write_str("0s");
        }
        if nanos < NANOS as u64 {
            let (unit, digits) = match nanos {
                0..1000 => ("ns", 0),
                1000..1_000_000 => ("\u{b5}s", 3),
                _ => ("ms", 6),
            };
            return write!(formatter, "{sign}{}{unit}", with_point(nanos, digits));
        }
        let seconds = nanos / NANOS as u64;
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        formatter.write_str(sign)?;
        if hours > 0 {
            write!(formatter, "{hours}h")?;
        }
        if hours > 0 || minutes > 0 {
            write!(formatter, "{minutes}m")?;
        }
        write!(formatter, "{}s", with_point(nanos % (60 * NANOS as u64), 9))
    }
}

/// A number with so many digits behind the point, without zeros at the end.
fn with_point(number: u64, digits: u32) -> String {
    let scale = 10_u64.pow(digits);
    let fraction = number % scale;
    if fraction == 0 {
        return (number / scale).to_string();
    }
    let fraction = format!("{fraction:0width$}", width = digits as usize);
    format!("{}.{}", number / scale, fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_goes_both_ways() {
        for seconds in [0, 951_782_400, 1_709_164_800, -1, Time::ZERO.seconds, 4_107_542_400] {
            let time = Time { seconds, nanos: 5 };
            assert_eq!(Time::from_civil(time.civil()), time);
        }
        assert_eq!(Time::ZERO.to_string(), "0001-01-01 00:00:00 +0000 UTC");
    }

    #[test]
    fn durations_are_those_of_go() {
        let shown = |text: &str| Duration::parse(text).map(|it| it.to_string());
        assert_eq!(shown("1h15m30.5s"), Ok("1h15m30.5s".to_owned()));
        assert_eq!(shown("90m"), Ok("1h30m0s".to_owned()));
        assert_eq!(shown("-1.5ms"), Ok("-1.5ms".to_owned()));
        assert_eq!(shown("3"), Err("time: missing unit in duration \"3\"".to_owned()));
    }
}
