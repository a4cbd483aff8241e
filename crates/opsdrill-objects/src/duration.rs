//! Spans of time as Kubernetes writes them: ages such as `2d3h`, and Go's own `1m30s`.
//!
//! All spans are whole milliseconds.

use crate::go_format::quote;

const SECOND_MS: i64 = 1000;
const MINUTE_SECONDS: i64 = 60;
const HOUR_SECONDS: i64 = 60 * MINUTE_SECONDS;
const DAY_HOURS: i64 = 24;
const YEAR_HOURS: i64 = 365 * DAY_HOURS;

const MILLISECOND_NANOS: i128 = 1_000_000;
const UNITS_NANOS: &[(&str, i128)] = &[
    ("ns", 1),
    ("us", 1000),
    ("µs", 1000),
    ("μs", 1000),
    ("ms", MILLISECOND_NANOS),
    ("s", 1000 * MILLISECOND_NANOS),
    ("m", 60_000 * MILLISECOND_NANOS),
    ("h", 3_600_000 * MILLISECOND_NANOS),
];

/// An age as `kubectl get` and `describe` show it (`duration.HumanDuration`): two or three
/// significant figures. More than a second in the future is `<invalid>`.
pub fn human(span_ms: i64) -> String {
    let seconds = span_ms / SECOND_MS;
    if seconds < -1 {
        return "<invalid>".to_owned();
    }
    let seconds = seconds.max(0);
    let (minutes, hours) = (seconds / MINUTE_SECONDS, seconds / HOUR_SECONDS);
    let (days, years) = (hours / DAY_HOURS, hours / YEAR_HOURS);
    if seconds < 2 * MINUTE_SECONDS {
        format!("{seconds}s")
    } else if minutes < 10 {
        two_units(minutes, "m", seconds % MINUTE_SECONDS, "s")
    } else if minutes < 3 * 60 {
        format!("{minutes}m")
    } else if hours < 8 {
        two_units(hours, "h", minutes % 60, "m")
    } else if hours < 2 * DAY_HOURS {
        format!("{hours}h")
    } else if hours < 8 * DAY_HOURS {
        two_units(days, "d", hours % DAY_HOURS, "h")
    } else if hours < 2 * YEAR_HOURS {
        format!("{days}d")
    } else if hours < 8 * YEAR_HOURS {
        two_units(years, "y", days % 365, "d")
    } else {
        format!("{years}y")
    }
}

fn two_units(larger: i64, larger_unit: &str, smaller: i64, smaller_unit: &str) -> String {
    match smaller {
        0 => format!("{larger}{larger_unit}"),
        _ => format!("{larger}{larger_unit}{smaller}{smaller_unit}"),
    }
}

/// A span as Go prints a `time.Duration`: `1m30s`, `300ms`, `1h0m0s`, `0s`.
pub fn format(span_ms: i64) -> String {
    let sign = if span_ms < 0 { "-" } else { "" };
    let span = span_ms.unsigned_abs();
    if span == 0 {
        return "0s".to_owned();
    }
    if span < 1000 {
        return format!("{sign}{span}ms");
    }
    let (minutes, ms) = (span / 60_000, span % 60_000);
    let fraction = match ms % 1000 {
        0 => String::new(),
        thousandths => format!(".{thousandths:03}").trim_end_matches('0').to_owned(),
    };
    let seconds = format!("{}{fraction}s", ms / 1000);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{sign}{seconds}"),
        (0, minutes) => format!("{sign}{minutes}m{seconds}"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}"),
    }
}

/// Reads a span as Go does: `1m30s`, `1.5h`, `-300ms`, `0`. Parts of a millisecond are cut off.
///
/// # Errors
/// With Go's text if `text` is no span.
pub fn parse(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote(text));
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned == "0" {
        return Ok(0);
    }
    if unsigned.is_empty() {
        return Err(invalid());
    }
    let mut rest = unsigned;
    let mut nanos: i128 = 0;
    while !rest.is_empty() {
        let (whole, after_whole) = split_digits(rest);
        let (fraction, after_number) = match after_whole.strip_prefix('.') {
            Some(after_point) => split_digits(after_point),
            None => ("", after_whole),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let is_number = |it: char| it == '.' || it.is_ascii_digit();
        let unit_end = after_number.find(is_number).unwrap_or(after_number.len());
        let (unit, after_unit) = after_number.split_at(unit_end);
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {}", quote(text)));
        }
        let Some((_, unit_nanos)) = UNITS_NANOS.iter().find(|(name, _)| *name == unit) else {
            let (unit, text) = (quote(unit), quote(text));
            return Err(format!("time: unknown unit {unit} in duration {text}"));
        };
        let part = scale(whole, fraction, *unit_nanos).ok_or_else(invalid)?;
        nanos = nanos.checked_add(part).filter(|it| fits(*it)).ok_or_else(invalid)?;
        rest = after_unit;
    }
    let span_ms = (nanos / MILLISECOND_NANOS) as i64;
    Ok(if text.starts_with('-') { -span_ms } else { span_ms })
}

/// Go keeps spans in 64 bits of nanoseconds, about 292 years.
fn fits(nanos: i128) -> bool {
    nanos <= i128::from(i64::MAX)
}

fn scale(whole: &str, fraction: &str, unit_nanos: i128) -> Option<i128> {
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut nanos = whole.checked_mul(unit_nanos)?;
    // Eighteen digits are finer than a nanosecond of an hour.
    let fraction = &fraction[..fraction.len().min(18)];
    if !fraction.is_empty() {
        let numerator: i128 = fraction.parse().ok()?;
        nanos += numerator * unit_nanos / 10_i128.pow(fraction.len() as u32);
    }
    Some(nanos).filter(|it| fits(*it))
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|it| !it.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const S: i64 = 1000;
    const M: i64 = 60 * S;
    const H: i64 = 60 * M;
    const D: i64 = 24 * H;

    #[test]
    fn ages_have_the_thresholds_of_kubectl() {
        for (span_ms, age) in [
            (-2 * S, "<invalid>"),
            (-S - 999, "0s"),
            (0, "0s"),
            (999, "0s"),
            (119 * S + 999, "119s"),
            (120 * S, "2m"),
            (5 * M + 10 * S, "5m10s"),
            (9 * M + 59 * S, "9m59s"),
            (10 * M + 30 * S, "10m"),
            (179 * M + 59 * S, "179m"),
            (3 * H, "3h"),
            (3 * H + 5 * M, "3h5m"),
            (7 * H + 59 * M, "7h59m"),
            (8 * H + 59 * M, "8h"),
            (47 * H, "47h"),
            (48 * H, "2d"),
            (2 * D + 3 * H, "2d3h"),
            (7 * D + 23 * H, "7d23h"),
            (8 * D + 5 * H, "8d"),
            (729 * D, "729d"),
            (730 * D, "2y"),
            (731 * D, "2y1d"),
            (8 * 365 * D + 5 * D, "8y"),
        ] {
            assert_eq!(human(span_ms), age, "{span_ms}");
        }
    }

    #[test]
    fn prints_spans_as_go_does() {
        for (span_ms, text) in [
            (0, "0s"),
            (300, "300ms"),
            (1500, "1.5s"),
            (30 * S, "30s"),
            (90 * S, "1m30s"),
            (5 * M, "5m0s"),
            (H, "1h0m0s"),
            (100 * H + 50, "100h0m0.05s"),
            (-90 * S, "-1m30s"),
        ] {
            assert_eq!(format(span_ms), text);
            assert_eq!(parse(text), Ok(span_ms));
        }
    }

    #[test]
    fn reads_spans_as_go_does() {
        assert_eq!(parse("1.5h"), Ok(90 * M));
        assert_eq!(parse("+2h45m"), Ok(2 * H + 45 * M));
        assert_eq!(parse(".5s"), Ok(500));
        assert_eq!(parse("1.s"), Ok(1000));
        assert_eq!(parse("999us"), Ok(0));
        assert_eq!(parse("0"), Ok(0));
        for (text, error) in [
            ("", "time: invalid duration \"\""),
            ("s", "time: invalid duration \"s\""),
            (".s", "time: invalid duration \".s\""),
            ("-", "time: invalid duration \"-\""),
            ("1m x", "time: unknown unit \"m x\" in duration \"1m x\""),
            ("3", "time: missing unit in duration \"3\""),
            ("3d", "time: unknown unit \"d\" in duration \"3d\""),
            ("9999999h", "time: invalid duration \"9999999h\""),
        ] {
            assert_eq!(parse(text), Err(error.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn reads_what_it_prints(span_ms in -9_000_000_000_000_i64..9_000_000_000_000) {
            prop_assert_eq!(parse(&format(span_ms)), Ok(span_ms));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[0-9a-zµ.+-]{0,40}") {
            let _ = parse(&text);
        }
    }
}
