//! kubectl's JSONPath templates: `-o jsonpath`, `--sort-by`, `wait --for=jsonpath`, custom columns.
//!
//! This is the dialect of client-go, not a standard one: `{range .items[*]}{.metadata.name}{end}`,
//! filters compare two things and know no `&&`, `['a.b']` still splits at the dot, and a union
//! lists its results one after the other. Its errors are kept word for word.
//!
//! - `node`: what a template consists of.
//! - `parse`: the text form.
//! - `evaluate`: walking a document.
//! - `compare`: what filters compare.

mod compare;
mod evaluate;
mod node;
mod parse;
mod quoted;

use serde_json::Value;

use crate::go_format::{default_format, json, json_indented};
use node::Node;

/// Longest template, in bytes.
pub const TEMPLATE_BYTES_MAX: usize = 16 << 10;
/// Most steps that evaluating a template may take.
pub const STEPS_MAX: usize = 2_000_000;
/// Largest output, in bytes.
pub const OUTPUT_BYTES_MAX: usize = 16 << 20;

/// A template that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    nodes: Vec<Node>,
}

impl Template {
    /// Reads a template: text, with expressions in braces.
    ///
    /// # Errors
    /// With client-go's text if the template is malformed.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > TEMPLATE_BYTES_MAX {
            return Err(format!("template is larger than {TEMPLATE_BYTES_MAX} bytes"));
        }
        parse::parse(text).map(|nodes| Self { nodes })
    }

    /// Reads a single path, with or without braces and leading dot, as `--sort-by` and custom
    /// columns take it: `.a.b`, `a.b`, `{.a.b}`.
    ///
    /// # Errors
    /// With kubectl's text if `text` is no path.
    pub fn parse_relaxed(text: &str) -> Result<Self, String> {
        Self::parse(&relaxed(text)?)
    }

    /// What the template finds in a document, in order, of all its expressions. A missing key is an
    /// error, as it is without `allow_missing`.
    ///
    /// # Errors
    /// With client-go's text.
    pub fn find<'a>(&'a self, document: &'a Value) -> Result<Vec<&'a Value>, String> {
        let groups = evaluate::evaluate(&self.nodes, document, false)?;
        Ok(groups.into_iter().flatten().collect())
    }

    /// Like [`Template::find`], but missing keys are allowed, and the results of each piece of the
    /// template are kept apart.
    ///
    /// # Errors
    /// With client-go's text.
    pub fn find_groups<'a>(&'a self, document: &'a Value) -> Result<Vec<Vec<&'a Value>>, String> {
        evaluate::evaluate(&self.nodes, document, true)
    }

    /// Prints what `-o jsonpath=…` prints.
    ///
    /// # Errors
    /// With client-go's text, without kubectl's words around it.
    pub fn render(&self, document: &Value, allow_missing: bool) -> Result<String, String> {
        let mut output = String::new();
        for group in evaluate::evaluate(&self.nodes, document, allow_missing)? {
            for (index, value) in group.into_iter().enumerate() {
                if index > 0 {
                    output.push(' ');
                }
                output.push_str(&printed(value));
                check_size(&output)?;
            }
        }
        Ok(output)
    }

    /// Prints what `-o jsonpath-as-json=…` prints: a list for each piece of the template.
    ///
    /// # Errors
    /// With client-go's text, without kubectl's words around it.
    pub fn render_as_json(&self, document: &Value, allow_missing: bool) -> Result<String, String> {
        let mut output = String::new();
        for group in evaluate::evaluate(&self.nodes, document, allow_missing)? {
            let list = Value::Array(group.into_iter().cloned().collect());
            output.push_str(&json_indented(&list, "    "));
            output.push('\n');
            check_size(&output)?;
        }
        Ok(output)
    }
}

fn check_size(output: &str) -> Result<(), String> {
    if output.len() <= OUTPUT_BYTES_MAX {
        return Ok(());
    }
    Err(format!("output is larger than {OUTPUT_BYTES_MAX} bytes"))
}

fn printed(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) | Value::Object(_) => json(value),
        scalar => default_format(scalar),
    }
}

/// A path in braces: kubectl's `RelaxedJSONPathExpression`.
///
/// # Errors
/// With kubectl's text if `text` is no path.
pub fn relaxed(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let inner = text.strip_prefix('{').and_then(|it| it.strip_suffix('}')).unwrap_or(text);
    let path = inner.strip_prefix('.').filter(|it| !it.is_empty()).unwrap_or(inner);
    if path.is_empty() || path.contains(['{', '}']) {
        let forms = "'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'";
        return Err(format!("unexpected path string, expected a {forms}"));
    }
    Ok(format!("{{.{path}}}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn deployment() -> Value {
        json!({
            "kind": "Deployment",
            "metadata": {
                "name": "web",
                "labels": {"app": "web", "k8s.io/tier": "front"},
                "annotations": {"note": "<a>"},
            },
            "spec": {"replicas": 2, "paused": false, "nothing": null, "ratio": 1.5},
            "status": {"conditions": [
                {"type": "Available", "status": "True", "n": 1},
                {"type": "Progressing", "status": "True", "n": 2},
                {"type": "ReplicaFailure", "status": "False", "n": 3},
            ]},
        })
    }

    fn check(template: &str, expected: &str) {
        let template = Template::parse(template).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(template.render(&deployment(), true).as_deref(), Ok(expected), "{template:?}");
    }

    fn check_parse_error(template: &str, error: &str) {
        assert_eq!(Template::parse(template), Err(error.to_owned()), "{template}");
    }

    fn check_error(template: &str, error: &str) {
        let template = Template::parse(template).unwrap();
        assert_eq!(template.render(&deployment(), false), Err(error.to_owned()), "{template:?}");
    }

    #[test]
    fn prints_what_was_recorded() {
        check("{.status.conditions[*].type}", "Available Progressing ReplicaFailure");
        check("{.metadata.name}", "web");
    }

    #[test]
    fn mixes_text_and_expressions() {
        check("name: {.metadata.name}\n", "name: web\n");
        check("{.metadata.name}{'\\n'}{\"\\t\"}x", "web\n\tx");
        check("plain", "plain");
        check("", "");
        check("{@.kind} {$.kind}", "Deployment Deployment");
        check("{.metadata.name} {.spec.replicas} {.spec.ratio}", "web 2 1.5");
    }

    #[test]
    fn prints_values_as_go_does() {
        check("{.metadata.labels}", r#"{"app":"web","k8s.io/tier":"front"}"#);
        check("{.metadata.annotations}", r#"{"note":"\u003ca\u003e"}"#);
        check("{.metadata.annotations.note}", "<a>");
        check("{.spec.paused} {.spec.nothing}", "false null");
        check("{1} {true} {2.5}", "1 true 2.5");
    }

    #[test]
    fn selects_elements() {
        check("{.status.conditions[0].type}", "Available");
        check("{.status.conditions[-1].type}", "ReplicaFailure");
        check("{.status.conditions[0:2].n}", "1 2");
        check("{.status.conditions[1:].n}", "2 3");
        check("{.status.conditions[:].n}", "1 2 3");
        check("{.status.conditions[::2].n}", "1 3");
        check("{.status.conditions[0,2].n}", "1 3");
        check("{.status.conditions[0:0].n}", "");
        check("{.status.conditions[-2:].n}", "2 3");
        check("{.metadata['name','labels'].app}", "web");
        check("{.metadata['name', 'labels']}", r#"web {"app":"web","k8s.io/tier":"front"}"#);
        check("{.metadata.labels.k8s\\.io/tier}", "front");
        check("{.metadata.labels['k8s\\.io/tier']}", "front");
        check("{.metadata.labels['k8s.io/tier']}", "");
        check("{..type}", "Available Progressing ReplicaFailure");
        check("{.metadata.labels.*}", "web front");
    }

    #[test]
    fn filters_elements() {
        check("{.status.conditions[?(@.type==\"Progressing\")].n}", "2");
        check("{.status.conditions[?(@.type=='Progressing')].n}", "2");
        check("{.status.conditions[?(@.n>1)].n}", "2 3");
        check("{.status.conditions[?(@.n<=2)].n}", "1 2");
        check("{.status.conditions[?(@.status!=\"True\")].type}", "ReplicaFailure");
        check("{.status.conditions[?(@.n)].n}", "1 2 3");
        check("{.status.conditions[?(@.nope)].n}", "");
        check("{.status.conditions[?(@.nope==\"x\")].n}", "");
    }

    #[test]
    fn repeats_ranges() {
        check(
            "{range .status.conditions[*]}{.type}={.n};{end}done",
            "Available=1;Progressing=2;ReplicaFailure=3;done",
        );
        check("{range .nope[*]}{.type}{end}done", "done");
        check("{range .status.conditions[0:2]}{.n}{range .nope}x{end}{'|'}{end}", "1|2|");
        check("{range .status.conditions[0:2]}{range .n}<{@}>{end},{end}.", "<1>,<2>,.");
        check("{range .status.conditions[*]}{.n}", "123");
    }

    #[test]
    fn reports_errors_as_client_go_does() {
        check_error("{.nope}", "nope is not found");
        check_error("{.metadata.nope.x}", "nope is not found");
        check_error("{.metadata[0]}", "map[string]interface {} is not array or slice");
        check_error("{.spec.replicas[0]}", "int64 is not array or slice");
        check_error("{.status.conditions[3]}", "array index out of bounds: index 3, length 3");
        check_error("{.status.conditions[0:7]}", "array index out of bounds: index 6, length 3");
        check_error("{.status.conditions[2:1]}", "starting index 2 is greater than ending index 1");
        check_error("{.status.conditions[0:2:0]}", "step must be > 0");
        check_error("{end}", "not in range, nothing to end");
        check_error("{nope}", "unrecognized identifier nope");
        check_error(
            "{.kind[?(@.a==1)]}",
            "Deployment is not array or slice and cannot be filtered",
        );
        check_error("{.status.conditions[?(@.n==\"x\")]}", "incompatible types for comparison");
        check_error("{.status.conditions[?(@.n=1)]}", "unrecognized filter operator =");
    }

    #[test]
    fn reports_syntax_errors_as_client_go_does() {
        check_parse_error("{.a", "unclosed action");
        check_parse_error("{.a[}", "unterminated array");
        check_parse_error("{.a[x]}", "invalid array index x");
        check_parse_error("{.a[-]}", "array index - is not a number");
        check_parse_error("{.a[?(@.b}", "unterminated filter");
        check_parse_error("{.a[?(@.b)}", "unclosed array expect ]");
        check_parse_error("{'a}", "unterminated quoted string");
        check_parse_error("{....a}", "invalid multiple recursive descent");
        check_parse_error("{1.2.3}", "cannot parse number 1.2.3");
        check_parse_error("{'\\q'}", "unquote string '\\q' error invalid syntax");
        check_parse_error("{&}", "unrecognized character in action: U+0026 '&'");
        check_parse_error(
            "{.a[?(@.b==\"x\" && @.c==\"y\")]}",
            "unrecognized character in action: U+0026 '&'",
        );
    }

    #[test]
    fn relaxes_paths() {
        for text in ["metadata.name", ".metadata.name", "{metadata.name}", "{.metadata.name}"] {
            let template = Template::parse_relaxed(text).unwrap();
            assert_eq!(template.find(&deployment()), Ok(vec![&json!("web")]), "{text}");
        }
        let error = Template::parse_relaxed("{.a}{.b}").unwrap_err();
        assert!(error.starts_with("unexpected path string, expected a 'name1.name2' or "));
    }

    #[test]
    fn prints_json() {
        let template = Template::parse("{.status.conditions[*].n}").unwrap();
        let expected = "[\n    1,\n    2,\n    3\n]\n";
        assert_eq!(template.render_as_json(&deployment(), true).as_deref(), Ok(expected));
    }

    #[test]
    fn bounds_the_work() {
        let big = json!(vec![json!(vec![1; 300]); 300]);
        let template = Template::parse("{range @[*]}{@}").unwrap();
        assert!(template.find(&big).is_ok());
        let unions = vec![":"; 40].join(",");
        let template = Template::parse(&format!("{{[{unions}][{unions}][{unions}]}}")).unwrap();
        assert!(template.find(&big).unwrap_err().contains("too many steps"));
    }

    proptest! {
        #[test]
        fn no_template_makes_it_panic(text in "[a-c{}\\[\\]?()@$.*'\"\\\\,:=<> 0-9é&-]{0,40}") {
            if let Ok(template) = Template::parse(&format!("{{{text}}}")) {
                let _ = template.render(&deployment(), true);
            }
            let _ = Template::parse(&text);
        }

        #[test]
        fn no_expression_makes_it_panic(
            pieces in prop::collection::vec(
                prop_oneof![
                    Just("{range .status.conditions[*]}"), Just("{end}"), Just("{.type}"),
                    Just("{range ..}"), Just("{..*}"), Just("{.*}"), Just("[0]"), Just("{@[0]}"),
                    Just("{.status.conditions[?(@.n>1)]}"), Just("{..n}"), Just("x"),
                ],
                0..8,
            )
        ) {
            if let Ok(template) = Template::parse(&pieces.concat()) {
                let _ = template.render(&deployment(), true);
                let _ = template.render(&deployment(), false);
            }
        }
    }
}
