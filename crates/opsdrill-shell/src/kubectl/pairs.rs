//! Telling objects from `KEY=VALUE` (and `KEY-`) on a line.

use super::errors::ToolError;

/// A line of objects and pairs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// What names the objects.
    pub(super) objects: Vec<String>,
    /// `KEY=VALUE` in the order of the line.
    pub(super) pairs: Vec<(String, String)>,
    /// `KEY-`.
    pub(super) removals: Vec<String>,
}

impl Words {
    /// Takes a line apart; `kind` is what the pairs are called in complaints.
    pub(super) fn split(words: &[String], kind: &str) -> Result<Self, ToolError> {
        let mut split = Self::default();
        let mut invalid = Vec::new();
        for word in words {
            let is_pair = (word.contains('=') && !word.starts_with('='))
                || (word.ends_with('-') && word != "-");
            let pairs_began = !split.pairs.is_empty() || !split.removals.is_empty();
            if !is_pair && pairs_began {
                return Err(ToolError::plain(format!(
                    "all resources must be specified before {kind} changes: {word}"
                )));
            }
            if !is_pair {
                split.objects.push(word.clone());
            } else if let Some((key, value)) = word.split_once('=') {
                split.pairs.push((key.to_owned(), value.to_owned()));
            } else if kind == "image" {
                invalid.push(word.clone());
            } else {
                split.removals.push(word.trim_end_matches('-').to_owned());
            }
        }
        if invalid.is_empty() {
            return Ok(split);
        }
        let invalid = invalid.join(", ");
        Err(ToolError::plain(format!("invalid {kind} format: {invalid}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str, kind: &str) -> Result<Words, ToolError> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Words::split(&words, kind)
    }

    #[test]
    fn pairs_come_after_objects() {
        let words = split("deploy/web A=b=c OLD-", "environment").unwrap();
        assert_eq!(words.objects, ["deploy/web"]);
        assert_eq!(words.pairs, [("A".to_owned(), "b=c".to_owned())]);
        assert_eq!(words.removals, ["OLD"]);
        assert!(split("A=b deploy/web", "environment").is_err());
    }

    #[test]
    fn an_image_cannot_be_removed() {
        let error = split("deploy/web nginx-", "image").unwrap_err();
        assert_eq!(error.text("kubectl set image"), "error: invalid image format: nginx-\n");
    }
}
