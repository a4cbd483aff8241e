//! Formats of texts (`format: ipv4`), as the library that Helm uses knows them, with its words.

use opsdrill_sprig::functions::regular_expression;
use opsdrill_sprig::functions::urls::Address;
use opsdrill_sprig::time;
use opsdrill_template::print;

use super::addresses::{ipv4, ipv6, whole};

pub(super) type Verdict = Result<(), String>;

/// A format: its name, and what looks whether a text has it.
type Format = (&'static str, fn(&str) -> Verdict);

/// Every format that is looked at; any other asks for nothing.
const FORMATS: &[Format] = &[
    ("date", date),
    ("date-time", date_time),
    ("duration", duration),
    ("email", email),
    ("hostname", hostname),
    ("ipv4", ipv4),
    ("ipv6", ipv6),
    ("iri", uri),
    ("iri-reference", uri_reference),
    ("json-pointer", json_pointer),
    ("period", period),
    ("regex", regex),
    ("relative-json-pointer", relative_json_pointer),
    ("semver", semver),
    ("time", time_of_day),
    ("uri", uri),
    ("uri-reference", uri_reference),
    ("uri-template", uri_template),
    ("uuid", uuid),
];

/// Looks whether a text has a format.
///
/// # Errors
/// Why it has not.
pub(super) fn check(format: &str, text: &str) -> Verdict {
    FORMATS.iter().find(|it| it.0 == format).map_or(Ok(()), |(_, check)| check(text))
}

pub(super) fn wrong(why: &str) -> Verdict {
    Err(why.to_owned())
}

/// A character as Go's `%q` shows it.
fn shown(character: char) -> String {
    match character {
        '\'' => r"'\''".to_owned(),
        '"' => "'\"'".to_owned(),
        _ => {
            let quoted = print::quote(&character.to_string());
            format!("'{}'", &quoted[1..quoted.len() - 1])
        }
    }
}

fn invalid_character(character: char) -> Verdict {
    Err(format!("invalid character {}", shown(character)))
}

/// The digits at the beginning, and what follows.
pub(super) fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len()))
}

fn json_pointer(text: &str) -> Verdict {
    if text.is_empty() {
        return Ok(());
    }
    let Some(rest) = text.strip_prefix('/') else { return wrong("not starting with /") };
    for token in rest.split('/') {
        let mut parts = token.split('~').skip(1);
        if !parts.all(|it| it.starts_with(['0', '1'])) {
            return wrong("~ must be followed by 0 or 1");
        }
    }
    Ok(())
}

fn relative_json_pointer(text: &str) -> Verdict {
    match digits(text) {
        ("", _) => wrong("must start with non-negative integer"),
        (number, _) if number.len() > 1 && number.starts_with('0') => wrong("starts with zero"),
        (_, "#") => Ok(()),
        (_, rest) => json_pointer(rest),
    }
}

fn uuid(text: &str) -> Verdict {
    const LENGTHS: [usize; 5] = [8, 4, 4, 4, 12];
    let groups: Vec<&str> = text.split('-').collect();
    if groups.len() != LENGTHS.len() {
        return Err(format!("must have {} elements", LENGTHS.len()));
    }
    for (place, (group, length)) in groups.into_iter().zip(LENGTHS).enumerate() {
        if group.len() != length {
            return Err(format!("element {} must be {length} characters long", place + 1));
        }
        if let Some(other) = group.chars().find(|it| !it.is_ascii_hexdigit()) {
            return Err(format!("non-hex character {}", shown(other)));
        }
    }
    Ok(())
}

fn duration(text: &str) -> Verdict {
    const UNITS: [&str; 2] = ["YMD", "HMS"];
    let Some(rest) = text.strip_prefix('P') else { return wrong("must start with P") };
    if rest.is_empty() {
        return wrong("nothing after P");
    }
    if let Some(weeks) = rest.strip_suffix('W') {
        return match digits(weeks) {
            ("", "") => wrong("no number in week"),
            (_, "") => Ok(()),
            _ => wrong("invalid week"),
        };
    }
    for (place, mut part) in rest.split('T').enumerate() {
        if place != 0 && part.is_empty() {
            return wrong("no time elements");
        }
        let Some(all) = UNITS.get(place) else { return wrong("more than one T") };
        let mut units = *all;
        while !part.is_empty() {
            let (number, after) = digits(part);
            if number.is_empty() {
                return wrong("missing number");
            }
            let Some(unit) = after.chars().next() else { return wrong("missing unit") };
            let Some(found) = units.find(unit) else {
                let unit = shown(unit);
                let why = if all.contains(unit.trim_matches('\'')) {
                    format!("unit {unit} out of order")
                } else {
                    format!("invalid unit {unit}")
                };
                return Err(why);
            };
            units = &units[found + 1..];
            part = &after[unit.len_utf8()..];
        }
    }
    Ok(())
}

fn hostname(text: &str) -> Verdict {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.len() > 253 {
        return wrong("more than 253 characters long");
    }
    for label in text.split('.') {
        if !(1..=63).contains(&label.len()) {
            return wrong("label must be 1 to 63 characters long");
        }
        if label.starts_with('-') {
            return wrong("label starts with hyphen");
        }
        if label.ends_with('-') {
            return wrong("label ends with hyphen");
        }
        let other = label.chars().find(|it| !it.is_ascii_alphanumeric() && *it != '-');
        if let Some(other) = other {
            return invalid_character(other);
        }
    }
    Ok(())
}

fn email(text: &str) -> Verdict {
    if text.len() > 254 {
        return wrong("more than 255 characters long");
    }
    let Some((local, domain)) = text.rsplit_once('@') else { return wrong("missing @") };
    if local.len() > 64 {
        return wrong("local part more than 64 characters long");
    }
    if local.len() > 1 && local.starts_with('"') {
        let mut inner = local.chars();
        inner.next();
        inner.next_back();
        if inner.as_str().contains(['\\', '"']) {
            return wrong("backslash and quote are not allowed within quoted local part");
        }
    } else {
        if local.starts_with('.') {
            return wrong("starts with dot");
        }
        if local.ends_with('.') {
            return wrong("ends with dot");
        }
        if local.contains("..") {
            return wrong("consecutive dots");
        }
        let known = |it: char| it.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(it);
        if let Some(other) = local.chars().find(|it| !known(*it)) {
            return invalid_character(other);
        }
    }
    match domain.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
        Some(address) => match address.strip_prefix("IPv6:") {
            Some(address) => ipv6(address).map_err(|why| format!("invalid ipv6 address: {why}")),
            None => ipv4(address).map_err(|why| format!("invalid ipv4 address: {why}")),
        },
        None => hostname(domain).map_err(|why| format!("invalid domain: {why}")),
    }
}

fn date(text: &str) -> Verdict {
    time::parse("2006-01-02", text).map(drop)
}

/// Hours and minutes, or also seconds; `names` are what the complaints call them.
fn clock(text: &str, parts: usize, names: &str) -> Result<Vec<i64>, String> {
    let numbers = text.splitn(parts, ':').map(|it| match whole(it) {
        Err(_) => Err(format!("invalid {names}")),
        Ok(..0) => Err(format!("non-positive {names}")),
        Ok(number) => Ok(number),
    });
    numbers.collect()
}

fn time_of_day(text: &str) -> Verdict {
    let bytes = text.as_bytes();
    if bytes.len() < 9 {
        return wrong("less than 9 characters long");
    }
    if bytes[2] != b':' || bytes[5] != b':' {
        return wrong("missing colon in correct place");
    }
    let (Some(head), Some(mut rest)) = (text.get(..8), text.get(8..)) else {
        return wrong("invalid hour/min/sec");
    };
    let numbers = clock(head, 3, "hour/min/sec")?;
    let [hour, minute, second] = numbers[..] else { return wrong("missing hour/min/sec") };
    if hour > 23 || minute > 59 || second > 60 {
        return wrong("hour/min/sec out of range");
    }
    if let Some(fraction) = rest.strip_prefix('.') {
        let (found, after) = digits(fraction);
        if found.is_empty() {
            return wrong("no digits in second fraction");
        }
        rest = after;
    }
    let ahead = if matches!(rest, "z" | "Z") { 0 } else { offset_minutes(rest)? };
    // A leap second is the last of a day in UTC.
    let of_day = (hour * 60 + minute - ahead).rem_euclid(24 * 60);
    if second == 60 && of_day != 24 * 60 - 1 { wrong("invalid leap second") } else { Ok(()) }
}

/// How far ahead of UTC a time is, from `+02:00`.
fn offset_minutes(text: &str) -> Result<i64, String> {
    if text.len() != 6 {
        return Err("offset must be 6 characters long".to_owned());
    }
    let sign = match text.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return Err("offset must begin with plus/minus".to_owned()),
    };
    if text.as_bytes()[3] != b':' {
        return Err("missing colon in offset in correct place".to_owned());
    }
    let names = "hour/min in offset";
    let numbers = clock(text.get(1..).unwrap_or_default(), 2, names)?;
    match numbers[..] {
        [hours @ 0..=23, minutes @ 0..=59] => Ok(sign * (hours * 60 + minutes)),
        _ => Err(format!("{names} out of range")),
    }
}

fn date_time(text: &str) -> Verdict {
    if text.len() < 20 {
        return wrong("less than 20 characters long");
    }
    if !matches!(text.as_bytes()[10], b't' | b'T') {
        return wrong("11th character must be t or T");
    }
    let (day, rest) = (text.get(..10).unwrap_or_default(), text.get(11..).unwrap_or_default());
    date(day).map_err(|why| format!("invalid date element: {why}"))?;
    time_of_day(rest).map_err(|why| format!("invalid time element: {why}"))
}

fn period(text: &str) -> Verdict {
    let Some((start, end)) = text.split_once('/') else { return wrong("missing slash") };
    let part = |which: &str, text: &str, may_last: bool| {
        if may_last && text.starts_with('P') {
            duration(text).map_err(|why| format!("invalid {which} duration: {why}"))
        } else {
            date_time(text).map_err(|why| format!("invalid {which} date-time: {why}"))
        }
    };
    part("start", start, true)?;
    part("end", end, !start.starts_with('P'))
}

fn regex(text: &str) -> Verdict {
    regular_expression(text).map(drop)
}

fn address(text: &str) -> Result<Address, String> {
    let address = Address::parse(text)?;
    if let Some(inner) = address.host.strip_prefix('[') {
        let inner = inner.split(']').next().unwrap_or_default();
        ipv6(inner).map_err(|why| {
            let why = match why.as_str() {
                "missing colon" => {
                    format!("ParseAddr({}): unable to parse IP", print::quote(inner))
                }
                _ => why,
            };
            format!("parse {}: invalid host: {why}", print::quote(text))
        })?;
    }
    Ok(address)
}

fn uri(text: &str) -> Verdict {
    if address(text)?.scheme.is_empty() { wrong("relative url") } else { Ok(()) }
}

fn uri_reference(text: &str) -> Verdict {
    if text.contains('\\') {
        return wrong(r"contains \");
    }
    address(text).map(drop)
}

fn uri_template(text: &str) -> Verdict {
    let address = address(text)?;
    // What is escaped throughout is no template.
    if !text.contains(['{', '}']) {
        return Ok(());
    }
    for segment in address.path.split('/') {
        let mut is_open = false;
        for brace in segment.chars().filter(|it| matches!(it, '{' | '}')) {
            if (brace == '{') == is_open {
                return wrong("nested curly braces");
            }
            is_open = !is_open;
        }
        if is_open {
            return wrong("no matching closing brace");
        }
    }
    Ok(())
}

fn semver(text: &str) -> Verdict {
    let known = |it: char| it.is_ascii_alphanumeric() || it == '-';
    let identifiers = |text: &str, what: &str, numbers: bool| {
        for identifier in text.split('.') {
            if identifier.is_empty() {
                return Err(format!("{what} identifier is empty"));
            }
            if let Some(other) = identifier.chars().find(|it| !known(*it)) {
                return Err(format!("invalid character {} in {what} identifier", shown(other)));
            }
            let is_number = identifier.bytes().all(|it| it.is_ascii_digit());
            if numbers && is_number && identifier.len() > 1 && identifier.starts_with('0') {
                return Err(format!("{what} numeric identifier starts with zero"));
            }
        }
        Ok(())
    };
    let (text, build) = text.split_once('+').map_or((text, None), |(it, more)| (it, Some(more)));
    match build {
        Some("") => return wrong("build is empty"),
        Some(build) => identifiers(build, "build", false)?,
        None => {}
    }
    let (core, before) = text.split_once('-').map_or((text, None), |(it, more)| (it, Some(more)));
    before.map_or(Ok(()), |it| identifiers(it, "pre-release", true))?;
    let numbers: Vec<&str> = core.split('.').collect();
    if numbers.len() != 3 {
        return wrong("versionCore must have 3 numbers separated by dot");
    }
    for (name, number) in ["major", "minor", "patch"].into_iter().zip(numbers) {
        if number.is_empty() {
            return Err(format!("{name} is empty"));
        }
        if number.len() > 1 && number.starts_with('0') {
            return Err(format!("{name} starts with zero"));
        }
        if !digits(number).1.is_empty() {
            return Err(format!("{name} contains non-digit"));
        }
    }
    Ok(())
}
