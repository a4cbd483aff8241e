//! RSA keys and their signatures (PKCS#1 v1.5 with SHA-256).

use num_bigint::BigUint;

use super::hash::Hash;
use super::{broken, hexadecimal, numbers, padded};
use crate::der::{self, NULL, Reader, element, integer, sequence};
use crate::surroundings::Surroundings;

/// The identifier of RSA, and that of its signatures with SHA-256.
pub(super) const ALGORITHM: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const SIGNATURE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];

/// What stands before a SHA-256 in a signature: RFC 8017, 9.2, note 1.
const HASH_HEAD: &[u8] =
    &[0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];

/// The public exponent of keys that Go makes.
const EXPONENT: u32 = 65_537;

/// Keys of fewer bits Go refuses; those of more cost too much.
const BITS_MIN: u64 = 1024;
const BITS_MAX: u64 = 8192;

/// A key of two primes.
#[derive(Debug)]
pub(crate) struct Key {
    modulus: BigUint,
    public: BigUint,
    private: BigUint,
    first: BigUint,
    second: BigUint,
}

pub(super) fn algorithm() -> Vec<u8> {
    sequence(&[&element(der::OID, ALGORITHM), NULL])
}

pub(super) fn signature_algorithm() -> Vec<u8> {
    sequence(&[&element(der::OID, SIGNATURE), NULL])
}

fn greatest_common_divisor(one: &BigUint, other: &BigUint) -> BigUint {
    let (mut one, mut other) = (one.clone(), other.clone());
    while other != BigUint::ZERO {
        (one, other) = (other.clone(), one % other);
    }
    one
}

impl Key {
    /// Of two of the kept primes; none of them is 1 more than a multiple of the exponent.
    pub(super) fn of_chance(bits: usize, surroundings: &Surroundings) -> Self {
        let mut primes = numbers(&format!("prime{}", bits / 2));
        let mut taken = || {
            let place = surroundings.below(primes.len() as u64) as usize;
            hexadecimal(primes.swap_remove(place))
        };
        let (first, second) = (taken(), taken());
        let (one_less, other_less) = (&first - 1_u8, &second - 1_u8);
        let divisor = greatest_common_divisor(&one_less, &other_less);
        let public = BigUint::from(EXPONENT);
        let private = public.modinv(&(one_less * other_less / divisor)).unwrap_or_default();
        Self { modulus: &first * &second, public, private, first, second }
    }

    fn remainders(&self) -> [BigUint; 3] {
        let inverse = self.second.modinv(&self.first).unwrap_or_default();
        [&self.private % (&self.first - 1_u8), &self.private % (&self.second - 1_u8), inverse]
    }

    /// In the form PKCS#1.
    pub(super) fn der(&self) -> Vec<u8> {
        let [first, second, inverse] = self.remainders();
        let numbers = [
            &BigUint::ZERO,
            &self.modulus,
            &self.public,
            &self.private,
            &self.first,
            &self.second,
            &first,
            &second,
            &inverse,
        ];
        element(der::SEQUENCE, &numbers.map(integer).concat())
    }

    /// From the form PKCS#1; keys of more than two primes are none.
    pub(super) fn from_der(body: &[u8]) -> Option<Self> {
        let mut whole = Reader(body);
        let mut parts = whole.sequence().filter(|_| whole.is_empty())?;
        let version = parts.integer()?;
        let mut next = || parts.integer();
        let [modulus, public, private, first, second] =
            [next()?, next()?, next()?, next()?, next()?];
        for _ in 0..3 {
            next()?;
        }
        (version == BigUint::ZERO).then_some(Self { modulus, public, private, first, second })
    }

    /// A given key, if its numbers belong together.
    pub(super) fn checked(self) -> Result<Self, String> {
        let bits = self.modulus.bits();
        if bits < BITS_MIN {
            return Err(format!(
                "crypto/rsa: {bits}-bit keys are insecure \
                 (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)"
            ));
        }
        if bits > BITS_MAX {
            return Err(format!("opsdrill: not simulated: RSA keys of more than {BITS_MAX} bits"));
        }
        let one = BigUint::from(1_u8);
        let is_inverse = |prime: &BigUint| {
            let less = prime - 1_u8;
            less > one && (&self.private * &self.public) % less == one
        };
        let is_whole = self.first > one
            && self.second > one
            && &self.first * &self.second == self.modulus
            && self.public < BigUint::from(1_u64 << 32)
            && is_inverse(&self.first)
            && is_inverse(&self.second)
            && self.second.modinv(&self.first).is_some();
        if is_whole { Ok(self) } else { Err(broken("RSA")) }
    }

    pub(super) fn public(&self) -> Vec<u8> {
        sequence(&[&integer(&self.modulus), &integer(&self.public)])
    }

    /// A signature of a text, by way of the remainders (RFC 8017, 5.1.2), which is four times as fast.
    pub(super) fn sign(&self, text: &[u8]) -> Result<Vec<u8>, String> {
        let length = self.modulus.bits().div_ceil(8) as usize;
        let hash = [HASH_HEAD, &Hash::Sha256.of(text)].concat();
        let mut padded_hash = vec![0, 1];
        padded_hash.resize(length - hash.len() - 1, 0xff);
        padded_hash.push(0);
        padded_hash.extend(hash);
        let message = BigUint::from_bytes_be(&padded_hash);
        let [first, second, inverse] = self.remainders();
        let one = message.modpow(&first, &self.first);
        let other = message.modpow(&second, &self.second);
        let difference = (&one + &self.first - &other % &self.first) % &self.first;
        let signature = other + (difference * inverse % &self.first) * &self.second;
        if signature.modpow(&self.public, &self.modulus) != message {
            return Err(broken("RSA"));
        }
        Ok(padded(&signature, length))
    }
}
