//! Certificates as Go's `x509.CreateCertificate` builds them, and what it reads of a signer's.

mod parse;

use std::net::IpAddr;

use num_bigint::BigUint;

pub(crate) use parse::{Parsed, parse};

use crate::der::{self, context, element, integer, sequence};
use crate::keys::PrivateKey;
use crate::time::{self, Time};

/// Identifiers: the common name, the extensions and the uses of keys.
const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
const SUBJECT_KEY: &[u8] = &[0x55, 0x1d, 14];
const AUTHORITY_KEY: &[u8] = &[0x55, 0x1d, 35];
const OTHER_NAMES: &[u8] = &[0x55, 0x1d, 17];
const SERVER_USE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
const CLIENT_USE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];

/// Digital signatures and the encipherment of keys, without and with the signing of certificates.
const LEAF_USES: &[u8] = &[5, 0xa0];
const AUTHORITY_USES: &[u8] = &[2, 0xa4];

/// What a certificate says.
pub(crate) struct Wish<'a> {
    pub(crate) name: &'a str,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) names: Vec<String>,
    pub(crate) serial: BigUint,
    pub(crate) start: Time,
    pub(crate) end: Time,
    pub(crate) is_authority: bool,
}

/// Who signs.
pub(crate) struct Signer<'a> {
    pub(crate) key: &'a PrivateKey,
    /// Its certificate; nothing if a certificate signs itself.
    pub(crate) certificate: Option<Parsed<'a>>,
}

/// A text by the narrower of two alphabets, as Go's `asn1.Marshal` chooses.
fn text(text: &str) -> Vec<u8> {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&it);
    let tag = if text.bytes().all(is_plain) { der::PRINTABLE_TEXT } else { der::UTF8_TEXT };
    element(tag, text.as_bytes())
}

fn subject(name: &str) -> Vec<u8> {
    if name.is_empty() {
        return sequence(&[]);
    }
    let pair = sequence(&[&element(der::OID, COMMON_NAME), &text(name)]);
    sequence(&[&element(der::SET, &pair)])
}

/// Two digits of a year until 2049, four beyond.
fn point(time: Time) -> Result<Vec<u8>, String> {
    let (tag, layout) = match time.civil().year {
        1950..2050 => (der::UTC_TIME, "060102150405Z"),
        0..10_000 => (der::LONG_TIME, "20060102150405Z"),
        _ => return Err("asn1: structure error: cannot represent time as GeneralizedTime".into()),
    };
    Ok(element(tag, time::format(time, layout).as_bytes()))
}

fn extension(identifier: &[u8], is_critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if is_critical { &[der::BOOL, 1, 0xff] } else { &[] };
    sequence(&[&element(der::OID, identifier), critical, &element(der::BYTES, value)])
}

/// The identifier of a key: Go 1.25 takes the first 160 bits of its SHA-256 (RFC 7093).
fn key_identifier(key: &[u8]) -> Vec<u8> {
    use sha2::Digest as _;
    sha2::Sha256::digest(key)[..20].to_vec()
}

/// Names and then addresses, with their tags of RFC 5280, 4.2.1.6.
fn other_names(wish: &Wish<'_>) -> Result<Vec<u8>, String> {
    let mut all = Vec::new();
    for name in &wish.names {
        if !name.is_ascii() {
            let shown = opsdrill_template::print::quote(name);
            return Err(format!("x509: {shown} cannot be encoded as an IA5String"));
        }
        all.extend(element(0x82, name.as_bytes()));
    }
    for address in &wish.addresses {
        all.extend(match address.to_canonical() {
            IpAddr::V4(it) => element(0x87, &it.octets()),
            IpAddr::V6(it) => element(0x87, &it.octets()),
        });
    }
    Ok(element(der::SEQUENCE, &all))
}

/// All extensions, in Go's order.
fn extensions(
    wish: &Wish<'_>,
    key: &[u8],
    authority_key: Option<&[u8]>,
) -> Result<Vec<u8>, String> {
    let uses = if wish.is_authority { AUTHORITY_USES } else { LEAF_USES };
    let extended = sequence(&[&element(der::OID, SERVER_USE), &element(der::OID, CLIENT_USE)]);
    let constraints: &[u8] = if wish.is_authority { &[der::BOOL, 1, 0xff] } else { &[] };
    let mut all = extension(KEY_USAGE, true, &element(der::BITS, uses));
    all.extend(extension(EXTENDED_KEY_USAGE, false, &extended));
    all.extend(extension(BASIC_CONSTRAINTS, true, &sequence(&[constraints])));
    if wish.is_authority {
        let own = element(der::BYTES, &key_identifier(key));
        all.extend(extension(SUBJECT_KEY, false, &own));
    }
    if let Some(authority_key) = authority_key {
        let value = sequence(&[&element(0x80, authority_key)]);
        all.extend(extension(AUTHORITY_KEY, false, &value));
    }
    if !wish.names.is_empty() || !wish.addresses.is_empty() {
        let value = other_names(wish)?;
        all.extend(extension(OTHER_NAMES, wish.name.is_empty(), &value));
    }
    Ok(element(context(3), &element(der::SEQUENCE, &all)))
}

/// A certificate for a key, in binary form.
///
/// # Errors
/// With Go's words.
pub(crate) fn create(
    wish: &Wish<'_>,
    key: &PrivateKey,
    signer: &Signer<'_>,
) -> Result<Vec<u8>, String> {
    if !signer.key.can_sign() {
        return Err("x509: certificate private key does not implement crypto.Signer".to_owned());
    }
    let algorithm = signer.key.signature_algorithm();
    let public = key.public()?;
    let own = subject(wish.name);
    let issuer = signer.certificate.as_ref().map_or(&own[..], |it| it.subject);
    let authority_key = signer.certificate.as_ref().and_then(|it| it.subject_key);
    let authority_key = authority_key.filter(|_| issuer != own);
    if let Some(certificate) = &signer.certificate
        && signer.key.public()?.whole != certificate.public
    {
        return Err("x509: provided PrivateKey doesn't match parent's PublicKey".to_owned());
    }
    let body = sequence(&[
        &element(context(0), &[der::INTEGER, 1, 2]),
        &integer(&wish.serial),
        &algorithm,
        issuer,
        &sequence(&[&point(wish.start)?, &point(wish.end)?]),
        &own,
        &public.whole,
        &extensions(wish, &public.key, authority_key)?,
    ]);
    let signature = signer.key.sign(&body)?;
    Ok(sequence(&[&body, &algorithm, &der::bits(&signature)]))
}
