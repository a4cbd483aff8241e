//! Points in time as the API writes them, from and to whole unix seconds or microseconds.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::go_format::quote;

const MICROS_PER_SECOND: i64 = 1_000_000;
/// The layout that Go names in its error messages.
const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";

/// `2026-11-22T21:26:17Z`, as in `creationTimestamp`.
pub fn format(unix_seconds: i64) -> String {
    at(unix_seconds).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `2026-11-22T21:26:17.000123Z`, as in the `renewTime` of a Lease.
pub fn format_micro(unix_micros: i64) -> String {
    let seconds = at(unix_micros.div_euclid(MICROS_PER_SECOND));
    let micros = unix_micros.rem_euclid(MICROS_PER_SECOND);
    format!("{}.{micros:06}Z", seconds.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// `Sun, 22 Nov 2026 21:26:17 +0000`, as `kubectl describe` shows it.
pub fn format_describe(unix_seconds: i64) -> String {
    at(unix_seconds).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

fn at(unix_seconds: i64) -> Timestamp {
    let bounds = Timestamp::MIN.as_second()..=Timestamp::MAX.as_second();
    let within = unix_seconds.clamp(*bounds.start(), *bounds.end());
    Timestamp::from_second(within).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Reads a time in RFC 3339 form and cuts off parts of a second.
///
/// # Errors
/// With the text of Go's `time.Parse` if `text` is no such time.
pub fn parse(text: &str) -> Result<i64, String> {
    parse_micro(text).map(|it| it.div_euclid(MICROS_PER_SECOND))
}

/// Reads a time in RFC 3339 form, in unix microseconds.
///
/// # Errors
/// With the text of Go's `time.Parse` if `text` is no such time.
pub fn parse_micro(text: &str) -> Result<i64, String> {
    let mut reader = Reader { text, rest: text };
    let year = reader.number(4, "2006", "year", 0..=9999)?;
    reader.literal("-")?;
    let month = reader.number(2, "01", "month", 1..=12)?;
    reader.literal("-")?;
    let day = reader.number(2, "02", "day", 1..=31)?;
    reader.literal("T")?;
    let hour = reader.number(2, "15", "hour", 0..=23)?;
    reader.literal(":")?;
    let minute = reader.number(2, "04", "minute", 0..=59)?;
    reader.literal(":")?;
    let second = reader.number(2, "05", "second", 0..=59)?;
    let micros = reader.fraction_micros();
    let offset_seconds = reader.offset_seconds()?;
    if !reader.rest.is_empty() {
        return Err(format!("parsing time {}: extra text: {}", quote(text), quote(reader.rest)));
    }
    let date = Date::new(year as i16, month as i8, day as i8)
        .map_err(|_| format!("parsing time {}: day out of range", quote(text)))?;
    let days = date.since(Date::constant(1970, 1, 1)).map_or(0, |it| i64::from(it.get_days()));
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset_seconds;
    Ok(seconds * MICROS_PER_SECOND + micros)
}

struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
}

impl Reader<'_> {
    fn cannot_parse(&self, element: &str) -> String {
        let (text, rest) = (quote(self.text), quote(self.rest));
        format!(
            "parsing time {text} as {}: cannot parse {rest} as {}",
            quote(LAYOUT),
            quote(element)
        )
    }

    fn literal(&mut self, literal: &str) -> Result<(), String> {
        let rest = self.rest.strip_prefix(literal).ok_or_else(|| self.cannot_parse(literal))?;
        self.rest = rest;
        Ok(())
    }

    fn number(
        &mut self,
        digits: usize,
        element: &str,
        name: &str,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<i64, String> {
        let taken = self.rest.get(..digits).filter(|it| it.bytes().all(|it| it.is_ascii_digit()));
        let number = taken.and_then(|it| it.parse::<i64>().ok());
        let number = number.ok_or_else(|| self.cannot_parse(element))?;
        if !range.contains(&number) {
            return Err(format!("parsing time {}: {name} out of range", quote(self.text)));
        }
        self.rest = &self.rest[digits..];
        Ok(number)
    }

    fn fraction_micros(&mut self) -> i64 {
        let Some(after_point) = self.rest.strip_prefix(['.', ',']) else { return 0 };
        let end = after_point.bytes().position(|it| !it.is_ascii_digit());
        let (digits, rest) = after_point.split_at(end.unwrap_or(after_point.len()));
        if digits.is_empty() {
            return 0;
        }
        self.rest = rest;
        format!("{digits:0<6}")[..6].parse().unwrap_or(0)
    }

    fn offset_seconds(&mut self) -> Result<i64, String> {
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Ok(0);
        }
        let error = self.cannot_parse("Z07:00");
        let [sign @ (b'+' | b'-'), offset @ ..] = self.rest.as_bytes() else { return Err(error) };
        let [h1, h2, b':', m1, m2, ..] = offset else { return Err(error) };
        let digit = |it: &u8| i64::from(it.wrapping_sub(b'0'));
        if ![h1, h2, m1, m2].into_iter().all(u8::is_ascii_digit) {
            return Err(error);
        }
        let (hours, minutes) = (digit(h1) * 10 + digit(h2), digit(m1) * 10 + digit(m2));
        let seconds = hours * 3600 + minutes * 60;
        let is_negative = *sign == b'-';
        if hours > 24 || minutes > 60 {
            return Err(format!(
                "parsing time {}: time zone offset hour out of range",
                quote(self.text)
            ));
        }
        self.rest = &self.rest[6..];
        Ok(if is_negative { -seconds } else { seconds })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RECORDED: i64 = 1_795_382_777;

    #[test]
    fn prints_the_apis_forms() {
        assert_eq!(format(RECORDED), "2026-11-22T21:26:17Z");
        assert_eq!(format_describe(RECORDED), "Sun, 22 Nov 2026 21:26:17 +0000");
        assert_eq!(format_micro(RECORDED * 1_000_000 + 123), "2026-11-22T21:26:17.000123Z");
        assert_eq!(format(0), "1970-01-01T00:00:00Z");
        assert_eq!(format_micro(-1), "1969-12-31T23:59:59.999999Z");
    }

    #[test]
    fn reads_the_apis_forms() {
        assert_eq!(parse("2026-11-22T21:26:17Z"), Ok(RECORDED));
        assert_eq!(parse("2026-11-22T22:26:17.9+01:00"), Ok(RECORDED));
        assert_eq!(parse_micro("2026-11-22T21:26:17.000123Z"), Ok(RECORDED * 1_000_000 + 123));
        assert_eq!(parse("1969-12-31T23:59:59Z"), Ok(-1));
    }

    #[test]
    fn refuses_with_gos_words() {
        for (text, error) in [
            (
                "yesterday",
                "parsing time \"yesterday\" as \"2006-01-02T15:04:05Z07:00\": \
                 cannot parse \"yesterday\" as \"2006\"",
            ),
            (
                "2026-11-22",
                "parsing time \"2026-11-22\" as \"2006-01-02T15:04:05Z07:00\": \
                 cannot parse \"\" as \"T\"",
            ),
            ("2026-13-22T21:26:17Z", "parsing time \"2026-13-22T21:26:17Z\": month out of range"),
            ("2026-02-30T21:26:17Z", "parsing time \"2026-02-30T21:26:17Z\": day out of range"),
            ("2026-11-22T21:26:17Zx", "parsing time \"2026-11-22T21:26:17Zx\": extra text: \"x\""),
        ] {
            assert_eq!(parse(text), Err(error.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn reads_what_it_prints(unix_micros in -60_000_000_000_000_000_i64..200_000_000_000_000_000) {
            prop_assert_eq!(parse_micro(&format_micro(unix_micros)), Ok(unix_micros));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[0-9TZ:.é+-]{0,40}") {
            let _ = parse(&text);
        }
    }
}
