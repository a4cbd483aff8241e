//! What a chart is given: its defaults, values files, what the command line sets.
//!
//! - [`set`]: `--set` and its kin
//! - [`coalesce`]: given values over defaults, through all subcharts
//! - [`convert`]: documents as templates see them, and back

pub mod coalesce;
pub mod convert;
mod rows;
pub mod set;

use serde_json::{Map, Value};

use crate::yaml;

/// Where values come from, in the order in which Helm heeds them.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-f`: the files' names and texts.
    pub files: Vec<(String, String)>,
    /// `--set-json`.
    pub set_json: Vec<String>,
    /// `--set`.
    pub set: Vec<String>,
    /// `--set-string`.
    pub set_string: Vec<String>,
    /// `--set-file`: keys with the names of files.
    pub set_file: Vec<String>,
    /// `--set-literal`.
    pub set_literal: Vec<String>,
}

impl Options {
    /// The values of all together; `read` knows the files that `--set-file` names.
    ///
    /// # Errors
    /// With Helm's words.
    pub fn values(
        &self,
        read: &mut dyn FnMut(&str) -> Result<String, String>,
    ) -> Result<Map<String, Value>, String> {
        let mut values = Map::new();
        for (name, text) in &self.files {
            let given = yaml::map(text).map_err(|why| format!("failed to parse {name}: {why}"))?;
            overlay(&mut values, given);
        }
        for text in &self.set_json {
            let failed = |why| format!("failed parsing --set-json data {text}: {why}");
            if text.trim_start().starts_with('{') {
                let failed = |why| format!("failed parsing --set-json data JSON: {text}: {why}");
                overlay(&mut values, yaml::json_map(text).map_err(failed)?);
            } else {
                set::parse_json(text, &mut values).map_err(failed)?;
            }
        }
        for text in &self.set {
            let failed = |why| format!("failed parsing --set data: {why}");
            set::parse(text, &mut values).map_err(failed)?;
        }
        for text in &self.set_string {
            let failed = |why| format!("failed parsing --set-string data: {why}");
            set::parse_string(text, &mut values).map_err(failed)?;
        }
        for text in &self.set_file {
            let failed = |why| format!("failed parsing --set-file data: {why}");
            set::parse_file(text, &mut values, read).map_err(failed)?;
        }
        for text in &self.set_literal {
            let failed = |why| format!("failed parsing --set-literal data: {why}");
            set::parse_literal(text, &mut values).map_err(failed)?;
        }
        Ok(values)
    }
}

/// Lays values over others: maps merge, all else is replaced.
pub fn overlay(values: &mut Map<String, Value>, above: Map<String, Value>) {
    for (key, value) in above {
        match (values.get_mut(&key), value) {
            (Some(Value::Object(below)), Value::Object(above)) => overlay(below, above),
            (_, value) => {
                values.insert(key, value);
            }
        }
    }
}

/// Lays values over those of an earlier revision: a null takes away what was there, and stays where nothing was.
pub fn lay_over(values: &mut Map<String, Value>, below: &Map<String, Value>) {
    for (key, earlier) in below {
        match (values.get_mut(key), earlier) {
            (Some(Value::Null), Value::Null) => {}
            (Some(Value::Null), _) => {
                values.remove(key);
            }
            (Some(Value::Object(values)), Value::Object(earlier)) => lay_over(values, earlier),
            (Some(_), _) => {}
            (None, _) => {
                values.insert(key.clone(), earlier.clone());
            }
        }
    }
}
