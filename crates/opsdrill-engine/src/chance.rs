//! Chance: one independent stream of random numbers per purpose and key.
//!
//! One more draw in the scheduler must not rename every pod, so nobody shares a generator. Noise on metrics and
//! logs is a hash of (seed, series, time) and can be evaluated at any instant without a history.

use bevy_ecs::resource::Resource;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The seed of a session and the streams made from it.
#[derive(Resource, Clone, Debug)]
pub struct Chance {
    seed: u64,
    draws: u64,
}

impl Chance {
    /// The chance of a session with this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, draws: 0 }
    }

    /// The session's seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The stream for a purpose and a key: the same every time it is asked for.
    pub fn stream(&self, purpose: &str, key: &str) -> ChaCha8Rng {
        ChaCha8Rng::from_seed(self.digest(purpose, key.as_bytes()))
    }

    /// A stream that is new at each call, for names and UIDs; the count of calls is part of the session's state.
    pub fn next_stream(&mut self, purpose: &str) -> ChaCha8Rng {
        self.draws += 1;
        ChaCha8Rng::from_seed(self.digest(purpose, &self.draws.to_le_bytes()))
    }

    /// A number in `low..=high` from the stream of a purpose and a key.
    pub fn between(&self, purpose: &str, key: &str, low: u64, high: u64) -> u64 {
        let span = high.saturating_sub(low).saturating_add(1).max(1);
        low + self.stream(purpose, key).next_u64() % span
    }

    /// Noise for a series at a time, evenly spread over `0..span`, without any history.
    pub fn noise(&self, series: &str, time: u64, span: u64) -> u64 {
        let digest = self.digest(series, &time.to_le_bytes());
        let number = u64::from_le_bytes(digest[..8].try_into().expect("eight bytes"));
        number % span.max(1)
    }

    fn digest(&self, purpose: &str, key: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.seed.to_le_bytes());
        hasher.update(&(purpose.len() as u64).to_le_bytes());
        hasher.update(purpose.as_bytes());
        hasher.update(key);
        *hasher.finalize().as_bytes()
    }
}

/// The letters of generated names: no vowels, nothing that looks like something else
/// (`k8s.io/apimachinery/pkg/util/rand`).
pub(crate) const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// Random letters as they end generated names.
pub(crate) fn letters(stream: &mut ChaCha8Rng, count: usize) -> String {
    let letter = |_| char::from(LETTERS[stream.next_u32() as usize % LETTERS.len()]);
    (0..count).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_purpose_key_and_seed_and_are_repeatable() {
        let chance = Chance::new(7);
        let first = |purpose, key| chance.stream(purpose, key).next_u64();
        assert_eq!(first("a", "x"), first("a", "x"));
        assert_ne!(first("a", "x"), first("a", "y"));
        assert_ne!(first("a", "x"), first("b", "x"));
        assert_ne!(first("a", "x"), Chance::new(8).stream("a", "x").next_u64());
    }
}
