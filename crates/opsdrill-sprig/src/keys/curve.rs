//! ECDSA keys on the curves of NIST, and their signatures without chance (RFC 6979).

use num_bigint::BigUint;

use super::hash::Hash;
use super::{chosen_below, hexadecimal, padded};
use crate::der::{self, Reader, bits, context, element, integer, sequence};
use crate::surroundings::Surroundings;

/// The identifier of keys on curves.
pub(super) const ALGORITHM: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];

/// What stands before the number of a hash in the identifier of a signature.
const SIGNATURE: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3];

/// A curve: y² = x³ - 3x + b. Its numbers are those of FIPS 186.
#[derive(Debug)]
struct Curve {
    identifier: &'static [u8],
    prime: &'static str,
    x: &'static str,
    y: &'static str,
    order: &'static str,
    /// The hash that Go signs with, and its number.
    hash: (Hash, u8),
}

const P256: usize = 1;

const CURVES: [Curve; 4] = [
    Curve {
        identifier: &[0x2b, 0x81, 4, 0, 33],
        prime: "ffffffffffffffffffffffffffffffff000000000000000000000001",
        x: "b70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21",
        y: "bd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34",
        order: "ffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3d",
        hash: (Hash::Sha256, 2),
    },
    Curve {
        identifier: &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
        prime: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        x: "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        y: "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        order: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        hash: (Hash::Sha256, 2),
    },
    Curve {
        identifier: &[0x2b, 0x81, 4, 0, 34],
        prime: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe\
                ffffffff0000000000000000ffffffff",
        x: "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a38\
            5502f25dbf55296c3a545e3872760ab7",
        y: "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c0\
            0a60b1ce1d7e819d7a431d7c90ea0e5f",
        order: "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf\
                581a0db248b0a77aecec196accc52973",
        hash: (Hash::Sha384, 3),
    },
    Curve {
        identifier: &[0x2b, 0x81, 4, 0, 35],
        prime: "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
                ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        x: "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3d\
            baa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
        y: "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e66\
            2c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
        order: "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
                a51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
        hash: (Hash::Sha512, 4),
    },
];

/// A point by Jacobi's coordinates; the third is zero at infinity.
#[derive(Clone)]
struct Point {
    x: BigUint,
    y: BigUint,
    z: BigUint,
}

/// Arithmetic below a prime.
struct Field {
    prime: BigUint,
}

impl Field {
    fn times(&self, one: &BigUint, other: &BigUint) -> BigUint {
        one * other % &self.prime
    }

    fn less(&self, one: &BigUint, other: &BigUint) -> BigUint {
        (one + &self.prime - other) % &self.prime
    }

    fn doubled(&self, point: &Point) -> Point {
        let delta = self.times(&point.z, &point.z);
        let gamma = self.times(&point.y, &point.y);
        let beta = self.times(&point.x, &gamma);
        let alpha = self.times(&(self.less(&point.x, &delta) * 3_u8), &(&point.x + &delta));
        let x = self.less(&self.times(&alpha, &alpha), &((&beta << 3) % &self.prime));
        let y = self.times(&alpha, &self.less(&((beta << 2) % &self.prime), &x));
        let y = self.less(&y, &((self.times(&gamma, &gamma) << 3) % &self.prime));
        let z = ((&point.y * &point.z) << 1_u8) % &self.prime;
        Point { x, y, z }
    }

    fn sum(&self, one: &Point, other: &Point) -> Point {
        if one.z == BigUint::ZERO {
            return other.clone();
        }
        if other.z == BigUint::ZERO {
            return one.clone();
        }
        let (one_square, other_square) =
            (self.times(&one.z, &one.z), self.times(&other.z, &other.z));
        let one_x = self.times(&one.x, &other_square);
        let other_x = self.times(&other.x, &one_square);
        let one_y = self.times(&one.y, &self.times(&other.z, &other_square));
        let other_y = self.times(&other.y, &self.times(&one.z, &one_square));
        let (width, height) = (self.less(&other_x, &one_x), self.less(&other_y, &one_y));
        if width == BigUint::ZERO {
            if height == BigUint::ZERO {
                return self.doubled(one);
            }
            return Point { x: one_x, y: one_y, z: BigUint::ZERO };
        }
        let square = self.times(&width, &width);
        let cube = self.times(&square, &width);
        let moved = self.times(&one_x, &square);
        let x = self.less(&self.times(&height, &height), &cube);
        let x = self.less(&x, &((&moved << 1) % &self.prime));
        let y = self.times(&height, &self.less(&moved, &x));
        let y = self.less(&y, &self.times(&one_y, &cube));
        let z = self.times(&width, &self.times(&one.z, &other.z));
        Point { x, y, z }
    }
}

impl Curve {
    /// Bytes of a coordinate.
    fn length(&self) -> usize {
        self.prime.len() / 2
    }

    /// So many times the generator: the point's coordinates.
    fn multiple(&self, factor: &BigUint) -> (BigUint, BigUint) {
        let field = Field { prime: hexadecimal(self.prime) };
        let z = BigUint::from(1_u8);
        let generator = Point { x: hexadecimal(self.x), y: hexadecimal(self.y), z };
        let mut sum = Point { z: BigUint::ZERO, ..generator.clone() };
        for place in (0..factor.bits()).rev() {
            sum = field.doubled(&sum);
            if factor.bit(place) {
                sum = field.sum(&sum, &generator);
            }
        }
        let inverse = sum.z.modinv(&field.prime).unwrap_or_default();
        let square = field.times(&inverse, &inverse);
        (field.times(&sum.x, &square), field.times(&sum.y, &field.times(&square, &inverse)))
    }
}

/// The leftmost bits of a hash, as many as the order has.
fn leftmost(hash: &[u8], order: &BigUint) -> BigUint {
    let surplus = (hash.len() as u64 * 8).saturating_sub(order.bits());
    BigUint::from_bytes_be(hash) >> surplus
}

/// A key on a curve.
#[derive(Debug)]
pub(crate) struct Key {
    curve: &'static Curve,
    private: BigUint,
}

impl Key {
    /// On the curve P-256.
    pub(super) fn of_chance(surroundings: &Surroundings) -> Self {
        let curve = &CURVES[P256];
        Self { curve, private: chosen_below(&hexadecimal(curve.order), surroundings) }
    }

    pub(super) fn algorithm(&self) -> Vec<u8> {
        sequence(&[&element(der::OID, ALGORITHM), &element(der::OID, self.curve.identifier)])
    }

    pub(super) fn signature_algorithm(&self) -> Vec<u8> {
        sequence(&[&element(der::OID, &[SIGNATURE, &[self.curve.hash.1]].concat())])
    }

    /// The public point, not compressed.
    pub(super) fn public(&self) -> Vec<u8> {
        let (x, y) = self.curve.multiple(&self.private);
        let length = self.curve.length();
        [vec![4], padded(&x, length), padded(&y, length)].concat()
    }

    /// In the form of SEC 1.
    pub(super) fn der(&self) -> Vec<u8> {
        let private = padded(&self.private, self.curve.length());
        sequence(&[
            &integer(&BigUint::from(1_u8)),
            &element(der::BYTES, &private),
            &element(context(0), &element(der::OID, self.curve.identifier)),
            &element(context(1), &bits(&self.public())),
        ])
    }

    /// From the form of SEC 1, whose curve may be told from without; nothing if it is another form.
    pub(super) fn from_der(body: &[u8], curve: Option<&[u8]>) -> Option<Result<Self, String>> {
        let mut whole = Reader(body);
        let mut parts = whole.sequence().filter(|_| whole.is_empty())?;
        let version = parts.integer()?;
        let private = parts.element(der::BYTES)?.body;
        let own = parts.element(context(0)).and_then(|it| Reader(it.body).element(der::OID));
        Some(Self::checked(&version, private, curve.or(own.map(|it| it.body))))
    }

    fn checked(version: &BigUint, private: &[u8], curve: Option<&[u8]>) -> Result<Self, String> {
        if *version != BigUint::from(1_u8) {
            return Err(format!("x509: unknown EC private key version {version}"));
        }
        let curve = CURVES.iter().find(|it| Some(it.identifier) == curve);
        let curve = curve.ok_or("x509: unknown elliptic curve")?;
        let number = BigUint::from_bytes_be(private);
        if number >= hexadecimal(curve.order) {
            return Err("x509: invalid elliptic curve private key value".to_owned());
        }
        let zeros = private.len().saturating_sub(curve.length());
        if private[..zeros].iter().any(|it| *it != 0) {
            return Err("x509: invalid private key length".to_owned());
        }
        if number == BigUint::ZERO {
            return Err(super::broken("EC"));
        }
        Ok(Self { curve, private: number })
    }

    /// The numbers that RFC 6979, 3.2, tries one after the other in place of a random one.
    fn tries(&self, hash: &[u8], order: &BigUint) -> impl Iterator<Item = BigUint> {
        let (digest, _) = self.curve.hash;
        let length = order.bits().div_ceil(8) as usize;
        let seed =
            [padded(&self.private, length), padded(&(leftmost(hash, order) % order), length)]
                .concat();
        let mut value = vec![1; digest.size()];
        let mut key = vec![0; digest.size()];
        for mark in [0, 1] {
            key = digest.keyed(&key, &[&value[..], &[mark], &seed].concat());
            value = digest.keyed(&key, &value);
        }
        let order = order.clone();
        std::iter::from_fn(move || {
            let mut bytes = Vec::new();
            while bytes.len() < length {
                value = digest.keyed(&key, &value);
                bytes.extend(&value);
            }
            bytes.truncate(length);
            key = digest.keyed(&key, &[&value[..], &[0]].concat());
            value = digest.keyed(&key, &value);
            Some(leftmost(&bytes, &order))
        })
    }

    /// A signature of a text.
    pub(super) fn sign(&self, text: &[u8]) -> Vec<u8> {
        let (r, s) = self.signature(text);
        sequence(&[&integer(&r), &integer(&s)])
    }

    fn signature(&self, text: &[u8]) -> (BigUint, BigUint) {
        let order = hexadecimal(self.curve.order);
        let hash = self.curve.hash.0.of(text);
        let message = leftmost(&hash, &order);
        let mut found = (BigUint::ZERO, BigUint::ZERO);
        for nonce in self.tries(&hash, &order) {
            if nonce == BigUint::ZERO || nonce >= order {
                continue;
            }
            let r = self.curve.multiple(&nonce).0 % &order;
            let inverse = nonce.modinv(&order).unwrap_or_default();
            let s = inverse * (&message + &r * &self.private) % &order;
            if r != BigUint::ZERO && s != BigUint::ZERO {
                found = (r, s);
                break;
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6979, A.2.4 to A.2.7: keys, and what they make of the text `sample`.
    #[test]
    fn signatures_are_the_published_ones() {
        let cases = [
            (
                0,
                "f220266e1105bfe3083e03ec7a3a654651f45e37167e88600bf257c1",
                "61aa3da010e8e8406c656bc477a7a7189895e7e840cdfe8ff42307ba",
                "bc814050dab5d23770879494f9e0a680dc1af7161991bde692b10101",
            ),
            (
                1,
                "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
                "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
                "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
            ),
        ];
        for (curve, private, r, s) in cases {
            let key = Key { curve: &CURVES[curve], private: hexadecimal(private) };
            assert_eq!(key.signature(b"sample"), (hexadecimal(r), hexadecimal(s)));
        }
    }
}
