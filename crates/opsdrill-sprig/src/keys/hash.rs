//! The hashes that signatures are made of.

use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// A hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// Of bytes.
    pub(crate) fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }

    /// Bytes of its block and of its result.
    fn sizes(self) -> (usize, usize) {
        match self {
            Self::Sha256 => (64, 32),
            Self::Sha384 => (128, 48),
            Self::Sha512 => (128, 64),
        }
    }

    /// Bytes of its result.
    pub(crate) fn size(self) -> usize {
        self.sizes().1
    }

    /// With a key (HMAC, RFC 2104).
    pub(crate) fn keyed(self, key: &[u8], bytes: &[u8]) -> Vec<u8> {
        let (block, _) = self.sizes();
        let mut key = if key.len() > block { self.of(key) } else { key.to_vec() };
        key.resize(block, 0);
        let with = |pad: u8| key.iter().map(|it| it ^ pad).collect::<Vec<u8>>();
        self.of(&[with(0x5c), self.of(&[&with(0x36), bytes].concat())].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|it| format!("{it:02x}")).collect()
    }

    /// Case 2 of RFC 4231, and case 6 with its long key.
    #[test]
    fn keyed_hashes_are_the_published_ones() {
        let text = b"what do ya want for nothing?";
        let sha256 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex(&Hash::Sha256.keyed(b"Jefe", text)), sha256);
        let long = b"Test Using Larger Than Block-Size Key - Hash Key First";
        let sha256 = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54";
        assert_eq!(hex(&Hash::Sha256.keyed(&[0xaa; 131], long)), sha256);
    }
}
