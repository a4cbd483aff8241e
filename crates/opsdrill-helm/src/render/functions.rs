//! What Helm adds to the functions of templates: other templates, the cluster, documents.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use opsdrill_objects::{go_format, yaml};
use opsdrill_template::Type::{Any, Text};
use opsdrill_template::{Caller, Function, Value, print};

use super::{complaint, pretty, toml};
use crate::values::convert;
use crate::yaml as read;

type Answer = Result<Value, String>;

/// How often a template may be inside of itself.
const NESTED_MAX: usize = 1000;

/// Under which name `tpl` knows its text.
pub(super) const SET: &str = "gotpl";

/// How the cluster is asked.
pub(super) type Asking = dyn Fn(&str, &str, &str, &str) -> Result<serde_json::Value, String>;

/// What the functions need to know.
#[derive(Clone)]
pub(super) struct Context {
    /// Templates that are being included, and how often.
    pub(super) included: Rc<RefCell<BTreeMap<String, usize>>>,
    pub(super) ask: Rc<Asking>,
    /// In lint mode `required` and `fail` do not fail.
    pub(super) lints: bool,
}

fn text(arguments: &[Value], index: usize) -> &str {
    match &arguments[index] {
        Value::Text(it) => it,
        other => unreachable!("{} is no text", other.type_name()),
    }
}

/// All of them.
pub(super) fn functions(context: &Context) -> Vec<Function> {
    let mut functions = calling_back(context);
    functions.extend(documents());
    functions
}

fn calling_back(context: &Context) -> Vec<Function> {
    let (including, asking) = (context.clone(), context.clone());
    let (requiring, failing) = (context.lints, context.lints);
    vec![
        Function::calling_back("include", &[Text, Any], None, move |caller, arguments| {
            include(&including, caller, arguments)
        }),
        Function::calling_back("tpl", &[Text, Any], None, tpl),
        Function::new("required", &[Text, Any], None, move |it| required(requiring, it)),
        Function::new("fail", &[Text], None, move |it| {
            if failing { Ok("".into()) } else { Err(complaint::warning(text(it, 0))) }
        }),
        Function::new("lookup", &[Text, Text, Text, Text], None, move |it| {
            let found = (asking.ask)(text(it, 0), text(it, 1), text(it, 2), text(it, 3))?;
            Ok(convert::given(&found))
        }),
    ]
}

fn documents() -> Vec<Function> {
    let one = |name, body: fn(&[Value]) -> Answer| Function::new(name, &[Any], None, body);
    let read = |name, body: fn(&[Value]) -> Answer| Function::new(name, &[Text], None, body);
    vec![
        one("toYaml", |it| Ok(to_yaml(&it[0]).unwrap_or_default().into())),
        one("mustToYaml", |it| Ok(to_yaml(&it[0])?.into())),
        one("toYamlPretty", |it| Ok(pretty::to_yaml(&it[0]).into())),
        one("toJson", |it| Ok(to_json(&it[0]).unwrap_or_default().into())),
        one("mustToJson", |it| Ok(to_json(&it[0])?.into())),
        one("toPrettyJson", |it| Ok(to_pretty_json(&it[0]).unwrap_or_default().into())),
        one("mustToPrettyJson", |it| Ok(to_pretty_json(&it[0])?.into())),
        one("toRawJson", |it| Ok(to_raw_json(&it[0]).into())),
        one("mustToRawJson", |it| Ok(to_raw_json(&it[0]).into())),
        one("toToml", |it| Ok(toml_of(it)?.unwrap_or_else(|why| why).into())),
        one("mustToToml", |it| Ok(toml_of(it)??.into())),
        read("fromYaml", |it| Ok(or_error(read::map(text(it, 0))))),
        read("fromYamlArray", |it| Ok(or_list_of_error(read::list(text(it, 0))))),
        read("fromJson", |it| Ok(or_error(read::json_map(text(it, 0))))),
        read("fromJsonArray", |it| Ok(or_list_of_error(read::json_list(text(it, 0))))),
        read("mustFromJson", |it| Ok(convert::given(&read::json(text(it, 0))?))),
        read("fromToml", |it| {
            let failed = |why: String| Value::map([("Error".to_owned(), why.into())]);
            Ok(toml::read(text(it, 0)).unwrap_or_else(failed))
        }),
    ]
}

fn include(context: &Context, caller: &mut dyn Caller, arguments: &[Value]) -> Answer {
    let name = text(arguments, 0);
    let depth = {
        let mut included = context.included.borrow_mut();
        let depth = included.entry(name.to_owned()).or_default();
        if *depth > NESTED_MAX {
            return Err(format!(
                "rendering template has a nested reference name: {name}: unable to execute template"
            ));
        }
        *depth += 1;
        *depth
    };
    let printed = caller.execute(name, &arguments[1]);
    context.included.borrow_mut().insert(name.to_owned(), depth - 1);
    printed.map(Value::from)
}

/// A text as a template, which knows all others; what it defines is gone afterwards.
fn tpl(caller: &mut dyn Caller, arguments: &[Value]) -> Answer {
    let source = text(arguments, 0);
    let mut set = caller.template().clone();
    set.parse_anew(SET, source)
        .map_err(|why| format!("cannot parse template {}: {why}", print::quote(source)))?;
    let printed = caller.execute_in(&set, SET, &arguments[1]).map_err(|why| {
        format!("error during tpl function execution for {}: {why}", print::quote(source))
    })?;
    Ok(printed.replace("<no value>", "").into())
}

fn required(lints: bool, arguments: &[Value]) -> Answer {
    let is_missing = match &arguments[1] {
        Value::Nil => true,
        Value::Text(it) => it.is_empty(),
        _ => false,
    };
    match (is_missing, lints) {
        (false, _) => Ok(arguments[1].clone()),
        (true, true) => Ok("".into()),
        (true, false) => Err(complaint::warning(text(arguments, 0))),
    }
}

/// YAML without its last line break.
fn to_yaml(value: &Value) -> Result<String, String> {
    let written = yaml::to_yaml(&convert::document(value)?);
    Ok(written.strip_suffix('\n').map(str::to_owned).unwrap_or(written))
}

fn to_json(value: &Value) -> Result<String, String> {
    Ok(go_format::json(&convert::document(value)?))
}

/// TOML, or the library's complaint; of nothing it knows no type.
fn toml_of(arguments: &[Value]) -> Result<Result<String, String>, String> {
    match &arguments[0] {
        Value::Nil => Err("reflect: call of reflect.Value.Type on zero Value".to_owned()),
        value => Ok(toml::write(value)),
    }
}

/// JSON with lines of their own for all that is inside of something.
fn to_pretty_json(value: &Value) -> Result<String, String> {
    let json = to_json(value)?;
    let mut lines = String::new();
    let mut depth = 0;
    let mut in_text = false;
    let mut letters = json.chars().peekable();
    while let Some(letter) = letters.next() {
        lines.push(letter);
        match letter {
            '\\' if in_text => lines.extend(letters.next()),
            '"' => in_text = !in_text,
            _ if in_text => {}
            '{' | '[' => {
                if letters.peek().is_some_and(|it| matches!(it, '}' | ']')) {
                    lines.extend(letters.next());
                } else {
                    depth += 1;
                    lines.push_str(&format!("\n{}", "  ".repeat(depth)));
                }
            }
            ',' => lines.push_str(&format!("\n{}", "  ".repeat(depth))),
            ':' => lines.push(' '),
            '}' | ']' => {
                lines.pop();
                depth -= 1;
                lines.push_str(&format!("\n{}{letter}", "  ".repeat(depth)));
            }
            _ => {}
        }
    }
    Ok(lines)
}

/// JSON in which `<`, `>` and `&` stand for themselves.
fn to_raw_json(value: &Value) -> String {
    let json = to_json(value).unwrap_or_default();
    json.replace("\\u003c", "<").replace("\\u003e", ">").replace("\\u0026", "&")
}

fn or_error(read: Result<serde_json::Map<String, serde_json::Value>, String>) -> Value {
    match read {
        Ok(fields) => convert::given_map(&fields),
        Err(why) => Value::map([("Error".to_owned(), why.into())]),
    }
}

fn or_list_of_error(read: Result<Vec<serde_json::Value>, String>) -> Value {
    match read {
        Ok(items) => Value::list(items.iter().map(convert::given).collect()),
        Err(why) => Value::list(vec![why.into()]),
    }
}
