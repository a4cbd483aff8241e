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

/// Reads all data that the flags name; `twice` is the complaint about a key that comes twice.
pub(super) fn read(
    context: &mut Context,
    arguments: &Arguments,
    twice: impl Fn(&str) -> String,
) -> Result<Vec<(String, Vec<u8>)>, ToolError> {
    let files = arguments.list("from-file");
    let env_files = arguments.list("from-env-file");
    let literals = arguments.list("from-literal");
    if !env_files.is_empty() && files.len() + literals.len() > 0 {
        return Err(ToolError::plain(
            "from-env-file cannot be combined with from-file or from-literal",
        ));
    }
    let mut data = Vec::new();
    for source in &files {
        read_file(context, source, &mut data)?;
    }
    for source in &literals {
        let Some((key, value)) = source.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(ToolError::plain(format!(
                "invalid literal source {source}, expected key=value"
            )));
        };
        data.push((key.to_owned(), value.as_bytes().to_vec()));
    }
    for path in &env_files {
        let bytes = read_bytes(context, path)?;
        for line in String::from_utf8_lossy(&bytes).lines() {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            data.push((key.to_owned(), value.as_bytes().to_vec()));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    if let Some((key, _)) = data.iter().find(|(key, _)| !seen.insert(key.clone())) {
        return Err(ToolError::plain(twice(key)));
    }
    Ok(data)
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
        Some((key, path)) if !key.is_empty() && !path.is_empty() => (key.to_owned(), path),
        Some(_) => {
            return Err(ToolError::plain(format!(
                "key name or file path missing in file source {source}"
            )));
        }
        None => (last(source), source),
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
