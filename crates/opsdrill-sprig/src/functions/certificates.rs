//! Certificates and keys: what is random in Go comes from the surroundings.

use std::any::Any;
use std::net::IpAddr;

use num_bigint::BigUint;
use opsdrill_template::{Native, Value, print};

use super::encoding::base64_bytes;
use crate::arguments::{int, text};
use crate::certificate::{Signer, Wish, create, parse};
use crate::keys::PrivateKey;
use crate::pem;
use crate::surroundings::Surroundings;
use crate::time::Duration;

type Answer = Result<Value, String>;

/// Nanoseconds of a day.
const DAY: i64 = 86_400_000_000_000;

/// Bits of the keys of certificates.
const KEY_BITS: usize = 2048;

/// A certificate with its key.
#[derive(Debug)]
struct Certificate {
    pem: String,
    key: String,
}

impl Native for Certificate {
    fn type_name(&self) -> &'static str {
        "sprig.certificate"
    }

    fn member(&self, name: &str, _: &[Value]) -> Option<Answer> {
        match name {
            "Cert" => Some(Ok(self.pem.as_str().into())),
            "Key" => Some(Ok(self.key.as_str().into())),
            _ => None,
        }
    }

    fn text(&self) -> String {
        format!("{{{} {}}}", self.pem, self.key)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn key_of_chance(surroundings: &Surroundings) -> PrivateKey {
    PrivateKey::rsa(KEY_BITS, surroundings)
}

fn given_key(pem: &str) -> Result<PrivateKey, String> {
    PrivateKey::from_pem(pem).map_err(|why| format!("parsing private key: {why}"))
}

fn texts(value: &Value, complaint: &str) -> Result<Vec<String>, String> {
    let Value::List(items) = value else { return Ok(Vec::new()) };
    let text = |it: &Value| match it {
        Value::Text(it) => Ok(it.to_string()),
        other => Err(format!("error {complaint}: {} is not a string", print::display(other))),
    };
    items.iter().map(text).collect()
}

fn address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| format!("error parsing ip: {text}"))
}

/// What a certificate of so many days says, but for its names.
fn wish<'a>(surroundings: &Surroundings, name: &'a str, days: i64) -> Wish<'a> {
    let start = surroundings.now();
    Wish {
        name,
        addresses: Vec::new(),
        names: Vec::new(),
        serial: BigUint::from_bytes_be(&surroundings.bytes(16)),
        start,
        end: start.plus(Duration(days.wrapping_mul(DAY))),
        is_authority: false,
    }
}

fn signed(wish: &Wish<'_>, key: &PrivateKey, signer: &Signer<'_>) -> Answer {
    let made =
        create(wish, key, signer).map_err(|why| format!("error creating certificate: {why}"))?;
    let pem = pem::encode("CERTIFICATE", &made);
    Ok(Value::native(Certificate { pem, key: key.pem() }))
}

/// An authority's certificate, which signs itself.
fn authority(surroundings: &Surroundings, arguments: &[Value], key: &PrivateKey) -> Answer {
    let wish = wish(surroundings, text(arguments, 0), int(arguments, 1));
    let wish = Wish { is_authority: true, ..wish };
    signed(&wish, key, &Signer { key, certificate: None })
}

/// A certificate with addresses and names, signed by an authority's or by itself.
fn leaf(
    surroundings: &Surroundings,
    arguments: &[Value],
    key: &PrivateKey,
    authority: Option<&Certificate>,
) -> Answer {
    let signer_bytes = match authority {
        None => None,
        Some(it) => Some(pem::decode(&it.pem).ok_or("unable to decode certificate")?.1),
    };
    let certificate =
        match &signer_bytes {
            None => None,
            Some(it) => Some(parse(it).map_err(|why| {
                format!("error parsing certificate: decodedSignerCert.Bytes: {why}")
            })?),
        };
    let signer_key = match authority {
        None => None,
        Some(it) => Some(
            PrivateKey::from_pem(&it.key)
                .map_err(|why| format!("error parsing private key: {why}"))?,
        ),
    };
    let addresses = texts(&arguments[1], "parsing ip")?;
    let addresses = addresses.iter().map(|it| address(it)).collect::<Result<_, _>>()?;
    let names = texts(&arguments[2], "processing alternate dns name")?;
    let wish = wish(surroundings, text(arguments, 0), int(arguments, 3));
    let wish = Wish { addresses, names, ..wish };
    signed(&wish, key, &Signer { key: signer_key.as_ref().unwrap_or(key), certificate })
}

/// The authority among the arguments.
fn signer(arguments: &[Value]) -> Result<&Certificate, String> {
    let found = match &arguments[4] {
        Value::Native(it) => it.as_any().downcast_ref(),
        _ => None,
    };
    found.ok_or_else(|| "unable to decode certificate".to_owned())
}

pub(super) fn ca(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    surroundings.spend()?;
    authority(surroundings, arguments, &key_of_chance(surroundings))
}

pub(super) fn ca_with_key(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    surroundings.spend()?;
    authority(surroundings, arguments, &given_key(text(arguments, 2))?)
}

pub(super) fn self_signed(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    surroundings.spend()?;
    leaf(surroundings, arguments, &key_of_chance(surroundings), None)
}

pub(super) fn self_signed_with_key(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    surroundings.spend()?;
    leaf(surroundings, arguments, &given_key(text(arguments, 4))?, None)
}

pub(super) fn signed_by(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    surroundings.spend()?;
    leaf(surroundings, arguments, &key_of_chance(surroundings), Some(signer(arguments)?))
}

pub(super) fn signed_with_key(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    surroundings.spend()?;
    leaf(surroundings, arguments, &given_key(text(arguments, 5))?, Some(signer(arguments)?))
}

/// A certificate and a key that are given, in base 64.
pub(super) fn custom(arguments: &[Value]) -> Answer {
    let decoded = |index: usize, what: &str| {
        let bytes = base64_bytes(text(arguments, index));
        let bytes = bytes.map_err(|_| format!("unable to decode base64 {what}"))?;
        Ok::<_, String>(String::from_utf8_lossy(&bytes).into_owned())
    };
    let (pem, key) = (decoded(0, "certificate")?, decoded(1, "private key")?);
    let (_, bytes) = pem::decode(&pem).ok_or("unable to decode certificate")?;
    parse(&bytes).map_err(|why| format!("error parsing certificate: decodedCert.Bytes: {why}"))?;
    PrivateKey::from_pem(&key).map_err(|why| format!("error parsing private key: {why}"))?;
    Ok(Value::native(Certificate { pem, key }))
}

pub(super) fn private_key(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    surroundings.spend()?;
    let sort = text(arguments, 0);
    let key = PrivateKey::of_chance(sort, surroundings);
    Ok(key.map_or_else(|| format!("Unknown type {sort}"), |it| it.pem()).into())
}
