//! A text into its documents, as kubectl's reader splits it.

use serde_json::Value;

use super::{Document, YamlError};
use crate::patch::json_syntax::{UNEXPECTED_END, parse_stream};

/// The text of one document.
pub(super) struct Chunk {
    pub(super) text: String,
    /// Line on which it starts, from 1.
    pub(super) line: usize,
}

/// Splits at lines that start with `---`. Line numbers in errors count from a chunk's start, because
/// that is how kubectl reads: document by document.
pub(super) fn chunks(text: &str) -> Result<Vec<Chunk>, YamlError> {
    let mut chunks = Vec::new();
    let mut chunk = Chunk { text: String::new(), line: 1 };
    for (index, line) in text.lines().enumerate() {
        if let Some(rest) = line.strip_prefix("---") {
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                return Err(YamlError::Separator(rest.to_owned()));
            }
            if !chunk.text.is_empty() {
                chunks.push(chunk);
                chunk = Chunk { text: String::new(), line: index + 2 };
                continue;
            }
        }
        chunk.text.push_str(line);
        chunk.text.push('\n');
    }
    if !chunk.text.is_empty() {
        chunks.push(chunk);
    }
    Ok(chunks)
}

/// Whether kubectl takes a text for JSON.
pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// The documents of a text that is a stream of JSON objects.
pub(super) fn json_documents(text: &str) -> Result<Vec<Document>, YamlError> {
    let values = parse_stream(text).map_err(|error| {
        YamlError::Json(match error.text.as_str() {
            UNEXPECTED_END => "unexpected EOF".to_owned(),
            problem => format!("json: offset {}: {problem}", error.offset),
        })
    })?;
    let document = |(start, value): (usize, Value)| {
        let line = text[..start].matches('\n').count() + 1;
        Document { value, line, duplicates: Vec::new() }
    };
    Ok(values.into_iter().map(document).collect())
}
