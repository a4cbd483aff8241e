//! The binary form (DER) of what keys and certificates say: writing it, and reading what is well-formed.

use num_bigint::BigUint;

pub(crate) const BOOL: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BITS: u8 = 0x03;
pub(crate) const BYTES: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const UTF8_TEXT: u8 = 0x0c;
pub(crate) const PRINTABLE_TEXT: u8 = 0x13;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const LONG_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// The tag of nothing with its length.
pub(crate) const NULL: &[u8] = &[0x05, 0x00];

/// A tag by its number in its context; what is made of parts has another bit.
pub(crate) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// One element.
pub(crate) fn element(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut all = vec![tag];
    if body.len() < 0x80 {
        all.push(body.len() as u8);
    } else {
        let length = body.len().to_be_bytes();
        let zeros = length.iter().take_while(|it| **it == 0).count();
        all.push(0x80 | (length.len() - zeros) as u8);
        all.extend(&length[zeros..]);
    }
    all.extend(body);
    all
}

/// A sequence of elements.
pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(SEQUENCE, &parts.concat())
}

/// A whole number that is not negative.
pub(crate) fn integer(number: &BigUint) -> Vec<u8> {
    let mut bytes = number.to_bytes_be();
    if bytes[0] >= 0x80 {
        bytes.insert(0, 0);
    }
    element(INTEGER, &bytes)
}

/// Whole bytes as a text of bits.
pub(crate) fn bits(bytes: &[u8]) -> Vec<u8> {
    element(BITS, &[&[0], bytes].concat())
}

/// An element that was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'d> {
    pub(crate) body: &'d [u8],
    /// With its tag and length.
    pub(crate) whole: &'d [u8],
}

/// Reads one element after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'d>(pub(crate) &'d [u8]);

impl<'d> Reader<'d> {
    /// The next element; tags of more than one byte and lengths of more than four are none.
    fn any(&mut self) -> Option<Element<'d>> {
        let length = *self.0.get(1)?;
        let (head, length) = if length < 0x80 {
            (2, usize::from(length))
        } else {
            let count = usize::from(length & 0x7f);
            let bytes = self.0.get(2..2 + count).filter(|_| matches!(count, 1..=4))?;
            (2 + count, bytes.iter().fold(0, |sum, it| sum << 8 | usize::from(*it)))
        };
        let end = head.checked_add(length)?;
        let element = Element { body: self.0.get(head..end)?, whole: &self.0[..end] };
        self.0 = &self.0[end..];
        Some(element)
    }

    /// The next element if it has a tag.
    pub(crate) fn element(&mut self, tag: u8) -> Option<Element<'d>> {
        if self.0.first() == Some(&tag) { self.any() } else { None }
    }

    /// The elements of a sequence.
    pub(crate) fn sequence(&mut self) -> Option<Self> {
        self.element(SEQUENCE).map(|it| Self(it.body))
    }

    /// A whole number that is not negative.
    pub(crate) fn integer(&mut self) -> Option<BigUint> {
        let body = self.element(INTEGER)?.body;
        (*body.first()? < 0x80).then(|| BigUint::from_bytes_be(body))
    }

    /// Whole bytes in a text of bits.
    pub(crate) fn bits(&mut self) -> Option<&'d [u8]> {
        self.element(BITS)?.body.strip_prefix(&[0])
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let long = vec![7; 300];
        let number = BigUint::from(0x80_u8);
        let all = sequence(&[&integer(&number), &element(BYTES, &long), &bits(&[1])]);
        assert_eq!(all[..4], [0x30, 0x82, 0x01, 0x38]);
        let mut reader = Reader(&all);
        let mut parts = reader.sequence().expect("a sequence");
        assert!(reader.is_empty());
        assert_eq!(parts.integer(), Some(number));
        assert!(parts.integer().is_none());
        assert_eq!(parts.element(BYTES).map(|it| it.body), Some(&long[..]));
        assert_eq!(parts.bits(), Some(&[1][..]));
        for cut in 0..all.len() {
            assert!(Reader(&all[..cut]).sequence().is_none());
        }
        assert!(Reader(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).sequence().is_none());
    }
}
