//! Private keys as sprig makes, reads and writes them.
//!
//! They protect nothing: the numbers that would be searched for seconds are public ones from `numbers.txt`, chosen by the chance
//! of the surroundings. Their forms and their signatures are real.

mod curve;
mod dsa;
mod hash;
mod rsa;

pub(crate) use hash::Hash;
use num_bigint::BigUint;
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use crate::der::{self, Reader, element, sequence};
use crate::pem;
use crate::surroundings::Surroundings;

/// The numbers that keys are made of.
const NUMBERS: &str = include_str!("numbers.txt");

/// The identifier of Ed25519.
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// All numbers of a sort.
fn numbers(sort: &str) -> Vec<&'static str> {
    let found = NUMBERS.lines().filter_map(|it| it.split_once(' '));
    found.filter(|(name, _)| *name == sort).map(|(_, number)| number).collect()
}

/// A number that is written in the program.
fn hexadecimal(text: &str) -> BigUint {
    BigUint::parse_bytes(text.as_bytes(), 16).unwrap_or_default()
}

/// A number of chance from 1 up to before a bound.
fn chosen_below(bound: &BigUint, surroundings: &Surroundings) -> BigUint {
    // Eight bytes more than needed: no number is much likelier than another.
    let bytes = surroundings.bytes(bound.bits().div_ceil(8) as usize + 8);
    BigUint::from_bytes_be(&bytes) % (bound - 1_u8) + 1_u8
}

/// A number as so many bytes.
fn padded(number: &BigUint, length: usize) -> Vec<u8> {
    let bytes = number.to_bytes_be();
    let mut all = vec![0; length.saturating_sub(bytes.len())];
    all.extend(bytes);
    all
}

fn broken(kind: &str) -> String {
    format!("opsdrill: not simulated: what Go says of this broken {kind} key")
}

/// A private key.
#[derive(Debug)]
pub(crate) enum PrivateKey {
    Rsa(rsa::Key),
    Dsa(dsa::Key),
    Curve(curve::Key),
    Ed25519([u8; 32]),
}

impl PrivateKey {
    /// An RSA key of 2048 or 4096 bits, of chance.
    pub(crate) fn rsa(bits: usize, surroundings: &Surroundings) -> Self {
        Self::Rsa(rsa::Key::of_chance(bits, surroundings))
    }

    /// A key of chance of one of the sorts that `genPrivateKey` knows.
    pub(crate) fn of_chance(sort: &str, surroundings: &Surroundings) -> Option<Self> {
        Some(match sort {
            "" | "rsa" => Self::rsa(4096, surroundings),
            "dsa" => Self::Dsa(dsa::Key::of_chance(surroundings)),
            "ecdsa" => Self::Curve(curve::Key::of_chance(surroundings)),
            "ed25519" => Self::Ed25519(surroundings.bytes(32).try_into().unwrap_or_default()),
            _ => return None,
        })
    }

    /// Its text.
    pub(crate) fn pem(&self) -> String {
        let (label, body) = match self {
            Self::Rsa(key) => ("RSA PRIVATE KEY", key.der()),
            Self::Dsa(key) => ("DSA PRIVATE KEY", key.der()),
            Self::Curve(key) => ("EC PRIVATE KEY", key.der()),
            Self::Ed25519(seed) => {
                let algorithm = sequence(&[&element(der::OID, ED25519)]);
                let seed = element(der::BYTES, &element(der::BYTES, seed));
                ("PRIVATE KEY", sequence(&[&[der::INTEGER, 1, 0], &algorithm, &seed]))
            }
        };
        pem::encode(label, &body)
    }

    /// A key from a text, by its label. The complaints are sprig's and Go's, except for a body that is broken.
    pub(crate) fn from_pem(text: &str) -> Result<Self, String> {
        let (label, body) = pem::decode(text).ok_or("no PEM data in input")?;
        if label == "PRIVATE KEY" {
            return Self::from_pkcs8(&body).map_err(|why| format!("decoding PEM as PKCS#8: {why}"));
        }
        let Some(sort) = label.strip_suffix(" PRIVATE KEY") else {
            return Err(format!("no private key data in PEM block of type {label}"));
        };
        let key = match sort {
            "RSA" => rsa_key(&body),
            "EC" => curve_key(&body, None),
            "DSA" => dsa::Key::from_der(&body).map(Self::Dsa).ok_or_else(|| broken("DSA")),
            _ => return Err(format!("invalid private key type {sort}")),
        };
        key.map_err(|why| format!("parsing {sort} private key from PEM: {why}"))
    }

    fn from_pkcs8(body: &[u8]) -> Result<Self, String> {
        let parts = || {
            let mut parts = Reader(body).sequence()?;
            parts.integer()?;
            let mut algorithm = parts.sequence()?;
            Some((algorithm.element(der::OID)?.body, algorithm, parts.element(der::BYTES)?.body))
        };
        let Some((algorithm, mut parameters, key)) = parts() else {
            return Err(other_form(body, Form::Pkcs8));
        };
        let within = |sort: &str, key: Result<Self, String>| {
            key.map_err(|why| {
                format!("x509: failed to parse {sort} private key embedded in PKCS#8: {why}")
            })
        };
        match algorithm {
            rsa::ALGORITHM => within("RSA", rsa_key(key)),
            curve::ALGORITHM => {
                let curve = parameters.element(der::OID).map(|it| it.body);
                within("EC", curve_key(key, curve))
            }
            ED25519 => {
                let seed = Reader(key).element(der::BYTES).and_then(|it| it.body.try_into().ok());
                seed.map(Self::Ed25519).ok_or_else(|| broken("Ed25519"))
            }
            other => Err(format!(
                "x509: PKCS#8 wrapping contained private key with unknown algorithm: {}",
                dotted(other)
            )),
        }
    }

    /// Whether it can sign, which in Go a DSA key cannot.
    pub(crate) fn can_sign(&self) -> bool {
        !matches!(self, Self::Dsa(_))
    }

    /// The public key as a certificate holds it.
    pub(crate) fn public(&self) -> Result<PublicKey, String> {
        let (algorithm, key) = match self {
            Self::Rsa(key) => (rsa::algorithm(), key.public()),
            Self::Dsa(_) => return Err("x509: unsupported public key type: *dsa.PublicKey".into()),
            Self::Curve(key) => (key.algorithm(), key.public()),
            Self::Ed25519(seed) => {
                let pair = Ed25519KeyPair::from_seed_unchecked(seed);
                let public = pair.map(|it| it.public_key().as_ref().to_vec());
                (sequence(&[&element(der::OID, ED25519)]), public.map_err(|it| it.to_string())?)
            }
        };
        Ok(PublicKey { whole: sequence(&[&algorithm, &der::bits(&key)]), key })
    }

    /// The name of the algorithm of its signatures, as a certificate holds it.
    pub(crate) fn signature_algorithm(&self) -> Vec<u8> {
        match self {
            Self::Rsa(_) => rsa::signature_algorithm(),
            Self::Dsa(_) => Vec::new(),
            Self::Curve(key) => key.signature_algorithm(),
            Self::Ed25519(_) => sequence(&[&element(der::OID, ED25519)]),
        }
    }

    /// Its signature of a text: the same for the same text, always.
    pub(crate) fn sign(&self, text: &[u8]) -> Result<Vec<u8>, String> {
        match self {
            Self::Rsa(key) => key.sign(text),
            Self::Dsa(_) => {
                Err("x509: certificate private key does not implement crypto.Signer".into())
            }
            Self::Curve(key) => Ok(key.sign(text)),
            Self::Ed25519(seed) => {
                let pair =
                    Ed25519KeyPair::from_seed_unchecked(seed).map_err(|it| it.to_string())?;
                Ok(pair.sign(text).as_ref().to_vec())
            }
        }
    }
}

/// A public key.
pub(crate) struct PublicKey {
    /// With the name of its algorithm.
    pub(crate) whole: Vec<u8>,
    /// Alone.
    pub(crate) key: Vec<u8>,
}

fn rsa_key(body: &[u8]) -> Result<PrivateKey, String> {
    match rsa::Key::from_der(body) {
        Some(key) => key.checked().map(PrivateKey::Rsa),
        None => Err(other_form(body, Form::Pkcs1)),
    }
}

fn curve_key(body: &[u8], curve: Option<&[u8]>) -> Result<PrivateKey, String> {
    match curve::Key::from_der(body, curve) {
        Some(key) => key.map(PrivateKey::Curve),
        None => Err(other_form(body, Form::Ec)),
    }
}

/// The forms of keys that Go tells apart, in the order in which it tries them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Ec,
    Pkcs8,
    Pkcs1,
}

/// What Go says of a key in another form than was asked for.
fn other_form(body: &[u8], asked: Form) -> String {
    let has = |form: Form| {
        let mut parts = Reader(body).sequence()?;
        parts.integer()?;
        match form {
            Form::Ec => parts.element(der::BYTES).map(|_| ()),
            Form::Pkcs8 => parts.sequence().map(|_| ()),
            Form::Pkcs1 => parts.integer().map(|_| ()),
        }
    };
    let found = [(Form::Ec, "EC"), (Form::Pkcs8, "PKCS8"), (Form::Pkcs1, "PKCS1")]
        .into_iter()
        .find(|(form, _)| *form != asked && has(*form).is_some());
    match found {
        Some((_, name)) => format!(
            "x509: failed to parse private key (use Parse{name}PrivateKey instead for this key format)"
        ),
        None => broken("private"),
    }
}

/// An identifier as numbers with dots.
fn dotted(identifier: &[u8]) -> String {
    let mut numbers = Vec::new();
    let mut number = 0_u64;
    for byte in identifier {
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if numbers.is_empty() {
                let first = (number / 40).min(2);
                numbers.push(first.to_string());
                number -= first * 40;
            }
            numbers.push(number.to_string());
            number = 0;
        }
    }
    numbers.join(".")
}
