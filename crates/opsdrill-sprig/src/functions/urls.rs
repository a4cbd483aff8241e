//! Addresses.

use opsdrill_template::{Value, print};

use crate::arguments::{map, text};

type Answer = Result<Value, String>;

const FIELDS: &[&str] =
    &["scheme", "host", "hostname", "path", "query", "opaque", "fragment", "userinfo"];

/// The parts of an address.
#[derive(Clone, Debug, Default)]
pub struct Address {
    /// Without its colon; empty in a relative one.
    pub scheme: String,
    opaque: String,
    user: String,
    /// With the port, if there is one.
    pub host: String,
    /// Without the escapes.
    pub path: String,
    query: String,
    fragment: String,
}

fn wrong(url: &str, why: &str) -> String {
    format!("parse {}: {why}", print::quote(url))
}

/// The scheme, and what follows the colon.
fn scheme_of(url: &str) -> Result<(&str, &str), String> {
    for (place, character) in url.char_indices() {
        match character {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if place > 0 => {}
            ':' if place == 0 => return Err(wrong(url, "missing protocol scheme")),
            ':' => return Ok((&url[..place], &url[place + 1..])),
            _ => break,
        }
    }
    Ok(("", url))
}

fn unescaped(url: &str, text: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first != b'%' {
            bytes.push(*first);
            rest = after;
            continue;
        }
        let code = after.get(..2).and_then(|it| std::str::from_utf8(it).ok());
        let Some(byte) = code.and_then(|it| u8::from_str_radix(it, 16).ok()) else {
            let shown = String::from_utf8_lossy(&rest[..rest.len().min(3)]).into_owned();
            return Err(wrong(url, &format!("invalid URL escape {}", print::quote(&shown))));
        };
        bytes.push(byte);
        rest = &after[2..];
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn escaped(text: &str, keeps: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        let character = char::from(byte);
        if byte.is_ascii_alphanumeric() || "-_.~".contains(character) || keeps.contains(character) {
            escaped.push(character);
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

impl Address {
    /// Reads an address as Go's `net/url` does.
    ///
    /// # Errors
    /// With Go's words.
    pub fn parse(url: &str) -> Result<Self, String> {
        if url.chars().any(|it| it < ' ' || it == '\x7f') {
            return Err(wrong(url, "net/url: invalid control character in URL"));
        }
        let (whole, fragment) = url.split_once('#').unwrap_or((url, ""));
        let mut address = Self { fragment: unescaped(url, fragment)?, ..Self::default() };
        let (scheme, rest) = scheme_of(whole)?;
        address.scheme = scheme.to_lowercase();
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        query.clone_into(&mut address.query);
        if !rest.starts_with('/') && !address.scheme.is_empty() {
            rest.clone_into(&mut address.opaque);
            return Ok(address);
        }
        if address.scheme.is_empty() && rest.split('/').next().is_some_and(|it| it.contains(':')) {
            return Err(wrong(url, "first path segment in URL cannot contain colon"));
        }
        let Some(after) = rest.strip_prefix("//").filter(|it| !it.starts_with("//")) else {
            address.path = unescaped(url, rest)?;
            return Ok(address);
        };
        let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        user.clone_into(&mut address.user);
        if host.starts_with('[') && !host.contains(']') {
            return Err(wrong(url, "missing ']' in host"));
        }
        let behind = host.rsplit_once(']').map_or(host, |(_, it)| it);
        let port = behind.split_once(':').map(|(_, it)| it);
        if port.is_some_and(|it| !it.bytes().all(|it| it.is_ascii_digit())) {
            let port = print::quote(&format!(":{}", port.unwrap_or_default()));
            return Err(wrong(url, &format!("invalid port {port} after host")));
        }
        if host.contains(' ') {
            return Err(wrong(url, "invalid character \" \" in host name"));
        }
        address.host = unescaped(url, host)?;
        address.path = unescaped(url, path)?;
        Ok(address)
    }

    /// The host without its port.
    pub fn hostname(&self) -> &str {
        if let Some(rest) = self.host.strip_prefix('[') {
            return rest.split(']').next().unwrap_or(rest);
        }
        self.host.split(':').next().unwrap_or(&self.host)
    }

    fn text(&self) -> String {
        let mut text = String::new();
        if !self.scheme.is_empty() {
            text.push_str(&format!("{}:", self.scheme));
        }
        if self.opaque.is_empty() {
            if !self.scheme.is_empty() || !self.host.is_empty() || !self.user.is_empty() {
                let has_place = !self.host.is_empty() || !self.user.is_empty();
                if has_place || !self.path.is_empty() {
                    text.push_str("//");
                }
                if !self.user.is_empty() {
                    text.push_str(&format!("{}@", self.user));
                }
                text.push_str(&self.host);
            }
            if !self.path.is_empty() && !self.path.starts_with('/') && !self.host.is_empty() {
                text.push('/');
            }
            text.push_str(&escaped(&self.path, "$&+,/:;=@"));
        } else {
            text.push_str(&self.opaque);
        }
        if !self.query.is_empty() {
            text.push_str(&format!("?{}", self.query));
        }
        if !self.fragment.is_empty() {
            text.push_str(&format!("#{}", escaped(&self.fragment, "$&+,/:;=?@!()*")));
        }
        text
    }
}

pub(super) fn url_parse(arguments: &[Value]) -> Answer {
    let address =
        Address::parse(text(arguments, 0)).map_err(|why| format!("unable to parse url: {why}"))?;
    let parts = [
        address.scheme.as_str(),
        &address.host,
        address.hostname(),
        &address.path,
        &address.query,
        &address.opaque,
        &address.fragment,
        &address.user,
    ];
    let fields = FIELDS.iter().zip(parts);
    Ok(Value::map(fields.map(|(name, it)| ((*name).to_owned(), it.into()))))
}

pub(super) fn url_join(arguments: &[Value]) -> Answer {
    let field = |name: &str| -> Result<String, String> {
        let found = map(arguments, 0).and_then(|it| it.borrow().get(name).cloned());
        match found {
            None => Ok(String::new()),
            Some(Value::Text(it)) => Ok(it.to_string()),
            Some(other) => Err(format!(
                "unable to parse {name} key, must be of type string, but {} found",
                crate::arguments::kind_of(&other)
            )),
        }
    };
    let address = Address {
        scheme: field("scheme")?,
        opaque: field("opaque")?,
        user: field("userinfo")?,
        host: field("host")?,
        path: field("path")?,
        query: field("query")?,
        fragment: field("fragment")?,
    };
    Ok(address.text().into())
}
