//! Documents as YAML, as JSON, and as bare names.

use opsdrill_objects::{Kind, go_format, yaml};
use serde_json::{Value, json};

use crate::kubectl::errors::ToolError;
use crate::kubectl::resources::prefix_of;

use super::{Format, JsonPath, structures};

/// Prints documents: one for itself if `single`, otherwise a List of them.
///
/// # Errors
/// When a template does not fit the documents.
pub fn print(format: &Format, documents: &[Value], single: bool) -> Result<String, ToolError> {
    if *format == Format::Name {
        return Ok(documents.iter().map(name_line).collect());
    }
    if let Format::Columns(columns) = format {
        return columns.print(documents);
    }
    let value = match documents {
        [only] if single => only.clone(),
        items => list_of(items),
    };
    print_value(format, &value)
}

/// A `v1.List` as kubectl makes it of what it found.
pub fn list_of(items: &[Value]) -> Value {
    json!({ "apiVersion": "v1", "items": items, "kind": "List", "metadata": { "resourceVersion": "" } })
}

fn print_value(format: &Format, value: &Value) -> Result<String, ToolError> {
    match format {
        Format::Yaml => Ok(yaml::to_yaml(value)),
        Format::Json => Ok(format!("{}\n", go_format::json_indented(value, "    "))),
        Format::StructureJson => Ok(format!("{}\n", structures::json_indented(value, "    "))),
        Format::Name => Ok(name_line(value)),
        Format::Columns(columns) => columns.print(std::slice::from_ref(value)),
        Format::GoTemplate(template) => template.print(value),
        Format::JsonPath(path) => path
            .template
            .render(value, path.allow_missing)
            .map_err(|why| path_error(path, value, &why)),
        Format::JsonPathAsJson(path) => path
            .template
            .render_as_json(value, path.allow_missing)
            .map_err(|why| path_error(path, value, &why)),
    }
}

/// kubectl's complaint about a template that does not fit: it shows all that it was given.
fn path_error(path: &JsonPath, value: &Value, why: &str) -> ToolError {
    let (template, object) = (&path.text, go_format::go_syntax(value));
    ToolError::plain(format!(
        "error executing jsonpath {}: Error executing template: {why}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{template}\n\tobject given to jsonpath engine was:\n\t\t{object}\n\n\n",
        go_format::quote(template)
    ))
}

fn name_line(document: &Value) -> String {
    let text =
        |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let name = text("/metadata/name");
    if let Some(kind) = Kind::by_name(text("/apiVersion"), text("/kind")) {
        return format!("{}/{name}\n", prefix_of(kind));
    }
    let group = text("/apiVersion").split_once('/').map_or("", |it| it.0);
    let dot = if group.is_empty() { "" } else { "." };
    format!("{}{dot}{group}/{name}\n", text("/kind").to_lowercase())
}
