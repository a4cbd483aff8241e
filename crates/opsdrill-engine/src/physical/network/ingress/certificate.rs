//! What an ingress controller shows to clients that speak TLS: a Secret's certificate, or its own, which nobody trusts.
//!
//! Whether a client takes a Secret's certificate depends on its names, its dates, and on whether it was signed by somebody
//! else: other authorities than the certificate itself count as known.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::api::networking::v1::IngressSpec;
use opsdrill_objects::{Kind, Object, timestamp};

use super::config::CATCH_ALL;
use crate::view::View;

/// A certificate that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Certificate {
    /// `Kubernetes Ingress Controller Fake Certificate`.
    Fake,
    /// That of a Secret.
    Own(Facts),
}

/// What is read of a certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// Whether its issuer is its owner.
    self_signed: bool,
    /// `notAfter`, Unix seconds.
    not_after: i64,
    /// The names of hosts in it; the owner's common name if there are none.
    names: Vec<String>,
}

impl Certificate {
    /// What a host of an Ingress gets: what the Secret of its TLS section holds, if that is meant for the host.
    pub(super) fn of(view: View<'_>, ingress: &Object, spec: &IngressSpec, host: &str) -> Self {
        let read = |name: &str| facts(view, ingress.meta.namespace(), name);
        let named = spec
            .tls
            .iter()
            .flatten()
            .find(|it| it.hosts.iter().flatten().any(|it| it.eq_ignore_ascii_case(host)));
        let found = if let Some(tls) = named {
            tls.secret_name.as_deref().and_then(read).filter(|it| it.is_for(host))
        } else {
            // Any whose names fit.
            let secrets = spec.tls.iter().flatten().filter_map(|it| it.secret_name.as_deref());
            secrets.filter_map(read).find(|it| it.is_for(host))
        };
        found.map_or(Self::Fake, Self::Own)
    }

    /// What hosts get that have none.
    pub(super) fn default_of(view: View<'_>, secret: Option<&(String, String)>) -> Self {
        let found = secret.and_then(|(namespace, name)| facts(view, namespace, name));
        found.map_or(Self::Fake, Self::Own)
    }

    /// What a client that asks for a host has against it, in OpenSSL's words.
    pub(super) fn problem(&self, view: View<'_>, host: &str) -> Option<String> {
        match self {
            Self::Own(facts) if facts.not_after < view.unix_now() => {
                Some("SSL certificate problem: certificate has expired".to_owned())
            }
            Self::Own(facts) if !facts.self_signed && facts.is_for(host) => None,
            Self::Own(facts) if !facts.self_signed => Some(format!(
                "SSL: no alternative certificate subject name matches target host name '{host}'"
            )),
            _ => Some("SSL certificate problem: self-signed certificate".to_owned()),
        }
    }
}

impl Facts {
    /// Whether it names a host.
    fn is_for(&self, host: &str) -> bool {
        host != CATCH_ALL
            && self.names.iter().any(|name| match name.strip_prefix("*.") {
                // A star stands for one label.
                Some(rest) => {
                    host.split_once('.').is_some_and(|it| it.1.eq_ignore_ascii_case(rest))
                }
                None => name.eq_ignore_ascii_case(host),
            })
    }
}

/// What a Secret's certificate says; `None` if there is none that can be read, or no key to it.
fn facts(view: View<'_>, namespace: &str, name: &str) -> Option<Facts> {
    let data = view.get(Kind::Secret, namespace, name)?.secret()?.data.as_ref()?;
    let text = std::str::from_utf8(&data.get("tls.crt")?.0).ok()?;
    data.get("tls.key").filter(|it| !it.0.is_empty())?;
    let (_, rest) = text.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    let letters: String = body.chars().filter(|it| !it.is_whitespace()).collect();
    read(&STANDARD.decode(letters).ok()?)
}

/// Reads a certificate in DER (RFC 5280).
fn read(bytes: &[u8]) -> Option<Facts> {
    let (_, certificate, _) = element(bytes)?;
    let (_, mut fields, _) = element(certificate)?;
    let mut next = || {
        let (tag, content, rest) = element(fields)?;
        fields = rest;
        Some((tag, content))
    };
    // The version has a tag of its own and may be missing; serial number, algorithm, issuer, dates and owner follow.
    if next()?.0 == 0xa0 {
        next()?;
    }
    next()?;
    let (issuer, dates, owner) = (next()?.1, next()?.1, next()?.1);
    let (.., after) = element(dates)?;
    let (tag, not_after, _) = element(after)?;
    let names = alternative_names(fields);
    Some(Facts {
        self_signed: issuer == owner,
        not_after: date(tag, std::str::from_utf8(not_after).ok()?)?,
        names: if names.is_empty() { common_name(owner).into_iter().collect() } else { names },
    })
}

/// Tag and content of the first element, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |sum, it| sum << 8 | usize::from(*it)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

/// The DNS names of `subjectAltName`.
fn alternative_names(fields: &[u8]) -> Vec<String> {
    const SUBJECT_ALT_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x11];
    let mut names = Vec::new();
    let place = fields.windows(SUBJECT_ALT_NAME.len()).position(|it| it == SUBJECT_ALT_NAME);
    let Some(place) = place else { return names };
    let mut rest = &fields[place + SUBJECT_ALT_NAME.len()..];
    // A sign that it is critical may come first.
    if let Some((0x01, _, after)) = element(rest) {
        rest = after;
    }
    let list = element(rest).and_then(|it| element(it.1)).map(|it| it.1);
    let mut list = list.unwrap_or_default();
    while let Some((tag, content, rest)) = element(list) {
        if tag == 0x82 {
            names.push(String::from_utf8_lossy(content).into_owned());
        }
        list = rest;
    }
    names
}

/// The common name of an owner.
fn common_name(owner: &[u8]) -> Option<String> {
    const COMMON_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];
    let place = owner.windows(COMMON_NAME.len()).position(|it| it == COMMON_NAME)?;
    let (_, name, _) = element(&owner[place + COMMON_NAME.len()..])?;
    Some(String::from_utf8_lossy(name).into_owned())
}

/// `YYMMDDhhmmssZ`, or with four digits of the year.
fn date(tag: u8, text: &str) -> Option<i64> {
    let text = match (tag, text.get(..2)?.parse::<u32>().ok()?) {
        (0x17, 50..) => format!("19{text}"),
        (0x17, _) => format!("20{text}"),
        _ => text.to_owned(),
    };
    let part = |from: usize, to: usize| text.get(from..to);
    let written = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 10)?,
        part(10, 12)?,
        part(12, 14)?
    );
    timestamp::parse(&written).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = include_str!("../../../../tests/ingress/shop.crt");

    fn der(text: &str) -> Vec<u8> {
        let body: String = text.lines().filter(|it| !it.starts_with("-----")).collect();
        STANDARD.decode(body).expect("a certificate in PEM")
    }

    #[test]
    fn names_and_dates_are_read() {
        let facts = read(&der(SHOP)).expect("OpenSSL made it");
        assert_eq!(facts.names, ["shop.example.com", "*.shop.example.com"]);
        // 30 October 2126, 20:57:57 UTC.
        assert_eq!((facts.self_signed, facts.not_after), (false, 4_949_067_477));
        let is_for = ["Shop.example.com", "a.shop.example.com", "b.a.shop.example.com", "_"];
        assert_eq!(is_for.map(|it| facts.is_for(it)), [true, true, false, false]);
        assert_eq!(date(0x17, "491231235959Z"), Some(2_524_607_999));
        assert_eq!(date(0x17, "500101000000Z"), Some(-631_152_000));
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let whole = der(SHOP);
        assert!((0..whole.len() / 2).all(|it| read(&whole[..it]).is_none()));
        assert!(read(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).is_none());
        assert!(read(&[]).is_none());
    }
}
