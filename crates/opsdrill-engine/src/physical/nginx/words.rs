//! Variables and addresses in the words of a configuration.

use super::directives;

/// The first variable in a text that nobody knows.
pub(super) fn unknown_variable(text: &str) -> Option<String> {
    variables(text).into_iter().find(|it| !directives::is_variable(it))
}

/// The names of the variables in a text.
pub(super) fn variables(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('$') {
        let bare = after.strip_prefix('{').unwrap_or(after);
        let end =
            bare.find(|it: char| !it.is_ascii_alphanumeric() && it != '_').unwrap_or(bare.len());
        if end > 0 {
            found.push(bare[..end].to_owned());
        }
        rest = &bare[end..];
    }
    found
}

/// `host:port`; an IPv6 address stands in brackets.
pub(super) fn split_port(text: &str, usual: u16) -> Option<(String, u16)> {
    if text.starts_with("unix:") {
        return None;
    }
    match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => Some((host.to_owned(), port.parse().ok()?)),
        _ => Some((text.to_owned(), usual)),
    }
}

/// Scheme, host, port and path (`None` if there is none) of what `proxy_pass` names.
pub(super) fn split_url(url: &str) -> Option<(&str, String, u16, Option<String>)> {
    let (scheme, rest) = url.split_once("://")?;
    let usual = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let (place, path) = match rest.find('/') {
        Some(at) => (&rest[..at], Some(rest[at..].to_owned())),
        None => (rest, None),
    };
    let (host, port) = split_port(place, usual)?;
    Some((scheme, host, port, path)).filter(|it| !it.1.is_empty())
}
