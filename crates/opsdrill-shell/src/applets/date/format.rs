//! GNU date's `%` directives, with their flags and widths.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
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
/// Widest field a format may ask for.
const MAX_WIDTH: usize = 1024;

/// The civil time of `unix_ms` in UTC.
pub(super) fn civil(unix_ms: i64) -> DateTime {
    let stamp = Timestamp::from_millisecond(unix_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    stamp.to_zoned(TimeZone::UTC).datetime()
}

/// `unix_ms` in the given format.
pub(in crate::applets) fn format_date(format: &str, unix_ms: i64) -> String {
    let when = civil(unix_ms);
    let mut out = String::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let directive = &rest[at + 1..];
        let flags_end = directive
            .find(|letter| !matches!(letter, '-' | '_' | '0' | '^' | '#' | '+'))
            .unwrap_or(directive.len());
        let (flags, after) = directive.split_at(flags_end);
        let digits_end = after.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(after.len());
        let (width, after) = after.split_at(digits_end);
        let colons = after.len() - after.trim_start_matches(':').len();
        let Some(letter) = after[colons..].chars().next() else {
            out.push_str(&rest[at..]);
            return out;
        };
        match field(letter, colons, &when, unix_ms) {
            Some(field) => out.push_str(&pad(field, flags, width.parse().ok())),
            None => out
                .push_str(&rest[at..=at + flags.len() + width.len() + colons + letter.len_utf8()]),
        }
        rest = &after[colons + letter.len_utf8()..];
    }
    out.push_str(rest);
    out
}

/// A field before flags: text, or a number with its natural width and padding.
enum Field {
    Text(String),
    Number(i64, usize, char),
}

fn pad(field: Field, flags: &str, width: Option<usize>) -> String {
    let width = width.map(|width| width.min(MAX_WIDTH));
    let padding = flags.chars().rev().find(|flag| matches!(flag, '-' | '_' | '0'));
    let (text, natural, fill) = match field {
        Field::Text(text) => (text, 0, ' '),
        Field::Number(number, natural, fill) => (number.to_string(), natural, fill),
    };
    let text = if flags.contains('^') {
        text.to_uppercase()
    } else if flags.contains('#') {
        if text.chars().all(|letter| letter.is_ascii_uppercase()) {
            text.to_lowercase()
        } else {
            text.to_uppercase()
        }
    } else {
        text
    };
    let fill = match padding {
        Some('-') => return text,
        Some('_') => ' ',
        Some(_) => '0',
        None => fill,
    };
    let missing = width.unwrap_or(natural).max(natural).saturating_sub(text.chars().count());
    std::iter::repeat_n(fill, missing).chain(text.chars()).collect()
}

fn field(letter: char, colons: usize, when: &DateTime, unix_ms: i64) -> Option<Field> {
    let weekday = usize::from(when.weekday().to_sunday_zero_offset() as u8);
    let (day_name, month_name) = (DAYS[weekday], MONTHS[usize::from(when.month() as u8) - 1]);
    let hour = i64::from(when.hour());
    let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 };
    let (year, year_day) = (i64::from(when.year()), i64::from(when.date().day_of_year()));
    let zero = |number: i64, width: usize| Some(Field::Number(number, width, '0'));
    let space = |number: i64, width: usize| Some(Field::Number(number, width, ' '));
    let text = |text: &str| Some(Field::Text(text.to_owned()));
    let composed = |format: &str| Some(Field::Text(format_date(format, unix_ms)));
    let iso = when.date().iso_week_date();
    match letter {
        '%' => text("%"),
        'a' => text(&day_name[..3]),
        'A' => text(day_name),
        'b' | 'h' => text(&month_name[..3]),
        'B' => text(month_name),
        'c' => composed("%a %b %e %H:%M:%S %Y"),
        'C' => zero(year / 100, 2),
        'd' => zero(i64::from(when.day()), 2),
        'D' | 'x' => composed("%m/%d/%y"),
        'e' => space(i64::from(when.day()), 2),
        'F' => composed("%Y-%m-%d"),
        'g' => zero(i64::from(iso.year()) % 100, 2),
        'G' => zero(i64::from(iso.year()), 4),
        'H' => zero(hour, 2),
        'I' => zero(hour12, 2),
        'j' => zero(year_day, 3),
        'k' => space(hour, 2),
        'l' => space(hour12, 2),
        'm' => zero(i64::from(when.month()), 2),
        'M' => zero(i64::from(when.minute()), 2),
        'n' => text("\n"),
        'N' => text(&format!("{:09}", when.subsec_nanosecond())),
        'p' => text(if hour < 12 { "AM" } else { "PM" }),
        'P' => text(if hour < 12 { "am" } else { "pm" }),
        'q' => zero((i64::from(when.month()) + 2) / 3, 1),
        'r' => composed("%I:%M:%S %p"),
        'R' => composed("%H:%M"),
        's' => zero(unix_ms.div_euclid(1000), 1),
        'S' => zero(i64::from(when.second()), 2),
        't' => text("\t"),
        'T' | 'X' => composed("%H:%M:%S"),
        'u' => zero(if weekday == 0 { 7 } else { weekday as i64 }, 1),
        'U' => zero((year_day + 6 - weekday as i64) / 7, 2),
        'V' => zero(i64::from(iso.week()), 2),
        'w' => zero(weekday as i64, 1),
        'W' => zero((year_day + 6 - (weekday as i64 + 6) % 7) / 7, 2),
        'y' => zero(year.rem_euclid(100), 2),
        'Y' => zero(year, 4),
        'z' => text(match colons {
            0 => "+0000",
            1 => "+00:00",
            2 => "+00:00:00",
            _ => "+00",
        }),
        'Z' => text("UTC"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::format_date;

    /// Judged by GNU date 9.1 in the C locale: `TZ=UTC date -d @1700000000.5 +FORMAT`.
    #[test]
    fn directives_flags_and_widths() {
        let cases = [
            ("%F %T", "2023-11-14 22:13:20"),
            ("%a %A %b %B %c", "Tue Tuesday Nov November Tue Nov 14 22:13:20 2023"),
            ("%s.%N|%3S|%-d|%_H|%^a|%#p", "1700000000.500000000|020|14|22|TUE|pm"),
            ("%D %r %R %I %l %k %p %P", "11/14/23 10:13:20 PM 22:13 10 10 22 PM pm"),
            ("%j %U %V %W %u %w %g %G %C %y %q", "318 46 46 46 2 2 23 2023 20 23 4"),
            ("%z %:z %::z %:::z %Z %%", "+0000 +00:00 +00:00:00 +00 UTC %"),
            ("%Q%", "%Q%"),
        ];
        for (format, expected) in cases {
            assert_eq!(format_date(format, 1_700_000_000_500), expected, "{format}");
        }
    }
}
