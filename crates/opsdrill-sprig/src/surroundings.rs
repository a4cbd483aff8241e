//! What Go takes from the machine, handed in by the caller: chance and the clock.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use sha2::{Digest as _, Sha256};

use crate::time::Time;

/// A source of chance that gives the same bytes for the same seed.
pub struct SeededChance {
    seed: Vec<u8>,
    block: u64,
    bytes: Vec<u8>,
}

impl SeededChance {
    /// Chance from a seed.
    pub fn new(seed: &[u8]) -> Self {
        Self { seed: seed.to_vec(), block: 0, bytes: Vec::new() }
    }

    fn byte(&mut self) -> u8 {
        if self.bytes.is_empty() {
            let mut hash = Sha256::new();
            hash.update(&self.seed);
            hash.update(self.block.to_be_bytes());
            self.bytes = hash.finalize().to_vec();
            self.block += 1;
        }
        self.bytes.pop().unwrap_or_default()
    }
}

/// Chance and clock.
#[derive(Clone)]
pub struct Surroundings {
    chance: Rc<RefCell<SeededChance>>,
    now: Time,
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Surroundings").field("now", &self.now).finish_non_exhaustive()
    }
}

impl Surroundings {
    /// Chance from a seed, and a clock that stands still.
    pub fn new(chance: SeededChance, now: Time) -> Self {
        Self { chance: Rc::new(RefCell::new(chance)), now }
    }

    /// What the clock shows.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Bytes of chance.
    pub fn bytes(&self, count: usize) -> Vec<u8> {
        let mut chance = self.chance.borrow_mut();
        (0..count).map(|_| chance.byte()).collect()
    }

    /// A number below a bound, which must not be zero.
    pub fn below(&self, bound: u64) -> u64 {
        let bytes = self.bytes(8);
        let number = bytes.iter().fold(0_u64, |sum, it| sum << 8 | u64::from(*it));
        number % bound
    }
}
