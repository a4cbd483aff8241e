//! `-o custom-columns`: a table whose columns are paths into the documents.

use opsdrill_objects::go_format;
use opsdrill_objects::jsonpath::Template;
use opsdrill_objects::table::{LIST, align, tabbed};
use serde_json::Value;

use crate::kubectl::errors::ToolError;

/// The columns of a table, each with its heading and the path of its cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    headings: Vec<String>,
    paths: Vec<Template>,
    no_headers: bool,
}

impl Columns {
    /// Reads `NAME:.metadata.name,IMAGE:.spec.image`.
    ///
    /// # Errors
    /// kubectl's complaint about the text.
    pub fn parse(text: &str, no_headers: bool) -> Result<Self, ToolError> {
        if text.is_empty() {
            return Err(ToolError::plain(
                "custom-columns format specified but no custom columns given",
            ));
        }
        let mut columns = Self { headings: Vec::new(), paths: Vec::new(), no_headers };
        for part in text.split(',') {
            let Some((heading, path)) = part.split_once(':') else {
                return Err(ToolError::plain(format!(
                    "unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"
                )));
            };
            columns.push(heading, path)?;
        }
        Ok(columns)
    }

    /// Reads a file: headings on its first line, paths on its second.
    ///
    /// # Errors
    /// kubectl's complaint about the text.
    pub fn parse_file(text: &str, no_headers: bool) -> Result<Self, ToolError> {
        let mut lines = text.lines();
        let headings: Vec<&str> = lines.next().unwrap_or_default().split_whitespace().collect();
        let paths: Vec<&str> = lines.next().unwrap_or_default().split_whitespace().collect();
        if headings.len() != paths.len() {
            return Err(ToolError::plain(format!(
                "number of headers ({}) and field specifications ({}) don't match",
                headings.len(),
                paths.len()
            )));
        }
        let mut columns = Self { headings: Vec::new(), paths: Vec::new(), no_headers };
        for (heading, path) in headings.into_iter().zip(paths) {
            columns.push(heading, path)?;
        }
        Ok(columns)
    }

    fn push(&mut self, heading: &str, path: &str) -> Result<(), ToolError> {
        self.headings.push(heading.to_owned());
        self.paths.push(Template::parse_relaxed(path).map_err(ToolError::plain)?);
        Ok(())
    }

    /// The table of documents.
    ///
    /// # Errors
    /// When a path does not fit a document.
    pub fn print(&self, documents: &[Value]) -> Result<String, ToolError> {
        let mut rows = Vec::new();
        if !self.no_headers {
            rows.push(self.headings.clone());
        }
        for document in documents {
            let cells: Result<Vec<String>, String> =
                self.paths.iter().map(|path| cell(path, document)).collect();
            rows.push(cells.map_err(ToolError::plain)?);
        }
        Ok(align(&tabbed(None, &rows), LIST))
    }
}

fn cell(path: &Template, document: &Value) -> Result<String, String> {
    let groups = path.find_groups(document)?;
    if groups.first().is_none_or(Vec::is_empty) {
        return Ok("<none>".to_owned());
    }
    let texts: Vec<String> = groups.into_iter().flatten().map(printed).collect();
    Ok(texts.join(","))
}

fn printed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => go_format::default_format(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_come_from_paths_and_missing_ones_say_so() {
        let pods = [
            json!({ "metadata": { "name": "agent-8s5hf" }, "status": { "phase": "Running" } }),
            json!({ "metadata": { "name": "f-cpu" } }),
        ];
        let columns = Columns::parse("N:.metadata.name,P:.status.phase", false).unwrap();
        assert_eq!(
            columns.print(&pods).unwrap(),
            "N             P\nagent-8s5hf   Running\nf-cpu         <none>\n"
        );
        let file = Columns::parse_file("N P\n.metadata.name .status.phase\n", true).unwrap();
        assert_eq!(file.print(&pods[..1]).unwrap(), "agent-8s5hf   Running\n");
    }

    #[test]
    fn a_column_without_a_path_is_refused() {
        let error = Columns::parse("N", false).unwrap_err();
        assert_eq!(
            error.text("kubectl get"),
            "error: unexpected custom-columns spec: N, expected <header>:<json-path-expr>\n"
        );
    }
}
