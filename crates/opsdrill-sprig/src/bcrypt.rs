//! The hash bcrypt, by its published description: Blowfish with a key schedule that is dear on purpose.

use std::sync::LazyLock;

/// Words of the cipher's state: 18 of the key schedule and four boxes of 256.
const KEYS: usize = 18;
const BOX: usize = 256;
const WORDS: usize = KEYS + 4 * BOX;

/// The alphabet of bcrypt's own base 64.
const ALPHABET: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// What is encrypted.
const PLAIN: &[u8; 24] = b"OrpheanBeholderScryDoubt";

/// The state at the start: the digits of pi behind the point.
static PI: LazyLock<Vec<u32>> = LazyLock::new(digits_of_pi);

/// A number below sixteen: words behind the point, the first one before it.
struct Fixed(Vec<u32>);

impl Fixed {
    /// Words that are too many, for what division loses.
    const GUARD: usize = 4;

    fn new(number: u32) -> Self {
        let mut words = vec![0; 1 + WORDS + Self::GUARD];
        words[0] = number;
        Self(words)
    }

    fn divide(&mut self, divisor: u32) {
        let divisor = u64::from(divisor);
        let mut rest = 0;
        for word in &mut self.0 {
            let part = rest << 32 | u64::from(*word);
            *word = (part / divisor) as u32;
            rest = part % divisor;
        }
    }

    fn add(&mut self, other: &Self) {
        let mut carry = 0;
        for (word, more) in self.0.iter_mut().zip(&other.0).rev() {
            let sum = u64::from(*word) + u64::from(*more) + carry;
            *word = sum as u32;
            carry = sum >> 32;
        }
    }

    fn subtract(&mut self, other: &Self) {
        let mut borrow = false;
        for (word, less) in self.0.iter_mut().zip(&other.0).rev() {
            let (first, one) = word.overflowing_sub(*less);
            let (second, two) = first.overflowing_sub(u32::from(borrow));
            *word = second;
            borrow = one || two;
        }
    }

    fn is_zero(&self) -> bool {
        self.0.iter().all(|it| *it == 0)
    }

    /// So many times the arc tangent of one part in `divisor`.
    fn arc_tangent(factor: u32, divisor: u32) -> Self {
        let mut power = Self::new(factor);
        power.divide(divisor);
        let mut sum = Self(power.0.clone());
        for odd in (3..).step_by(2) {
            power.divide(divisor * divisor);
            if power.is_zero() {
                break;
            }
            let mut term = Self(power.0.clone());
            term.divide(odd);
            if odd % 4 == 3 { sum.subtract(&term) } else { sum.add(&term) }
        }
        sum
    }
}

/// By Machin's formula.
fn digits_of_pi() -> Vec<u32> {
    let mut pi = Fixed::arc_tangent(16, 5);
    pi.subtract(&Fixed::arc_tangent(4, 239));
    pi.0[1..=WORDS].to_vec()
}

struct Cipher {
    keys: [u32; KEYS],
    boxes: [[u32; BOX]; 4],
}

impl Cipher {
    fn new() -> Self {
        let mut cipher = Self { keys: [0; KEYS], boxes: [[0; BOX]; 4] };
        let mut words = PI.iter().copied();
        let state = cipher.keys.iter_mut().chain(cipher.boxes.iter_mut().flatten());
        state.zip(&mut words).for_each(|(target, it)| *target = it);
        cipher
    }

    fn encrypt(&self, mut left: u32, mut right: u32) -> (u32, u32) {
        for key in &self.keys[..16] {
            left ^= key;
            let [a, b, c, d] = left.to_be_bytes().map(usize::from);
            let mixed = self.boxes[0][a].wrapping_add(self.boxes[1][b]) ^ self.boxes[2][c];
            right ^= mixed.wrapping_add(self.boxes[3][d]);
            (left, right) = (right, left);
        }
        (right ^ self.keys[17], left ^ self.keys[16])
    }

    /// Mixes a key, and perhaps a salt, into the state.
    fn expand(&mut self, key: &[u8], salt: Option<&[u8]>) {
        let mut bytes = key.iter().cycle();
        for word in &mut self.keys {
            *word ^= next_word(&mut bytes);
        }
        let mut salt = salt.map(|it| it.iter().cycle());
        let (mut left, mut right) = (0, 0);
        for place in (0..WORDS).step_by(2) {
            if let Some(salt) = &mut salt {
                left ^= next_word(salt);
                right ^= next_word(salt);
            }
            (left, right) = self.encrypt(left, right);
            *self.word(place) = left;
            *self.word(place + 1) = right;
        }
    }

    fn word(&mut self, place: usize) -> &mut u32 {
        match place.checked_sub(KEYS) {
            None => &mut self.keys[place],
            Some(place) => &mut self.boxes[place / BOX][place % BOX],
        }
    }
}

fn next_word<'b>(bytes: &mut impl Iterator<Item = &'b u8>) -> u32 {
    bytes.take(4).fold(0, |word, it| word << 8 | u32::from(*it))
}

fn encoded(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let part = |index: usize| u32::from(group.get(index).copied().unwrap_or_default());
        let bits = part(0) << 16 | part(1) << 8 | part(2);
        for digit in 0..=group.len() {
            text.push(char::from(ALPHABET[(bits >> (18 - 6 * digit) & 63) as usize]));
        }
    }
    text
}

/// The hash of a password: `$2a$10$…`.
pub(crate) fn hash(password: &str, cost: u32, salt: &[u8]) -> String {
    let key = [password.as_bytes(), &[0]].concat();
    let key = &key[..key.len().min(72)];
    let mut cipher = Cipher::new();
    cipher.expand(key, Some(salt));
    for _ in 0..1_u32 << cost {
        cipher.expand(key, None);
        cipher.expand(salt, None);
    }
    let mut hash = Vec::new();
    for block in PLAIN.chunks(8) {
        let mut bytes = block.iter();
        let (mut left, mut right) = (next_word(&mut bytes), next_word(&mut bytes));
        for _ in 0..64 {
            (left, right) = cipher.encrypt(left, right);
        }
        hash.extend(left.to_be_bytes());
        hash.extend(right.to_be_bytes());
    }
    format!("$2a${cost:02}${}{}", encoded(salt), encoded(&hash[..23]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blowfish's published first words, and hashes that were published with the algorithm.
    #[test]
    fn hashes_are_those_of_others() {
        assert_eq!(PI[..3], [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e]);
        assert_eq!(PI[WORDS - 1], 0x3ac3_72e6);
        let salt = [0x10, 0x41, 0x04, 0x10, 0x41, 0x04, 0x10, 0x41];
        let salt = [salt, [0x04, 0x10, 0x41, 0x04, 0x10, 0x41, 0x04, 0x10]].concat();
        let expected = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        assert_eq!(hash("U*U", 5, &salt), expected);
    }
}
