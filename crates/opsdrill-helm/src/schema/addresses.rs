//! The addresses of the Internet Protocol, as Go's `net/netip` reads them, with its words.

use opsdrill_template::print;

use super::format::{Verdict, digits, wrong};

/// Four decimals.
pub(super) fn ipv4(text: &str) -> Verdict {
    let groups: Vec<&str> = text.split('.').collect();
    if groups.len() != 4 {
        return wrong("expected four decimals");
    }
    for group in groups {
        if group.len() > 1 && group.starts_with('0') {
            return wrong("leading zeros");
        }
        if !(0..=255).contains(&whole(group)?) {
            return wrong("decimal must be between 0 and 255");
        }
    }
    Ok(())
}

/// Go's `strconv.Atoi`.
pub(super) fn whole(text: &str) -> Result<i64, String> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = !unsigned.is_empty() && unsigned.bytes().all(|it| it.is_ascii_digit());
    let why = if is_number { "value out of range" } else { "invalid syntax" };
    let complaint = || format!("strconv.Atoi: parsing {}: {why}", print::quote(text));
    if is_number { text.parse().map_err(|_| complaint()) } else { Err(complaint()) }
}

/// An address of version 6, without a zone.
pub(super) fn ipv6(text: &str) -> Verdict {
    if !text.contains(':') {
        return wrong("missing colon");
    }
    let complaint = |(why, at): (&str, &str)| {
        let at = if at.is_empty() { String::new() } else { format!(" (at {})", print::quote(at)) };
        format!("ParseAddr({}): {why}{at}", print::quote(text))
    };
    let (address, zone) = text.split_once('%').map_or((text, None), |(it, zone)| (it, Some(zone)));
    if zone == Some("") {
        return Err(complaint(("zone must be a non-empty string", "")));
    }
    // A dot before the first colon makes it an address of version 4 for Go, which has no colons.
    if text.find('.').is_some_and(|dot| text.find(':').is_some_and(|colon| dot < colon)) {
        let at = &text[text.find(':').unwrap_or_default()..];
        return Err(complaint(("unexpected character", at)));
    }
    groups_of_ipv6(address).map_err(complaint)?;
    if zone.is_some() { wrong("zone id is not a part of ipv6 address") } else { Ok(()) }
}

/// Goes through the groups of an address as Go does; answers what is wrong, and where.
fn groups_of_ipv6(address: &str) -> Result<(), (&'static str, &str)> {
    let (mut rest, mut groups, mut has_gap) = (address, 0, false);
    if let Some(after) = rest.strip_prefix("::") {
        (rest, has_gap) = (after, true);
        if rest.is_empty() {
            return Ok(());
        }
    }
    while groups < 8 {
        let end = rest.find(|it: char| !it.is_ascii_hexdigit()).unwrap_or(rest.len());
        let (group, after) = rest.split_at(end);
        if group.len() > 4 {
            return Err(("each group must have 4 or less digits", rest));
        }
        if group.is_empty() {
            let why = "each colon-separated field must have at least one digit";
            return Err((why, rest));
        }
        if after.starts_with('.') {
            if !has_gap && groups != 6 {
                let why = "embedded IPv4 address must replace the final 2 fields of the address";
                return Err((why, rest));
            }
            if groups + 2 > 8 {
                let why = "too many hex fields to fit an embedded IPv4 at the end of the address";
                return Err((why, rest));
            }
            return fields_of_ipv4(rest);
        }
        groups += 1;
        rest = after;
        if rest.is_empty() {
            break;
        }
        let Some(next) = rest.strip_prefix(':') else {
            return Err(("unexpected character, want colon", rest));
        };
        if next.is_empty() {
            return Err(("colon must be followed by more characters", rest));
        }
        rest = next;
        if let Some(after) = rest.strip_prefix(':') {
            if has_gap {
                return Err(("multiple :: in address", rest));
            }
            (rest, has_gap) = (after, true);
            if rest.is_empty() {
                break;
            }
        }
    }
    match (rest.is_empty(), groups, has_gap) {
        (false, ..) => Err(("trailing garbage after address", rest)),
        (true, ..8, false) => Err(("address string too short", "")),
        (true, 8, true) => Err(("the :: must expand to at least one field of zeros", "")),
        _ => Ok(()),
    }
}

/// The same for the decimals at an end.
fn fields_of_ipv4(text: &str) -> Result<(), (&'static str, &str)> {
    let (mut at, mut dots) = (0, 0);
    for field in text.split('.') {
        let (number, rest) = digits(field);
        if number.len() > 1 && number.starts_with('0') {
            return Err(("IPv4 field has octet with leading zero", ""));
        }
        if !number.is_empty() && number.parse::<u8>().is_err() {
            return Err(("IPv4 field has value >255", ""));
        }
        if !rest.is_empty() {
            return Err(("unexpected character", &text[at + number.len()..]));
        }
        if field.is_empty() {
            // Told of the dot that has no digit beside it.
            let dot = at.min(text.len() - 1);
            return Err(("IPv4 field must have at least one digit", &text[dot..]));
        }
        if dots > 3 {
            return Err(("IPv4 address too long", ""));
        }
        at += field.len() + 1;
        dots += 1;
    }
    if dots < 4 { Err(("IPv4 address too short", "")) } else { Ok(()) }
}
