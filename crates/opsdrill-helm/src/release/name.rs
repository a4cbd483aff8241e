//! Which names a release may have.

/// A name is a part of other names, which may have 63 letters.
const NAME_MAX: usize = 53;

/// Looks whether a release may have a name.
///
/// # Errors
/// With Helm's words.
pub fn validate(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("no name provided".to_owned());
    }
    let is_inner = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    let is_part = |part: &str| {
        let edge = |it: Option<u8>| it.is_some_and(|it| is_inner(it) && it != b'-');
        let bytes = part.as_bytes();
        edge(bytes.first().copied()) && edge(bytes.last().copied()) && part.bytes().all(is_inner)
    };
    if name.len() > NAME_MAX || !name.split('.').all(is_part) {
        return Err(INVALID.to_owned());
    }
    Ok(())
}

const INVALID: &str = "invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_hosts() {
        for name in ["a", "web-1", "a.b-c", "0"] {
            assert_eq!(validate(name), Ok(()), "{name}");
        }
        let long = "a".repeat(54);
        for name in ["A", "-a", "a-", "a..b", "a_b", "", long.as_str()] {
            assert!(validate(name).is_err(), "{name}");
        }
    }
}
