//! Certificates and keys. Go makes RSA keys of chance; these are Ed25519 keys, which can be made of a seed.

use std::any::Any;
use std::net::IpAddr;
use std::time::Duration;

use opsdrill_template::{Native, Value, print};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ED25519, PKCS_RSA_SHA256, SanType, SerialNumber, date_time_ymd,
};

use super::not_simulated::complain;
use crate::arguments::{int, text};
use crate::surroundings::Surroundings;

type Answer = Result<Value, String>;

/// What stands before the seed in the smallest form of a key.
const KEY_HEAD: &[u8] = &[0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// A certificate with its key.
#[derive(Debug)]
struct Certificate {
    /// Whom it is for.
    name: String,
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

fn wrong(why: impl std::fmt::Display) -> String {
    format!("error creating certificate: {why}")
}

fn key_of_chance(surroundings: &Surroundings) -> Result<KeyPair, String> {
    let key = [KEY_HEAD, &surroundings.bytes(32)].concat();
    KeyPair::try_from(key).map_err(wrong)
}

/// A key that is given. Signatures of some sorts are made of chance that is not ours.
fn given_key(function: &str, pem: &str) -> Result<KeyPair, String> {
    let key = KeyPair::from_pem(pem).ok();
    let is_plain =
        |it: &KeyPair| it.is_compatible(&PKCS_ED25519) || it.is_compatible(&PKCS_RSA_SHA256);
    key.filter(is_plain).ok_or_else(|| {
        format!("opsdrill: not simulated: the function {function} with a key of this sort")
    })
}

/// What a certificate says.
struct Wish<'a> {
    name: &'a str,
    addresses: Vec<SanType>,
    days: i64,
    is_authority: bool,
}

impl Wish<'_> {
    fn params(&self, surroundings: &Surroundings) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, self.name);
        params.subject_alt_names.clone_from(&self.addresses);
        params.key_usages =
            vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        if self.is_authority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.key_usages.push(KeyUsagePurpose::KeyCertSign);
        }
        params.serial_number = Some(SerialNumber::from(surroundings.bytes(16)));
        let now = u64::try_from(surroundings.now().seconds).unwrap_or_default();
        let days = u64::try_from(self.days.min(1_000_000)).unwrap_or_default();
        params.not_before = date_time_ymd(1970, 1, 1) + Duration::from_secs(now);
        params.not_after = params.not_before + Duration::from_secs(days * 86_400);
        params
    }

    /// The certificate, signed by an authority or by its own key.
    fn signed(
        &self,
        surroundings: &Surroundings,
        key: KeyPair,
        authority: Option<&Certificate>,
    ) -> Answer {
        let params = self.params(surroundings);
        let signed = match authority {
            None => params.self_signed(&key).map_err(wrong)?,
            Some(authority) => {
                let mut issuer = CertificateParams::default();
                issuer.distinguished_name.push(DnType::CommonName, authority.name.as_str());
                let issuer_key = KeyPair::from_pem(&authority.key).map_err(wrong)?;
                params.signed_by(&key, &Issuer::new(issuer, issuer_key)).map_err(wrong)?
            }
        };
        Ok(Value::native(Certificate {
            name: self.name.to_owned(),
            pem: signed.pem(),
            key: key.serialize_pem(),
        }))
    }
}

fn texts(value: &Value, what: &str) -> Result<Vec<String>, String> {
    let Value::List(items) = value else { return Ok(Vec::new()) };
    let text = |it: &Value| match it {
        Value::Text(it) => Ok(it.to_string()),
        other => Err(format!("error parsing {what}: {} is not a string", print::display(other))),
    };
    items.iter().map(text).collect()
}

/// The addresses and names after the first argument.
fn addresses(arguments: &[Value]) -> Result<Vec<SanType>, String> {
    let mut all = Vec::new();
    for address in texts(&arguments[1], "ip")? {
        let parsed: IpAddr = address.parse().map_err(|_| format!("error parsing ip: {address}"))?;
        all.push(SanType::IpAddress(parsed));
    }
    for name in texts(&arguments[2], "alternate dns name")? {
        all.push(SanType::DnsName(name.try_into().map_err(wrong)?));
    }
    Ok(all)
}

fn authority(surroundings: &Surroundings, arguments: &[Value], key: KeyPair) -> Answer {
    let (name, days) = (text(arguments, 0), int(arguments, 1));
    let wish = Wish { name, addresses: Vec::new(), days, is_authority: true };
    wish.signed(surroundings, key, None)
}

fn leaf(
    surroundings: &Surroundings,
    arguments: &[Value],
    key: KeyPair,
    authority: Option<&Value>,
) -> Answer {
    let (name, days) = (text(arguments, 0), int(arguments, 3));
    let wish = Wish { name, addresses: addresses(arguments)?, days, is_authority: false };
    let authority = match authority {
        Some(Value::Native(it)) => it.as_any().downcast_ref::<Certificate>(),
        _ => None,
    };
    wish.signed(surroundings, key, authority)
}

pub(super) fn ca(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    authority(surroundings, arguments, key_of_chance(surroundings)?)
}

pub(super) fn ca_with_key(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    let key = given_key("genCAWithKey", text(arguments, 2))?;
    authority(surroundings, arguments, key)
}

pub(super) fn self_signed(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    leaf(surroundings, arguments, key_of_chance(surroundings)?, None)
}

pub(super) fn self_signed_with_key(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    let key = given_key("genSelfSignedCertWithKey", text(arguments, 4))?;
    leaf(surroundings, arguments, key, None)
}

pub(super) fn signed(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    leaf(surroundings, arguments, key_of_chance(surroundings)?, Some(&arguments[4]))
}

pub(super) fn signed_with_key(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    let key = given_key("genSignedCertWithKey", text(arguments, 5))?;
    leaf(surroundings, arguments, key, Some(&arguments[4]))
}

pub(super) fn private_key(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    match text(arguments, 0) {
        "ed25519" => Ok(key_of_chance(surroundings)?.serialize_pem().into()),
        kind @ ("" | "rsa" | "dsa" | "ecdsa") => complain(&format!("genPrivateKey for {kind}")),
        other => Ok(format!("Unknown type {other}").into()),
    }
}
