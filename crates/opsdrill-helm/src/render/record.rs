//! A Go struct, as far as templates see it.

use std::any::Any;

use opsdrill_template::{Native, Value};

/// Named values of a type.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) type_name: &'static str,
    pub(super) text: String,
    pub(super) fields: Vec<(&'static str, Value)>,
    /// What it is in JSON.
    pub(super) document: Value,
}

impl Native for Record {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn kind(&self) -> &'static str {
        if self.type_name.starts_with('*') { "ptr" } else { "struct" }
    }

    fn member(&self, name: &str, _: &[Value]) -> Option<Result<Value, String>> {
        self.fields.iter().find(|(it, _)| *it == name).map(|(_, it)| Ok(it.clone()))
    }

    fn text(&self) -> String {
        self.text.clone()
    }

    fn document(&self) -> Option<Value> {
        Some(self.document.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
