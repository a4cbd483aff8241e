//! Addresses on the web (RFC 3986), in their parts as they are written.

/// The parts of an address. Nothing is checked and nothing decoded: who asks knows what it puts up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    /// `https`; empty if there is none.
    pub scheme: &'a str,
    /// `user:password`, if somebody is named before an `@`.
    pub user: Option<&'a str>,
    /// The host with its port, as written.
    pub authority: &'a str,
    /// Path, query and fragment, with the slash, `?` or `#` that begins them; may be empty.
    pub rest: &'a str,
}

impl<'a> Address<'a> {
    /// Takes an address apart. Without `://` all of it is host and path.
    pub fn of(text: &'a str) -> Self {
        let (scheme, after) = text
            .split_once("://")
            .filter(|it| !it.0.contains(['/', '?', '#']))
            .unwrap_or(("", text));
        let end = after.find(['/', '?', '#']).unwrap_or(after.len());
        let (authority, rest) = after.split_at(end);
        let (user, authority) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        Self { scheme, user, authority, rest }
    }

    /// The host, in brackets if it is an address of IPv6, and what stands after its colon.
    pub fn host_and_port(&self) -> (&'a str, Option<&'a str>) {
        let closed = self.authority.rfind(']').map_or(0, |it| it + 1);
        match self.authority[closed..].find(':') {
            Some(colon) => {
                let (host, port) = self.authority.split_at(closed + colon);
                (host, Some(&port[1..]))
            }
            None => (self.authority, None),
        }
    }

    /// The port, that of the scheme where none is written; nothing if it is none.
    pub fn port(&self) -> Option<u16> {
        match self.host_and_port().1 {
            Some(port) => port.parse().ok(),
            None => Some(if self.scheme.eq_ignore_ascii_case("https") { 443 } else { 80 }),
        }
    }

    /// Scheme and host, without the user: `https://charts.company.com`.
    pub fn origin(&self) -> String {
        match self.scheme {
            "" => self.authority.to_owned(),
            scheme => format!("{scheme}://{}", self.authority),
        }
    }

    /// The path without query and fragment.
    pub fn path(&self) -> &'a str {
        self.rest.split(['?', '#']).next().unwrap_or_default()
    }

    /// The address without the user.
    pub fn without_user(&self) -> String {
        self.origin() + self.rest
    }

    /// The user's name and password, decoded; the password is empty if none is written.
    pub fn credentials(&self) -> Option<(String, String)> {
        let (name, password) = self.user.map(|it| it.split_once(':').unwrap_or((it, "")))?;
        Some((decoded(name), decoded(password)))
    }

    /// The address with `***` in place of a password, as Go's client shows it.
    pub fn redacted(&self) -> String {
        let Some((name, _)) = self.user.and_then(|it| it.split_once(':')) else {
            return match self.user {
                Some(name) => format!("{}://{name}@{}{}", self.scheme, self.authority, self.rest),
                None => self.without_user(),
            };
        };
        format!("{}://{name}:***@{}{}", self.scheme, self.authority, self.rest)
    }
}

/// A text with its `%41` as the bytes that they stand for; what stands for none stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digit = |place: usize| {
            after
                .get(place)
                .and_then(|it| char::from(*it).to_digit(16))
                .and_then(|it| u8::try_from(it).ok())
        };
        if let Some((high, low)) = (*first == b'%').then(|| digit(0).zip(digit(1))).flatten() {
            bytes.push(high << 4 | low);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let address = Address::of("https://ann:p%40ss@charts.company.com:8443/a/b?c#d");
        assert_eq!(address.origin(), "https://charts.company.com:8443");
        assert_eq!((address.path(), address.rest), ("/a/b", "/a/b?c#d"));
        assert_eq!(address.credentials(), Some(("ann".to_owned(), "p@ss".to_owned())));
        assert_eq!(address.without_user(), "https://charts.company.com:8443/a/b?c#d");
        assert_eq!(address.redacted(), "https://ann:***@charts.company.com:8443/a/b?c#d");
        assert_eq!(Address::of("https://h?a@b").user, None);
        assert_eq!(Address::of("h/?next=http://b").authority, "h");
        assert_eq!(Address::of("http://ann@h/").redacted(), "http://ann@h/");
        assert_eq!(decoded("%4x%41%"), "%4xA%");
    }

    #[test]
    fn ports_are_those_of_the_scheme_unless_they_are_written() {
        let port = |text| Address::of(text).port();
        assert_eq!(port("localhost:8080/a"), Some(8080));
        assert_eq!((port("http://[::1]:81"), port("http://[::1]?x")), (Some(81), Some(80)));
        assert_eq!((port("https://a.b/"), port("https://a:x/")), (Some(443), None));
        assert_eq!(Address::of("http://[::1]:81").host_and_port(), ("[::1]", Some("81")));
    }
}
