//! Lines with blanks: dates as different programs write them, and numbers and words by chance.
//!
//! | blank | becomes |
//! |---|---|
//! | `{time}` | `2026-03-02T09:00:00.123Z` |
//! | `{time-common}` | `02/Mar/2026:09:00:00 +0000`, as in access logs |
//! | `{time-slash}` | `2026/03/02 09:00:00`, as Go's log package and nginx write it |
//! | `{time-redis}` | `02 Mar 2026 09:00:00.123` |
//! | `{time-postgres}` | `2026-03-02 09:00:00.123 UTC` |
//! | `{time-date}` | `2026-03-02 09:00:00` |
//! | `{time-micro}` | `2026-03-02T09:00:00.123000Z`, as MySQL writes it |
//! | `{time-mongo}` | `2026-03-02T09:00:00.123+00:00` |
//! | `{time-erlang}` | `2026-03-02 09:00:00.123000+00:00`, as RabbitMQ writes it |
//! | `{number:3-40}` | a number from 3 to 40 |
//! | `{choice:a\|b}` | `a` or `b` |
//!
//! Every other brace stays as it is.

use opsdrill_objects::timestamp;

use crate::chance::Chance;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Fills in a line's blanks for a time (Unix milliseconds); `series` and the time decide what is left to chance.
pub fn fill(template: &str, chance: &Chance, series: &str, unix_ms: i64) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let blank = rest[1..].split_once('}').map(|(name, _)| name);
        // The place of a blank in its line keeps two of a kind apart.
        let series = || format!("{series} {}", template.len() - rest.len());
        if let Some(name) = blank
            && let Some(text) = value(name, chance, series, unix_ms)
        {
            out.push_str(&text);
            rest = &rest[name.len() + 2..];
        } else {
            out.push('{');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

fn value(name: &str, chance: &Chance, series: impl Fn() -> String, unix_ms: i64) -> Option<String> {
    let draw = |span| chance.noise(&series(), unix_ms as u64, span);
    if let Some(range) = name.strip_prefix("number:") {
        let (low, high) = range.split_once('-')?;
        let (low, high): (u64, u64) = (low.parse().ok()?, high.parse().ok()?);
        return Some((low + draw(high.saturating_sub(low).saturating_add(1))).to_string());
    }
    if let Some(words) = name.strip_prefix("choice:") {
        let words: Vec<&str> = words.split('|').collect();
        return Some(words[draw(words.len() as u64) as usize].to_owned());
    }
    let stamp = Stamp::new(unix_ms);
    let Stamp { year, month, day, clock, milliseconds, .. } = &stamp;
    let word = stamp.month_name();
    Some(match name {
        "time" => format!("{year}-{month}-{day}T{clock}.{milliseconds:03}Z"),
        "time-common" => format!("{day}/{word}/{year}:{clock} +0000"),
        "time-slash" => format!("{year}/{month}/{day} {clock}"),
        "time-redis" => format!("{day} {word} {year} {clock}.{milliseconds:03}"),
        "time-date" => format!("{year}-{month}-{day} {clock}"),
        "time-micro" => format!("{year}-{month}-{day}T{clock}.{milliseconds:03}000Z"),
        "time-mongo" => format!("{year}-{month}-{day}T{clock}.{milliseconds:03}+00:00"),
        "time-erlang" => format!("{year}-{month}-{day} {clock}.{milliseconds:03}000+00:00"),
        "time-postgres" => format!("{year}-{month}-{day} {clock}.{milliseconds:03} UTC"),
        _ => return None,
    })
}

/// A date in its parts.
struct Stamp {
    year: String,
    month: String,
    day: String,
    clock: String,
    milliseconds: i64,
}

impl Stamp {
    fn new(unix_ms: i64) -> Self {
        let text = timestamp::format(unix_ms.div_euclid(1000));
        let (date, clock) = text.split_once('T').expect("dates have the one form");
        let mut parts = date.rsplitn(3, '-').map(str::to_owned);
        let mut part = || parts.next().expect("dates have three parts");
        let (day, month, year) = (part(), part(), part());
        let clock = clock.trim_end_matches('Z').to_owned();
        Self { year, month, day, clock, milliseconds: unix_ms.rem_euclid(1000) }
    }

    fn month_name(&self) -> &'static str {
        let number: usize = self.month.parse().unwrap_or(1);
        MONTHS[(number - 1) % MONTHS.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_filled_and_other_braces_stay() {
        let chance = Chance::new(3);
        let fill = |template| fill(template, &chance, "x", 1_772_442_000_123);
        assert_eq!(fill("{time} {level}"), "2026-03-02T09:00:00.123Z {level}");
        assert_eq!(fill("[{time-common}]"), "[02/Mar/2026:09:00:00 +0000]");
        assert_eq!(fill("{time-redis} {"), "02 Mar 2026 09:00:00.123 {");
        assert_eq!(fill("{\"a\":{number:7-7}}"), "{\"a\":7}");
        let number: u64 = fill("{number:3-40}").parse().expect("a number");
        assert!((3..=40).contains(&number));
        assert_eq!(fill("{number:3-40} {time}"), fill("{number:3-40} {time}"));
        assert!(["a", "b"].contains(&fill("{choice:a|b}").as_str()));
    }
}
