//! `--kube-version`: the version that a cluster is taken for, read as Kubernetes reads its own.

use crate::kubectl::flags::Arguments;

use super::failure::{Failure, Outcome};

/// The version that `--kube-version` names, if it names one: its numbers, of which there are two at least.
///
/// # Errors
/// With Helm's words.
pub(super) fn of(arguments: &Arguments) -> Outcome<Option<Vec<u64>>> {
    let text = arguments.text("kube-version");
    if text.is_empty() {
        return Ok(None);
    }
    let read = parse(text);
    read.map(Some).map_err(|why| Failure::Plain(format!("invalid kube version '{text}': {why}")))
}

/// As it is shown: `v1.33.2`.
pub(super) fn shown(numbers: &[u64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
    format!("v{}", numbers.join("."))
}

/// What follows the numbers does not count.
fn parse(text: &str) -> Result<Vec<u64>, String> {
    let rest = text.trim_start();
    let rest = rest.strip_prefix('v').unwrap_or(rest);
    let mut parts: Vec<&str> = Vec::new();
    let mut ahead = Some(rest);
    while let Some(rest) = ahead.take() {
        let end = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
        if end == 0 {
            break;
        }
        parts.push(&rest[..end]);
        ahead = rest[end..].strip_prefix('.');
    }
    match parts.as_slice() {
        [] => return Err(format!("could not parse {text:?} as version")),
        [_] => return Err(format!("illegal version string {text:?}")),
        [first, ..] if first.len() > 1 && first.starts_with('0') => {
            return Err(format!("illegal zero-prefixed version component {first:?} in {text:?}"));
        }
        _ => {}
    }
    let number = |part: &&str| {
        part.parse().map_err(|_| {
            format!("illegal non-numeric version component {part:?} in {text:?}: strconv.ParseUint: parsing {part:?}: value out of range")
        })
    };
    parts.iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_far_as_they_go() {
        assert_eq!(parse("v1.33.2-gke.7"), Ok(vec![1, 33, 2]));
        assert_eq!(parse("1.33"), Ok(vec![1, 33]));
        assert_eq!(shown(&[1, 33]), "v1.33");
        assert_eq!(parse("x"), Err("could not parse \"x\" as version".to_owned()));
        assert_eq!(parse("1"), Err("illegal version string \"1\"".to_owned()));
        let zero = "illegal zero-prefixed version component \"01\" in \"01.2\"";
        assert_eq!(parse("01.2"), Err(zero.to_owned()));
    }
}
