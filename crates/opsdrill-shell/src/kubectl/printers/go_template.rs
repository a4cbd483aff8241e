//! `-o go-template`: documents through a Go template, with the functions that kubectl adds.

use opsdrill_objects::{decode, go_format};
use opsdrill_template::{Function, IntType, MissingKey, Template, Type, Value as Given, print};
use serde_json::Value;

use crate::kubectl::errors::ToolError;

/// The name under which kubectl's complaints know the template.
const NAME: &str = "output";

/// A Go template with its text.
#[derive(Clone, Debug)]
pub struct GoTemplate {
    text: String,
    template: Template,
}

impl PartialEq for GoTemplate {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl GoTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// kubectl's complaint about the text.
    pub fn parse(text: &str, allow_missing: bool) -> Result<Self, ToolError> {
        let missing_key = if allow_missing { MissingKey::Invalid } else { MissingKey::Error };
        let mut template =
            Template::new().with_functions(functions()).with_missing_key(missing_key);
        template
            .parse(NAME, text)
            .map_err(|why| ToolError::plain(format!("error parsing template {text}, {why}\n")))?;
        Ok(Self { text: text.to_owned(), template })
    }

    /// What the template makes of a document.
    ///
    /// # Errors
    /// When it does not fit: kubectl first prints what there was, and all that it knows.
    pub fn print(&self, document: &Value) -> Result<String, ToolError> {
        let given = given(document);
        let error = match self.template.execute(NAME, &given) {
            Ok(text) => return Ok(text),
            Err(error) => error,
        };
        let (text, why) = (&self.text, error.message);
        let known = format!(
            "{}Error executing template: {why}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{text}\n\traw data was:\n\t\t{}\n\tobject given to template engine was:\n\t\t{}\n\n",
            error.printed,
            go_format::json(document),
            print::display(&given)
        );
        let complaint = format!("error executing template {}: {why}", print::quote(text));
        Err(ToolError::AfterText(known, Box::new(ToolError::plain(complaint))))
    }
}

/// A document as Go decodes it.
fn given(value: &Value) -> Given {
    match value {
        Value::Null => Given::Nil,
        Value::Bool(it) => Given::Bool(*it),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Given::Int(IntType::Int64, whole),
            None => Given::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(it) => Given::text(it.as_str()),
        Value::Array(items) => Given::list(items.iter().map(given).collect()),
        Value::Object(fields) => {
            Given::map(fields.iter().map(|(key, it)| (key.clone(), given(it))))
        }
    }
}

/// `exists` and `base64decode`.
fn functions() -> Vec<Function> {
    vec![
        Function::new("exists", &[Type::Reflected], Some(Type::Reflected), |arguments| {
            Ok(Given::Bool(exists(&arguments[0], &arguments[1..])))
        }),
        Function::new("base64decode", &[Type::Text], None, |arguments| {
            let Given::Text(text) = &arguments[0] else {
                unreachable!("the type is checked before the call");
            };
            let decoded =
                decode::base64(text).map_err(|why| format!("base64 decode failed: {why}"))?;
            Ok(Given::text(String::from_utf8_lossy(&decoded).into_owned()))
        }),
    ]
}

/// Whether a path leads to something.
fn exists(item: &Given, path: &[Given]) -> bool {
    let Some((step, rest)) = path.split_first() else { return true };
    let inner = match (item, step) {
        (Given::Map(fields), Given::Text(key)) => fields.borrow().get(&**key).cloned(),
        (Given::List(items), Given::Int(_, place)) => {
            usize::try_from(*place).ok().and_then(|it| items.get(it).cloned())
        }
        _ => None,
    };
    inner.is_some_and(|it| exists(&it, rest))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn print(template: &str) -> Result<String, ToolError> {
        GoTemplate::parse(template, true)?.print(&json!({ "kind": "Pod", "n": 3, "f": 1.5 }))
    }

    #[test]
    fn documents_go_through_templates() {
        let text = "{{.kind}} {{.n}} {{.f}} {{exists . \"kind\"}} {{base64decode \"aGk=\"}}";
        assert_eq!(print(text).unwrap(), "Pod 3 1.5 true hi");
        assert_eq!(print("{{printf \"%T %d\" .n .n}}").unwrap(), "int64 3");
    }

    #[test]
    fn a_failure_shows_all_there_is() {
        let ToolError::AfterText(shown, error) = print("ab{{len .n}}").unwrap_err() else {
            panic!("a text comes first");
        };
        let why = "template: output:1:4: executing \"output\" at <len .n>: error calling len: len of type int64";
        assert_eq!(
            shown,
            format!(
                "abError executing template: {why}. Printing more information for debugging the template:\n\ttemplate was:\n\t\tab{{{{len .n}}}}\n\traw data was:\n\t\t{{\"f\":1.5,\"kind\":\"Pod\",\"n\":3}}\n\tobject given to template engine was:\n\t\tmap[f:1.5 kind:Pod n:3]\n\n"
            )
        );
        assert_eq!(
            error.text("kubectl get"),
            format!("error: error executing template \"ab{{{{len .n}}}}\": {why}\n")
        );
        let text = print("{{nope}}").unwrap_err().text("kubectl get");
        assert_eq!(
            text,
            "error: error parsing template {{nope}}, template: output:1: function \"nope\" not defined\n"
        );
    }
}
