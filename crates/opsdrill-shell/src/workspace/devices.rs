//! The few files of `/dev` that are not bytes on a disk.

use std::fmt;

/// Bytes one read of `/dev/zero` yields: more than a file or the output of a line may hold.
const ZERO_BYTES: usize = 8 << 20;
/// Bytes one read of `/dev/urandom` yields.
const RANDOM_BYTES: usize = 1 << 20;

/// What stands behind a device file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Device {
    Null,
    Zero,
    Random,
}

/// The devices by path.
pub(super) const DEVICES: &[(&str, Device)] = &[
    ("/dev/null", Device::Null),
    ("/dev/zero", Device::Zero),
    ("/dev/random", Device::Random),
    ("/dev/urandom", Device::Random),
];

/// SplitMix64, enough for bytes nobody's security depends on.
#[derive(Clone)]
pub(super) struct RandomBytes(u64);

impl fmt::Debug for RandomBytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RandomBytes")
    }
}

impl RandomBytes {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Device {
    /// What a read of the whole file gives: a real device never ends, this one does.
    pub(super) fn read(self, random: &mut RandomBytes) -> Vec<u8> {
        match self {
            Self::Null => Vec::new(),
            Self::Zero => vec![0; ZERO_BYTES],
            Self::Random => {
                (0..RANDOM_BYTES / 8).flat_map(|_| random.next().to_le_bytes()).collect()
            }
        }
    }
}
