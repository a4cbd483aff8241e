//! Hashes of passwords.
#![expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]

use opsdrill_template::Value;

use crate::arguments::text;
use crate::bcrypt::hash;
use crate::surroundings::Surroundings;

type Answer = Result<Value, String>;

/// How dear a hash is: two to this power of rounds, as in Go.
const COST: u32 = 10;

/// Bytes beyond which Go refuses a password.
const PASSWORD_BYTES_MAX: usize = 72;

fn hashed(surroundings: &Surroundings, password: &str) -> String {
    if password.len() > PASSWORD_BYTES_MAX {
        return "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes"
            .to_owned();
    }
    hash(password, COST, &surroundings.bytes(16))
}

pub(super) fn bcrypt(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    Ok(hashed(surroundings, text(arguments, 0)).into())
}

/// A line of a file of passwords.
pub(super) fn htpasswd(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    let (name, password) = (text(arguments, 0), text(arguments, 1));
    if name.contains(':') {
        return Ok(format!("invalid username: {name}").into());
    }
    Ok(format!("{name}:{}", hashed(surroundings, password)).into())
}
