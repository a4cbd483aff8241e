//! What Go takes from the machine, handed in by the caller: chance and the clock.

use std::cell::{Cell, RefCell};
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

/// How often one render may call for what is dear on purpose: passwords' hashes, keys and certificates.
const DEAR_MAX: u32 = 100;

/// Chance and clock.
#[derive(Clone)]
pub struct Surroundings {
    chance: Rc<RefCell<SeededChance>>,
    now: Time,
    /// How often something dear was called for.
    dear: Rc<Cell<u32>>,
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Surroundings").field("now", &self.now).finish_non_exhaustive()
    }
}

impl Surroundings {
    /// Chance from a seed, and a clock that stands still.
    pub fn new(chance: SeededChance, now: Time) -> Self {
        Self { chance: Rc::new(RefCell::new(chance)), now, dear: Rc::default() }
    }

    /// What the clock shows.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Counts something that takes tens of milliseconds on purpose.
    ///
    /// # Errors
    /// When there were too many.
    pub(crate) fn spend(&self) -> Result<(), String> {
        self.dear.set(self.dear.get() + 1);
        if self.dear.get() > DEAR_MAX {
            return Err(format!(
                "opsdrill: not simulated: more than {DEAR_MAX} keys, certificates and passwords' hashes in one go"
            ));
        }
        Ok(())
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
