//! The wire format of protobuf: numbered fields, each a number or some bytes.

use super::Failure;

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire<'a> {
    /// A variable-length integer.
    Int(u64),
    /// Eight or four bytes.
    Fixed(u64),
    /// Bytes: a text, a message, packed integers.
    Bytes(&'a [u8]),
}

/// Reads fields one after the other.
pub(super) struct Reader<'a>(&'a [u8]);

const END: Failure = "unexpected EOF";

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    fn take(&mut self, count: u64) -> Result<&'a [u8], Failure> {
        let count = usize::try_from(count).map_err(|_| END)?;
        let (taken, rest) = self.0.split_at_checked(count).ok_or(END)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A variable-length integer.
    pub(super) fn varint(&mut self) -> Result<u64, Failure> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first().ok_or(END)?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err("proto: integer overflow")
    }

    /// The next field: its number and its value.
    pub(super) fn next(&mut self) -> Result<Option<(u32, Wire<'a>)>, Failure> {
        if self.is_at_end() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).map_err(|_| "proto: illegal tag")?;
        if number == 0 {
            return Err("proto: illegal tag 0");
        }
        let wire = match tag & 7 {
            0 => Wire::Int(self.varint()?),
            1 => {
                let bytes = self.take(8)?.try_into().expect("eight bytes were taken");
                Wire::Fixed(u64::from_le_bytes(bytes))
            }
            2 => {
                let length = self.varint()?;
                Wire::Bytes(self.take(length)?)
            }
            5 => {
                let bytes = self.take(4)?.try_into().expect("four bytes were taken");
                Wire::Fixed(u64::from(u32::from_le_bytes(bytes)))
            }
            _ => return Err("proto: illegal wireType"),
        };
        Ok(Some((number, wire)))
    }
}
