//! A text into its documents, as kubectl's reader splits it.

use serde_json::Value;

use super::{Document, YamlError};

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

/// The documents of a text that is a stream of JSON objects; `None` if it is not.
pub(super) fn json_documents(text: &str) -> Option<Vec<Document>> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let mut documents = Vec::new();
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    loop {
        let start = stream.byte_offset();
        let Some(value) = stream.next() else { return Some(documents) };
        let blank = text[start..].len() - text[start..].trim_start().len();
        let line = text[..start + blank].matches('\n').count() + 1;
        documents.push(Document { value: value.ok()?, line, duplicates: Vec::new() });
    }
}
