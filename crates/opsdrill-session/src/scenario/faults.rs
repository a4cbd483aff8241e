//! What authors read about the faults that they may inject: a schema for editors, and a page for people.

use std::fmt::Write as _;

use opsdrill_faults::{FaultKind, GROUPS};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

/// The width of a page.
const COLUMNS: usize = 100;

/// One fault with its parameters.
pub(super) fn schema(_: &mut SchemaGenerator) -> Schema {
    let all = opsdrill_faults::all().map(|it| (it.name.to_owned(), (it.schema)()));
    let all: Map<String, Value> = all.collect();
    json_schema!({
        "type": "object",
        "properties": all,
        "additionalProperties": false,
        "minProperties": 1,
        "maxProperties": 1,
    })
}

/// Every fault by group: what it does, the word of `diagnose` for it, and its parameters.
pub fn page() -> String {
    let mut page = String::new();
    for (group, faults) in GROUPS {
        let _ = writeln!(page, "{}", group.to_uppercase());
        for fault in *faults {
            describe(fault, &mut page);
        }
        page.push('\n');
    }
    page
}

fn describe(fault: &FaultKind, page: &mut String) {
    let schema = (fault.schema)();
    let text = |value: &Value| value["description"].as_str().unwrap_or_default().to_owned();
    let known_as = match fault.mechanism {
        "" => String::new(),
        word => format!(" (diagnose: {word})"),
    };
    let _ = writeln!(page, "\n{}{known_as}", fault.name);
    wrap(&text(&schema), 2, page);
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for (name, parameter) in schema["properties"].as_object().into_iter().flatten() {
        let needed = required.iter().any(|it| it == name);
        let default = match &parameter["default"] {
            Value::Null => String::new(),
            value => format!(" Default: {value}."),
        };
        let mark = if needed { ", required" } else { "" };
        wrap(&format!("{name}{mark}: {}{default}", text(parameter)), 4, page);
    }
}

/// Writes a text in lines of a page.
fn wrap(text: &str, indent: usize, page: &mut String) {
    let mut column = 0;
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > COLUMNS {
            page.push('\n');
            column = 0;
        }
        let space = if column == 0 { " ".repeat(indent) } else { " ".to_owned() };
        column += space.len() + width;
        page.extend([&space, word]);
    }
    page.push('\n');
}

#[cfg(test)]
mod tests {
    use crate::drill::MECHANISMS;

    #[test]
    fn each_fault_has_a_word_of_diagnose_and_says_what_its_parameters_are() {
        for fault in opsdrill_faults::all() {
            let known = MECHANISMS.iter().any(|it| it.0 == fault.mechanism);
            assert!(known || fault.mechanism.is_empty(), "{}: {}", fault.name, fault.mechanism);
            let schema = (fault.schema)();
            assert!(schema["description"].is_string(), "{} says nothing", fault.name);
            for (name, parameter) in schema["properties"].as_object().into_iter().flatten() {
                assert!(parameter["description"].is_string(), "{} {name}", fault.name);
            }
            let text = schema.to_string();
            assert!(!text.contains("$ref"), "{}: {text}", fault.name);
        }
    }

    #[test]
    fn the_page_tells_parameters_and_defaults() {
        let page = super::page();
        assert!(page.contains("\nWORKLOAD\n"), "{page}");
        assert!(page.contains("workload, required: A Deployment by its name"), "{page}");
        assert!(page.contains("by: The user in whose name objects are changed"), "{page}");
    }
}
