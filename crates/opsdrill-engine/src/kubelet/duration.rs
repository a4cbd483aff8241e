//! Spans of time as Go prints them.

/// Milliseconds as `time.Duration` prints them: `300ms`, `1.5s`, `1m20s`.
pub(super) fn text(milliseconds: u64) -> String {
    if milliseconds == 0 {
        return "0s".to_owned();
    }
    if milliseconds < 1000 {
        return format!("{milliseconds}ms");
    }
    let (hours, minutes) = (milliseconds / 3_600_000, milliseconds / 60_000 % 60);
    let mut text = String::new();
    if hours > 0 {
        text = format!("{hours}h");
    }
    if hours > 0 || minutes > 0 {
        text = format!("{text}{minutes}m");
    }
    let (seconds, rest) = (milliseconds / 1000 % 60, milliseconds % 1000);
    if rest == 0 {
        return format!("{text}{seconds}s");
    }
    let fraction = format!("{rest:03}");
    format!("{text}{seconds}.{}s", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn as_go_prints_them() {
        let spans = [(300, "300ms"), (1500, "1.5s"), (80_000, "1m20s"), (300_000, "5m0s")];
        for (milliseconds, expected) in spans {
            assert_eq!(text(milliseconds), expected);
        }
        assert_eq!(text(3_600_042), "1h0m0.042s");
    }
}
