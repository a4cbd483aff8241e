//! Schedules of CronJobs, read as robfig/cron's standard parser reads them, and the moments that they name.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// A schedule: one set of allowed values for each field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Minutes, 0 to 59.
    pub minutes: u64,
    /// Hours, 0 to 23.
    pub hours: u64,
    /// Days of the month, 1 to 31.
    pub days: u64,
    /// Months, 1 to 12.
    pub months: u64,
    /// Days of the week, 0 (Sunday) to 6.
    pub weekdays: u64,
    /// Whether both days of the month and days of the week are restricted: then either is enough.
    pub either_day: bool,
}

/// How far ahead a moment is looked for, in seconds: five years.
const LOOK_AHEAD_S: i64 = 5 * 366 * 86_400;

/// A time zone by its name, from the table that is part of the program; UTC if none is named.
pub fn zone(name: Option<&str>) -> Option<TimeZone> {
    match name {
        None | Some("UTC") => Some(TimeZone::UTC),
        Some(name) => TimeZoneDatabase::bundled().get(name).ok(),
    }
}

/// One field: its least and greatest value, and names that stand for some.
struct Field {
    least: u32,
    greatest: u32,
    names: &'static [&'static str],
}

const MONTHS: &[&str] =
    &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const FIELDS: [Field; 5] = [
    Field { least: 0, greatest: 59, names: &[] },
    Field { least: 0, greatest: 23, names: &[] },
    Field { least: 1, greatest: 31, names: &[] },
    Field { least: 1, greatest: 12, names: MONTHS },
    Field { least: 0, greatest: 6, names: WEEKDAYS },
];

impl Schedule {
    /// Reads a schedule.
    ///
    /// # Errors
    /// With the parser's text.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("empty spec string".into());
        }
        if let Some(descriptor) = text.strip_prefix('@') {
            return Self::described(descriptor).ok_or_else(|| not_a_descriptor(text))?;
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.len() != FIELDS.len() {
            return Err(format!(
                "expected exactly {} fields, found {}: [{}]",
                FIELDS.len(),
                words.len(),
                words.join(" ")
            ));
        }
        let mut sets = [0; 5];
        for ((set, field), word) in sets.iter_mut().zip(&FIELDS).zip(&words) {
            *set = field.set(word)?;
        }
        let [minutes, hours, days, months, weekdays] = sets;
        let restricted = |word: &str| !word.starts_with(['*', '?']);
        let either_day = restricted(words[2]) && restricted(words[4]);
        Ok(Self { minutes, hours, days, months, weekdays, either_day })
    }

    /// The first moment of the schedule after another one, both Unix seconds; `None` if there is none within five years.
    ///
    /// A moment is one whose clock time fits: what the clock skips in spring is left out, what it shows twice in autumn
    /// comes twice.
    pub fn next_after(&self, unix: i64, zone: &TimeZone) -> Option<i64> {
        let mut at = (unix.div_euclid(60) + 1) * 60;
        while at <= unix + LOOK_AHEAD_S {
            let local = Timestamp::from_second(at).ok()?.to_zoned(zone.clone()).datetime();
            at = if !self.has_day(local) {
                let midnight = local.date().tomorrow().ok()?.to_zoned(zone.clone()).ok()?;
                midnight.timestamp().as_second().max(at + 60)
            } else if self.hours & (1 << local.hour()) == 0 {
                at + (60 - i64::from(local.minute())) * 60
            } else if self.minutes & (1 << local.minute()) == 0 {
                at + 60
            } else {
                return Some(at);
            };
        }
        None
    }

    fn has_day(&self, local: DateTime) -> bool {
        let weekday = local.weekday().to_sunday_zero_offset();
        let by_month = self.days & (1 << local.day()) != 0;
        let by_week = self.weekdays & (1 << weekday) != 0;
        let day = if self.either_day { by_month || by_week } else { by_month && by_week };
        day && self.months & (1 << local.month()) != 0
    }

    /// `@daily` and its like; `None` for what is none of them.
    fn described(word: &str) -> Option<Result<Self, String>> {
        let text = match word {
            "yearly" | "annually" => "0 0 1 1 *",
            "monthly" => "0 0 1 * *",
            "weekly" => "0 0 * * 0",
            "daily" | "midnight" => "0 0 * * *",
            "hourly" => "0 * * * *",
            _ => return None,
        };
        Some(Self::parse(text))
    }
}

fn not_a_descriptor(text: &str) -> String {
    if text.starts_with("@every ") {
        return format!("opsdrill: not simulated: schedule {text}");
    }
    format!("unrecognized descriptor: {text}")
}

impl Field {
    /// The values of `1,3-5,*/2`, one bit each.
    fn set(&self, text: &str) -> Result<u64, String> {
        let parts = text.split(',').filter(|it| !it.is_empty());
        parts.map(|it| self.range(it)).try_fold(0, |all, bits| Ok(all | bits?))
    }

    fn range(&self, text: &str) -> Result<u64, String> {
        let steps: Vec<&str> = text.split('/').collect();
        let ends: Vec<&str> = steps[0].split('-').collect();
        let single = ends.len() == 1;
        let (start, mut end) = match ends.as_slice() {
            ["*" | "?"] => (self.least, self.greatest),
            [only] => (self.value(only)?, self.value(only)?),
            [first, last] => (self.value(first)?, self.value(last)?),
            _ => return Err(format!("too many hyphens: {text}")),
        };
        let step = match steps.as_slice() {
            [_] => 1,
            [_, step] => {
                let step = number(step)?;
                // `5/15` means from 5 on.
                if single && !matches!(steps[0], "*" | "?") {
                    end = self.greatest;
                }
                step
            }
            _ => return Err(format!("too many slashes: {text}")),
        };
        if start < self.least {
            return Err(format!(
                "beginning of range ({start}) below minimum ({}): {text}",
                self.least
            ));
        }
        if end > self.greatest {
            return Err(format!("end of range ({end}) above maximum ({}): {text}", self.greatest));
        }
        if start > end {
            return Err(format!(
                "beginning of range ({start}) beyond end of range ({end}): {text}"
            ));
        }
        if step == 0 {
            return Err(format!("step of range should be a positive number: {text}"));
        }
        Ok((start..=end).step_by(step as usize).fold(0, |bits, value| bits | 1 << value))
    }

    fn value(&self, text: &str) -> Result<u32, String> {
        let named = self.names.iter().position(|it| text.eq_ignore_ascii_case(it));
        named.map_or_else(|| number(text), |place| Ok(place as u32 + self.least))
    }
}

fn number(text: &str) -> Result<u32, String> {
    let quoted = crate::go_format::quote(text);
    let value: i64 = text.parse().map_err(|_| {
        format!("failed to parse int from {text}: strconv.Atoi: parsing {quoted}: invalid syntax")
    })?;
    u32::try_from(value).map_err(|_| format!("negative number ({value}) not allowed: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(text: &str) -> String {
        Schedule::parse(text).expect_err("a bad schedule")
    }

    #[test]
    fn fields_are_sets() {
        let schedule = Schedule::parse("*/15 0-2 1,15 jan sun").expect("a schedule");
        assert_eq!(schedule.minutes, 1 | 1 << 15 | 1 << 30 | 1 << 45);
        assert_eq!((schedule.hours, schedule.days), (0b111, 1 << 1 | 1 << 15));
        assert_eq!((schedule.months, schedule.weekdays, schedule.either_day), (1 << 1, 1, true));
        assert_eq!(Schedule::parse("@hourly"), Schedule::parse("0 * * * *"));
    }

    #[test]
    fn moments_follow_the_clock_of_the_zone() {
        let at = |text: &str| crate::timestamp::parse(text).expect("a date");
        let next = |schedule: &str, from: &str, name: Option<&str>| {
            let schedule = Schedule::parse(schedule).expect("a schedule");
            let found = schedule.next_after(at(from), &zone(name).expect("a zone"));
            found.map(crate::timestamp::format).unwrap_or_default()
        };
        let paris = Some("Europe/Paris");
        assert_eq!(next("*/1 * * * *", "2026-11-22T21:26:10Z", None), "2026-11-22T21:27:00Z");
        assert_eq!(next("0 2 * * *", "2026-11-22T02:00:00Z", None), "2026-11-23T02:00:00Z");
        assert_eq!(next("0 2 * * *", "2026-07-01T12:00:00Z", paris), "2026-07-02T00:00:00Z");
        // The clock goes from 2 to 3 on the 29th of March, and from 3 to 2 on the 25th of October.
        assert_eq!(next("30 2 * * *", "2026-03-28T12:00:00Z", paris), "2026-03-30T00:30:00Z");
        assert_eq!(next("30 2 * * *", "2026-10-25T00:30:00Z", paris), "2026-10-25T01:30:00Z");
        assert_eq!(next("0 0 31 2 *", "2026-01-01T00:00:00Z", None), "");
        assert_eq!(next("0 0 13 * fri", "2026-11-10T00:00:00Z", None), "2026-11-13T00:00:00Z");
        assert_eq!(zone(Some("Mars/Olympus")), None);
    }

    /// The first is recording 279.
    #[test]
    fn complaints_are_the_parsers() {
        assert_eq!(complaint("bad"), "expected exactly 5 fields, found 1: [bad]");
        assert_eq!(complaint("70 * * * *"), "end of range (70) above maximum (59): 70");
        assert_eq!(complaint("* * 0 * *"), "beginning of range (0) below minimum (1): 0");
        assert_eq!(complaint("5-3 * * * *"), "beginning of range (5) beyond end of range (3): 5-3");
        assert_eq!(complaint("*/0 * * * *"), "step of range should be a positive number: */0");
        assert_eq!(
            complaint("x * * * *"),
            "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax"
        );
        assert_eq!(complaint("@often"), "unrecognized descriptor: @often");
    }
}
