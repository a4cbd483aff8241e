//! How objects are printed: tables, documents, names, and pieces chosen by templates.

pub mod columns;
pub mod documents;
pub mod go_template;
pub(super) mod structures;
pub mod table;

use std::sync::Arc;

use opsdrill_objects::Object;
use opsdrill_objects::jsonpath::Template;
use serde_json::Value;

use columns::Columns;
use go_template::GoTemplate;

use super::context::Context;
use super::errors::ToolError;
use super::flags::Arguments;
use super::resources::prefix_of;

/// What `-o` asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// A table (nothing, or `wide`).
    Table {
        /// With the columns of `-o wide`.
        wide: bool,
    },
    /// Documents or pieces of them.
    Documents(Format),
}

/// How documents are printed.
#[derive(Clone, Debug, PartialEq)]
pub enum Format {
    /// YAML.
    Yaml,
    /// Indented JSON.
    Json,
    /// The same of an object that kubectl holds as a structure.
    StructureJson,
    /// `pod/web-1`.
    Name,
    /// A JSONPath template, printed as text.
    JsonPath(JsonPath),
    /// A JSONPath template, printed as JSON.
    JsonPathAsJson(JsonPath),
    /// A Go template.
    GoTemplate(GoTemplate),
    /// A table of chosen columns.
    Columns(Columns),
}

/// A JSONPath template with its text.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonPath {
    text: String,
    template: Template,
    allow_missing: bool,
}

fn json_path(text: &str, arguments: &Arguments) -> Result<JsonPath, ToolError> {
    let template = Template::parse(text)
        .map_err(|why| ToolError::plain(format!("error parsing jsonpath {text}, {why}")))?;
    let allow_missing = allows_missing(arguments);
    Ok(JsonPath { text: text.to_owned(), template, allow_missing })
}

fn allows_missing(arguments: &Arguments) -> bool {
    arguments.switch("allow-missing-template-keys")
}

/// What may follow `-o`, as the complaint names it.
const FORMATS: &str = "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,yaml";

/// The same for `kubectl get`, which prints tables.
const TABLE_FORMATS: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,wide,yaml";

/// What `-o` says.
///
/// # Errors
/// kubectl's complaint about the format or its template.
pub fn output_of(context: &mut Context, arguments: &Arguments) -> Result<Output, ToolError> {
    let given = if arguments.has("template") { arguments.text("template") } else { "" };
    let text = match (arguments.text("output"), given) {
        ("", given) if !given.is_empty() => "go-template",
        (text, _) => text,
    };
    let (name, template) = match text.split_once('=') {
        Some((name, template)) => (name, Some(template)),
        None if given.is_empty() => (text, None),
        None => (text, Some(given)),
    };
    let prints_tables = arguments.has("show-kind");
    if !prints_tables && (name.starts_with("custom-columns") || name == "wide") {
        return Err(no_printer(text, prints_tables));
    }
    let format = match (name, template) {
        ("", None) => return Ok(Output::Table { wide: false }),
        ("wide", _) if text == name => return Ok(Output::Table { wide: true }),
        ("yaml", _) if text == name => Format::Yaml,
        ("json", _) if text == name && holds_structures(&context.path, arguments) => {
            Format::StructureJson
        }
        ("json", _) if text == name => Format::Json,
        ("name", _) if text == name => Format::Name,
        (
            "jsonpath"
            | "jsonpath-as-json"
            | "jsonpath-file"
            | "custom-columns-file"
            | "go-template"
            | "template"
            | "go-template-file"
            | "templatefile",
            None | Some(""),
        ) => {
            return Err(ToolError::plain("template format specified but no template given"));
        }
        ("jsonpath", Some(template)) => Format::JsonPath(json_path(template, arguments)?),
        ("jsonpath-as-json", Some(template)) => {
            Format::JsonPathAsJson(json_path(template, arguments)?)
        }
        ("jsonpath-file", Some(path)) => {
            Format::JsonPath(json_path(&file_text(context, path)?, arguments)?)
        }
        ("custom-columns", Some(text)) => {
            Format::Columns(Columns::parse(text, no_headers(arguments))?)
        }
        ("custom-columns-file", Some(path)) => {
            let text = file_text(context, path)?;
            Format::Columns(Columns::parse_file(&text, no_headers(arguments))?)
        }
        ("custom-columns", None) => Format::Columns(Columns::parse("", false)?),
        ("go-template" | "template", Some(template)) => {
            Format::GoTemplate(GoTemplate::parse(template, allows_missing(arguments))?)
        }
        ("go-template-file" | "templatefile", Some(path)) => {
            let read = context.surroundings.read(path);
            let bytes = read.map_err(|why| {
                ToolError::plain(format!(
                    "error reading --template {path}, open {path}: {}\n",
                    why.0
                ))
            })?;
            let text = String::from_utf8_lossy(&bytes);
            Format::GoTemplate(GoTemplate::parse(&text, allows_missing(arguments))?)
        }
        _ => return Err(no_printer(text, prints_tables)),
    };
    Ok(Output::Documents(format))
}

/// Whether a command prints objects that kubectl holds as structures: those that it makes itself, and what it got from the
/// server by way of the types that it knows.
fn holds_structures(path: &str, arguments: &Arguments) -> bool {
    let mut words = path.split(' ').skip(1);
    match (words.next().unwrap_or_default(), words.next()) {
        ("create", part) => part.is_some(),
        ("taint", _) => arguments.text("dry-run") != "client",
        (verb, _) => {
            matches!(verb, "auth" | "autoscale" | "events" | "expose" | "rollout" | "run" | "set")
        }
    }
}

fn no_printer(format: &str, prints_tables: bool) -> ToolError {
    let allowed = if prints_tables { TABLE_FORMATS } else { FORMATS };
    ToolError::plain(format!(
        "unable to match a printer suitable for the output format {format:?}, allowed formats are: {allowed}"
    ))
}

fn no_headers(arguments: &Arguments) -> bool {
    arguments.has("no-headers") && arguments.switch("no-headers")
}

fn file_text(context: &mut Context, path: &str) -> Result<String, ToolError> {
    let bytes = context.read_file(path)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// An object's document, `managedFields` left away unless they are asked for.
pub fn document(object: &Object, arguments: &Arguments) -> Value {
    let mut value = object.to_value();
    if omits_managed_fields(arguments)
        && let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.remove("managedFields");
    }
    value
}

/// Whether `managedFields` are left away: only JSON and YAML do it, templates see everything.
pub fn omits_managed_fields(arguments: &Arguments) -> bool {
    let is_document =
        !arguments.has("output") || matches!(arguments.text("output"), "json" | "yaml");
    let keep = arguments.has("show-managed-fields") && arguments.switch("show-managed-fields");
    is_document && !keep
}

/// Prints what a write came to: `deployment.apps/web scaled`, or the document that `-o` asks for.
///
/// # Errors
/// kubectl's complaint about `-o`.
pub fn print_written(
    context: &mut Context,
    arguments: &Arguments,
    object: &Arc<Object>,
    operation: &str,
) -> Result<(), ToolError> {
    let text = match output_of(context, arguments)? {
        Output::Table { .. } => {
            let dry_run = match arguments.has("dry-run").then(|| arguments.text("dry-run")) {
                Some("client") => " (dry run)",
                Some("server") => " (server dry run)",
                _ => "",
            };
            format!("{}/{} {operation}{dry_run}\n", prefix_of(object.kind), object.meta.name)
        }
        Output::Documents(format) => {
            documents::print(&format, &[document(object, arguments)], true)?
        }
    };
    context.out(&text);
    Ok(())
}
