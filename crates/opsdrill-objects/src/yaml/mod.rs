//! YAML as Kubernetes' tools read and write it: YAML 1.1 by the rules of Go's `yaml.v2`.
//!
//! `yes` is true, `0644` is octal, `1:30` is text, a second key of the same name wins silently, and
//! the errors carry Go's words and line numbers. A configuration format of our own would not be read
//! with this; everything that a trainee types or sees is.
//!
//! - `split`: a text into documents, as kubectl does.
//! - `tree`: parser events into a tree with aliases.
//! - `resolve`: what an unquoted scalar means.
//! - `decode`: the tree into a document.
//! - `emit`: a document into text.
//! - `order`: how keys are sorted on the way out.

mod decode;
mod emit;
mod order;
mod resolve;
mod split;
mod timestamp;
mod tree;

use serde_json::Value;

pub use emit::to_yaml;

/// Largest text that is read, in bytes; the API server's own limit for a request is 3 MiB.
pub const TEXT_BYTES_MAX: usize = 4 << 20;
/// Deepest nesting of lists and maps that is read.
pub const DEPTH_MAX: usize = 500;

/// A document of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What it says.
    pub value: Value,
    /// Line of the text on which the document starts, from 1.
    pub line: usize,
    /// Keys given more than once, as strict decoding reports them, with lines counted from the
    /// document's start: `line 6: key "replicas" already set in map`.
    pub duplicates: Vec<String>,
}

/// A text that is no YAML, or no YAML that a document can be made of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum YamlError {
    /// The text of a document is wrong.
    #[error("error converting YAML to JSON: {0}")]
    Conversion(String),
    /// The text starts as JSON and is none.
    #[error("{0}")]
    Json(String),
    /// A line that starts with `---` goes on with something else.
    #[error("invalid Yaml document separator: {0}")]
    Separator(String),
}

impl YamlError {
    fn yaml(problem: impl AsRef<str>) -> Self {
        Self::Conversion(format!("yaml: {}", problem.as_ref()))
    }

    /// The error without the words about JSON: `yaml: line 5: …`.
    pub fn cause(&self) -> String {
        match self {
            Self::Conversion(cause) => cause.clone(),
            Self::Json(_) | Self::Separator(_) => self.to_string(),
        }
    }
}

/// Reads the documents of a text, which may be YAML or a stream of JSON objects. Empty documents are
/// left out, as kubectl does.
///
/// # Errors
/// With kubectl's text, at the first document that is wrong.
pub fn parse_documents(text: &str) -> Result<Vec<Document>, YamlError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(YamlError::yaml(format!("input is larger than {TEXT_BYTES_MAX} bytes")));
    }
    if split::is_json(text) {
        return split::json_documents(text);
    }
    let mut documents = Vec::new();
    for chunk in split::chunks(text)? {
        let document = decode_chunk(&chunk.text, chunk.line)?;
        if !document.value.is_null() {
            documents.push(document);
        }
    }
    Ok(documents)
}

/// Reads the first document of a text, as `yaml.Unmarshal` does; an empty text is null.
///
/// # Errors
/// With Go's text if the document is wrong.
pub fn parse_document(text: &str) -> Result<Document, YamlError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(YamlError::yaml(format!("input is larger than {TEXT_BYTES_MAX} bytes")));
    }
    decode_chunk(text, 1)
}

/// The keys of a map in the order in which they are written.
pub fn sorted_keys(fields: &serde_json::Map<String, Value>) -> Vec<String> {
    order::sorted(fields.keys()).into_iter().cloned().collect()
}

fn decode_chunk(text: &str, line: usize) -> Result<Document, YamlError> {
    let tree = tree::parse(text)?;
    let (value, duplicates) = decode::decode(&tree)?;
    Ok(Document { value, line, duplicates })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn value(text: &str) -> Value {
        parse_document(text).unwrap_or_else(|error| panic!("{text}: {error}")).value
    }

    fn error(text: &str) -> String {
        match parse_documents(text) {
            Ok(documents) => panic!("{text} is {documents:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn reads_a_manifest() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\n\
            spec:\n  containers:\n  - name: c\n    image: nginx:1.27\n    ports:\n    - 80\n";
        let expected = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web", "labels": {"app": "web"}},
            "spec": {"containers": [{"name": "c", "image": "nginx:1.27", "ports": [80]}]},
        });
        assert_eq!(value(text), expected);
    }

    #[test]
    fn splits_documents_and_skips_empty_ones() {
        let text = "---\n# nothing\n---\na: 1\n--- # two\n\n---\nb: 2\n";
        let documents = parse_documents(text).unwrap();
        let found: Vec<_> = documents.iter().map(|it| (it.line, &it.value)).collect();
        assert_eq!(found, [(4, &json!({"a": 1})), (8, &json!({"b": 2}))]);
        let error = error("a: 1\n--- b\n");
        assert_eq!(error, "invalid Yaml document separator: b");
    }

    #[test]
    fn reads_json_streams() {
        let documents = parse_documents("{\"a\": 1}\n{\"b\": 2}").unwrap();
        assert_eq!(documents.len(), 2);
        assert_eq!(value("{\"a\": [1, \"x\\u0041\", null]}"), json!({"a": [1, "xA", null]}));
        let wrong = "invalid character 'a' looking for beginning of object key string";
        assert_eq!(error("{a: b}"), format!("json: offset 2: {wrong}"));
        assert_eq!(error("{\"a\":"), "unexpected EOF");
        assert_eq!(value("{a: b}"), json!({"a": "b"}));
    }

    #[test]
    fn reports_errors_as_kubectl_does() {
        let prefix = "error converting YAML to JSON: yaml: ";
        for (text, problem) in [
            ("a: [b\nc: :\n", "line 1: did not find expected ',' or ']'"),
            ("a: b: c\n", "mapping values are not allowed in this context"),
            ("x: 1\na: b: c\n", "line 2: mapping values are not allowed in this context"),
            ("a:\n\tb: c\n", "line 2: found character that cannot start any token"),
            ("a: 'b\n", "line 2: found unexpected end of stream"),
            ("a: *b\n", "unknown anchor 'b' referenced"),
            ("a:\n- b\n  c\n d: e\n", "line 4: mapping values are not allowed in this context"),
            ("a: &x [*x]\n", "anchor 'x' value contains itself"),
            ("a: \u{1}\n", "control characters are not allowed"),
            ("a: !!int x\n", "cannot decode !!str `x` as a !!int"),
            ("a: !!binary '*'\n", "!!binary value contains invalid base64 data"),
            (
                "a: {{ .Values.image }}\n",
                "invalid map key: map[interface {}]interface {}{\".Values.image\":interface {}(nil)}",
            ),
            ("[!a,b]\n", "did not find expected whitespace or line break"),
            ("<<: 1\n", "map merge requires map or sequence of maps as the value"),
        ] {
            assert_eq!(error(text), format!("{prefix}{problem}"), "{text}");
        }
        let infinite = "error converting YAML to JSON: json: unsupported value: +Inf";
        assert_eq!(error("a: .inf\n"), infinite);
    }

    #[test]
    fn the_last_of_equal_keys_wins_and_is_reported() {
        let document = parse_document("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n").unwrap();
        assert_eq!(document.value, json!({"a": 3, "b": {"c": 2}}));
        let reported =
            ["line 4: key \"c\" already set in map", "line 5: key \"a\" already set in map"];
        assert_eq!(document.duplicates, reported);
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(value("\u{feff}a: 1\n"), json!({"a": 1}));
        assert_eq!(value("\u{ff21}: 1\n"), json!({"\u{ff21}": 1}));
    }

    #[test]
    fn merges_and_aliases() {
        let text = "base: &b {x: 1, w: 2}\nuse:\n  <<: *b\n  w: 3\nboth:\n  <<: [*b, {z: 4}]\n";
        let expected = json!({
            "base": {"x": 1, "w": 2},
            "use": {"x": 1, "w": 3},
            "both": {"x": 1, "w": 2, "z": 4},
        });
        assert_eq!(value(text), expected);
    }

    #[test]
    fn refuses_alias_bombs_and_deep_nesting() {
        let mut lines = vec!["a0: &a0 [x,x,x,x,x,x,x,x,x,x]".to_owned()];
        for level in 1..9 {
            let items = vec![format!("*a{}", level - 1); 10].join(",");
            lines.push(format!("a{level}: &a{level} [{items}]"));
        }
        let bomb = lines.join("\n");
        assert!(error(&bomb).ends_with("yaml: document contains excessive aliasing"));
        let deep = "[".repeat(100_000);
        assert!(error(&deep).contains("exceeded max depth"));
        let deep = "- ".repeat(2000);
        assert!(error(&deep).contains("exceeded max depth"));
    }

    #[test]
    fn a_block_scalar_may_end_with_the_text() {
        assert_eq!(value("a: |\n  x"), json!({"a": "x"}));
        assert_eq!(value("a: |\n  x\n"), json!({"a": "x\n"}));
        assert_eq!(value("a: |-\n  x"), json!({"a": "x"}));
        assert_eq!(value("a: |\n  x\n# end"), json!({"a": "x\n"}));
        assert_eq!(value("a: |"), json!({"a": ""}));
        assert_eq!(value("a: >\n  x\n  y"), json!({"a": "x y"}));
        assert_eq!(value(""), json!(null));
    }

    fn documents() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[ -~]{0,12}".prop_map(Value::from),
            "[a-z0-9:#'\" \n.,-]{0,40}".prop_map(Value::from),
            "\\PC{0,8}".prop_map(Value::from),
            "(y|no|null|~|0x1F|012|1e3|1_0|\\.5|2026-11-22|1:30|<<|=|-|\\?)".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("[a-zA-Z0-9._/~ -]{0,8}", inner, 0..5)
                    .prop_map(|it| Value::Object(it.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn reads_what_it_prints(document in documents()) {
            let text = to_yaml(&document);
            let read = parse_document(&text).map(|it| it.value);
            prop_assert_eq!(read, Ok(document), "{}", text);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[a-c0-9:|>&*!%'\"{}\\[\\],#? \t\n\r.\u{e9}-]{0,60}") {
            let _ = parse_document(&text);
            let _ = parse_documents(&text);
        }
    }
}
