//! What is random in Go: here it comes from the seed of the surroundings.

use opsdrill_template::Value;

use super::encoding::base64;
use crate::arguments::{int, text};
use crate::surroundings::Surroundings;

type Answer = Result<Value, String>;

/// The longest random text.
const LENGTH_MAX: usize = 1 << 20;

const DIGITS: &str = "0123456789";
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn length(arguments: &[Value]) -> Result<usize, String> {
    let count = usize::try_from(int(arguments, 0)).unwrap_or_default();
    if count > LENGTH_MAX {
        return Err(format!("the text would be longer than {LENGTH_MAX} bytes"));
    }
    Ok(count)
}

fn of_letters(surroundings: &Surroundings, arguments: &[Value], letters: &str) -> Answer {
    let letters = letters.as_bytes();
    let letter = || char::from(letters[surroundings.below(letters.len() as u64) as usize]);
    Ok((0..length(arguments)?).map(|_| letter()).collect::<String>().into())
}

pub(super) fn alphanumeric(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    of_letters(surroundings, arguments, &format!("{DIGITS}{LETTERS}"))
}

pub(super) fn alpha(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    of_letters(surroundings, arguments, LETTERS)
}

pub(super) fn numeric(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    of_letters(surroundings, arguments, DIGITS)
}

pub(super) fn ascii(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    of_letters(surroundings, arguments, &(' '..='~').collect::<String>())
}

/// Random bytes in base 64.
pub(super) fn bytes(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    Ok(base64(&surroundings.bytes(length(arguments)?)).into())
}

/// A number from the first up to before the second.
pub(super) fn int_between(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    let (low, high) = (int(arguments, 0), int(arguments, 1));
    match u64::try_from(high.wrapping_sub(low)) {
        Ok(span) if span > 0 => Ok(Value::int(low + surroundings.below(span) as i64)),
        _ => Err("invalid argument to Intn".to_owned()),
    }
}

/// The characters of a text in another order.
#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn shuffle(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    let mut characters: Vec<char> = text(arguments, 0).chars().collect();
    for last in (1..characters.len()).rev() {
        characters.swap(last, surroundings.below(last as u64 + 1) as usize);
    }
    Ok(characters.into_iter().collect::<String>().into())
}

/// A random UUID of version 4.
#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn uuid(surroundings: &Surroundings, _: &[Value]) -> Answer {
    let mut bytes = surroundings.bytes(16);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|it| format!("{it:02x}")).collect();
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    Ok(parts.join("-").into())
}
