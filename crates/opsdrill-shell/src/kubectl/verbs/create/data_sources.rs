//! Keys and values from literals and files.

use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};

/// Where data may come from.
pub(super) const SOURCES: &[Flag] = &[
    Flag::array("from-literal").about("KEY=VALUE."),
    Flag::list("from-file").about("FILE, KEY=FILE or a directory of files."),
    Flag::list("from-env-file").about("A file of lines KEY=VALUE."),
    Flag::switch("append-hash").about("Append a hash of the content to the name."),
];

/// What complaints about keys say, which differs between the two kinds.
pub(super) struct Wording {
    /// About a key that comes twice.
    pub(super) twice: Box<dyn Fn(&str) -> String>,
    /// Before the rule that a key breaks.
    pub(super) not_valid: &'static str,
}

/// What a key may look like.
const KEY_RULE: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
/// What the name of an environment variable may look like.
const VARIABLE_RULE: &str = "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')";

/// Reads all data that the flags name.
pub(super) fn read(
    context: &mut Context,
    arguments: &Arguments,
    wording: &Wording,
) -> Result<Vec<(String, Vec<u8>)>, ToolError> {
    let files = arguments.list("from-file");
    let env_files = arguments.list("from-env-file");
    let literals = arguments.list("from-literal");
    if !env_files.is_empty() && files.len() + literals.len() > 0 {
        return Err(ToolError::plain(
            "from-env-file cannot be combined with from-file or from-literal",
        ));
    }
    let mut data = read_sources(context, &files)?;
    for source in &literals {
        let Some((key, value)) = source.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(ToolError::plain(format!(
                "invalid literal source {source}, expected key=value"
            )));
        };
        data.push((key.to_owned(), value.as_bytes().to_vec()));
    }
    for path in &env_files {
        read_variables(context, path, &mut data)?;
    }
    let mut seen = std::collections::BTreeSet::new();
    for (key, _) in &data {
        if !is_key(key) {
            let not_valid = wording.not_valid;
            return Err(ToolError::plain(format!("{key:?} {not_valid} {KEY_RULE}")));
        }
        if !seen.insert(key) {
            return Err(ToolError::plain((wording.twice)(key)));
        }
    }
    Ok(data)
}

fn is_key(key: &str) -> bool {
    let fits = |it: char| it.is_ascii_alphanumeric() || "-_.".contains(it);
    !key.is_empty() && key.chars().all(fits)
}

/// Reads a file of lines `KEY=VALUE`; a line with a key alone takes the value from the environment.
fn read_variables(
    context: &mut Context,
    path: &str,
    data: &mut Vec<(String, Vec<u8>)>,
) -> Result<(), ToolError> {
    if context.surroundings.entries(path).is_some() {
        return Err(ToolError::plain("env config file cannot be a directory"));
    }
    let bytes = read_bytes(context, path)?;
    for line in String::from_utf8_lossy(&bytes).lines() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = match line.split_once('=') {
            Some((key, value)) => (key, value.to_owned()),
            None => (line, context.surroundings.variable(line).unwrap_or_default()),
        };
        if !is_key(key) || key.starts_with(|it: char| it.is_ascii_digit()) {
            return Err(ToolError::plain(format!(
                "{key:?} is not a valid key name: {VARIABLE_RULE}"
            )));
        }
        data.push((key.to_owned(), value.into_bytes()));
    }
    Ok(())
}

/// Reads `FILE` and `KEY=FILE`.
pub(super) fn read_sources(
    context: &mut Context,
    sources: &[String],
) -> Result<Vec<(String, Vec<u8>)>, ToolError> {
    let mut data = Vec::new();
    for source in sources {
        read_file(context, source, &mut data)?;
    }
    Ok(data)
}

/// `FILE`, `KEY=FILE`, or every file of a directory.
fn read_file(
    context: &mut Context,
    source: &str,
    data: &mut Vec<(String, Vec<u8>)>,
) -> Result<(), ToolError> {
    let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let (key, path) = match source.split_once('=') {
        None => (last(source), source),
        Some((_, path)) if path.contains('=') => {
            return Err(ToolError::plain("key names or file paths cannot contain '='"));
        }
        Some(("", path)) => {
            return Err(ToolError::plain(format!("key name for file path {path} missing")));
        }
        Some((key, "")) => {
            return Err(ToolError::plain(format!("file path for key name {key} missing")));
        }
        Some((key, path)) => (key.to_owned(), path),
    };
    let Some(names) = context.surroundings.entries(path) else {
        data.push((key, read_bytes(context, path)?));
        return Ok(());
    };
    if source.contains('=') {
        return Err(ToolError::plain("cannot give a key name for a directory path"));
    }
    for name in names {
        let file = format!("{}/{name}", path.trim_end_matches('/'));
        if let Ok(bytes) = context.surroundings.read(&file) {
            data.push((name, bytes));
        }
    }
    Ok(())
}

fn read_bytes(context: &Context, path: &str) -> Result<Vec<u8>, ToolError> {
    let read = context.surroundings.read(path);
    read.map_err(|why| ToolError::plain(format!("error reading {path}: {}", why.0)))
}
