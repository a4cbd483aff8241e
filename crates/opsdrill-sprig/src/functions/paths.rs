//! Paths of files.
#![expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]

use opsdrill_template::Value;

use crate::arguments::text;

type Answer = Result<Value, String>;

/// The shortest path that leads to the same place.
pub fn cleaned(path: &str) -> String {
    let is_rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if kept.last().is_some_and(|it| *it != "..") => {
                kept.pop();
            }
            ".." if is_rooted => {}
            other => kept.push(other),
        }
    }
    match (is_rooted, kept.join("/")) {
        (true, rest) => format!("/{rest}"),
        (false, rest) if rest.is_empty() => ".".to_owned(),
        (false, rest) => rest,
    }
}

/// The last part of a path.
pub fn base_of(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() { "/" } else { trimmed.rsplit('/').next().unwrap_or(trimmed) }
}

/// The last part's ending, with its dot.
pub fn extension_of(path: &str) -> &str {
    let last = path.rsplit('/').next().unwrap_or(path);
    last.rfind('.').map_or("", |it| &last[it..])
}

pub(super) fn base(arguments: &[Value]) -> Answer {
    Ok(base_of(text(arguments, 0)).into())
}

pub(super) fn dir(arguments: &[Value]) -> Answer {
    let path = text(arguments, 0);
    let end = path.rfind('/').map_or(0, |it| it + 1);
    Ok(cleaned(&path[..end]).into())
}

pub(super) fn clean(arguments: &[Value]) -> Answer {
    Ok(cleaned(text(arguments, 0)).into())
}

pub(super) fn ext(arguments: &[Value]) -> Answer {
    Ok(extension_of(text(arguments, 0)).into())
}

pub(super) fn is_abs(arguments: &[Value]) -> Answer {
    Ok(text(arguments, 0).starts_with('/').into())
}
