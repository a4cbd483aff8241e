//! DSA keys. In Go they are made and read, and cannot sign.

use num_bigint::BigUint;

use super::{chosen_below, hexadecimal, numbers};
use crate::der::{self, Reader, element, integer};
use crate::surroundings::Surroundings;

/// A key with the parameters of its group.
#[derive(Debug)]
pub(crate) struct Key {
    prime: BigUint,
    order: BigUint,
    generator: BigUint,
    public: BigUint,
    private: BigUint,
}

impl Key {
    /// With the kept parameters, of 2048 and 256 bits: finding others takes Go seconds.
    pub(super) fn of_chance(surroundings: &Surroundings) -> Self {
        let kept = |name| numbers(name).first().copied().map(hexadecimal).unwrap_or_default();
        let (prime, order, generator) = (kept("dsa-p"), kept("dsa-q"), kept("dsa-g"));
        let private = chosen_below(&order, surroundings);
        let public = generator.modpow(&private, &prime);
        Self { prime, order, generator, public, private }
    }

    /// As OpenSSL writes it.
    pub(super) fn der(&self) -> Vec<u8> {
        let numbers = [
            &BigUint::ZERO,
            &self.prime,
            &self.order,
            &self.generator,
            &self.public,
            &self.private,
        ];
        element(der::SEQUENCE, &numbers.map(integer).concat())
    }

    /// What follows the sequence Go passes over.
    pub(super) fn from_der(body: &[u8]) -> Option<Self> {
        let mut parts = Reader(body).sequence()?;
        parts.integer()?;
        let mut next = || parts.integer();
        let [prime, order, generator, public, private] =
            [next()?, next()?, next()?, next()?, next()?];
        Some(Self { prime, order, generator, public, private })
    }
}
