//! A YAML tree into a document, with Go's limits on aliases.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Number, Value};

use super::YamlError;
use super::resolve::{Scalar, is_binary, is_merge, resolve_plain, resolve_tagged};
use super::tree::{Node, NodeId, NodeKind, Tree};
use crate::go_format::{float, json_number, quote};

/// Steps up to which nearly everything may come from aliases.
const STEPS_FREE: u64 = 400_000;
/// Steps from which on hardly anything may.
const STEPS_STRICT: u64 = 4_000_000;

/// The document, and what strict decoding would complain about.
pub(super) fn decode(tree: &Tree) -> Result<(Value, Vec<String>), YamlError> {
    let mut decoder = Decoder {
        tree,
        open_aliases: BTreeSet::new(),
        steps: 0,
        alias_steps: 0,
        duplicates: Vec::new(),
    };
    let value = match tree.root {
        Some(root) => decoder.value(root)?,
        None => Any::Scalar(Scalar::Null, String::new()),
    };
    Ok((json(value)?, decoder.duplicates))
}

/// A decoded value before it becomes JSON; keys of maps may be anything but maps and lists.
#[derive(Debug, Clone)]
enum Any {
    Scalar(Scalar, String),
    List(Vec<Any>),
    Map(BTreeMap<Key, Any>),
}

/// A key by its Go value. The text is Go's `%#v`, which tells `1` from `"1"`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    /// The key in JSON; `None` for those that JSON cannot have.
    json: Option<String>,
    go_syntax: String,
}

struct Decoder<'a> {
    tree: &'a Tree,
    /// Aliases being followed, by node.
    open_aliases: BTreeSet<NodeId>,
    steps: u64,
    alias_steps: u64,
    duplicates: Vec<String>,
}

impl<'a> Decoder<'a> {
    fn node(&mut self, id: NodeId) -> Result<&'a Node, YamlError> {
        self.steps += 1;
        if !self.open_aliases.is_empty() {
            self.alias_steps += 1;
        }
        if self.alias_steps > 100 && self.steps > 1000 && self.has_excessive_aliases() {
            return Err(YamlError::yaml("document contains excessive aliasing"));
        }
        Ok(self.tree.node(id))
    }

    /// The allowed share of steps within aliases falls from 99 % to 10 % as the document grows.
    fn has_excessive_aliases(&self) -> bool {
        let beyond = self.steps.clamp(STEPS_FREE, STEPS_STRICT) - STEPS_FREE;
        let allowed_ppm = 990_000 - 890_000 * beyond / (STEPS_STRICT - STEPS_FREE);
        self.alias_steps * 1_000_000 > allowed_ppm * self.steps
    }

    fn value(&mut self, id: NodeId) -> Result<Any, YamlError> {
        match &self.node(id)?.kind {
            NodeKind::Scalar { value, tag, implicit } => {
                scalar(value, tag.as_deref(), *implicit).map_err(YamlError::yaml)
            }
            NodeKind::Alias { name, target } => {
                self.open_alias(id, name)?;
                let value = self.value(*target);
                self.open_aliases.remove(&id);
                value
            }
            NodeKind::Sequence(items) => {
                items.iter().map(|it| self.value(*it)).collect::<Result<_, _>>().map(Any::List)
            }
            NodeKind::Mapping(entries) => {
                let mut fields = BTreeMap::new();
                self.fields(entries, &mut fields)?;
                Ok(Any::Map(fields))
            }
        }
    }

    fn open_alias(&mut self, id: NodeId, name: &str) -> Result<(), YamlError> {
        if self.open_aliases.insert(id) {
            return Ok(());
        }
        Err(YamlError::yaml(format!("anchor '{name}' value contains itself")))
    }

    fn fields(
        &mut self,
        entries: &[(NodeId, NodeId)],
        fields: &mut BTreeMap<Key, Any>,
    ) -> Result<(), YamlError> {
        let mut written = BTreeSet::new();
        for (key, value) in entries {
            if self.is_merge(*key) {
                self.merge(*value, fields)?;
                continue;
            }
            let key = key_of(&self.value(*key)?)?;
            let decoded = self.value(*value)?;
            if !written.insert(key.clone()) {
                let line = self.tree.node(*value).line + 1;
                let text = format!("line {line}: key {} already set in map", key.go_syntax);
                self.duplicates.push(text);
            }
            fields.insert(key, decoded);
        }
        Ok(())
    }

    fn is_merge(&self, key: NodeId) -> bool {
        match &self.tree.node(key).kind {
            NodeKind::Scalar { value, tag, implicit } => {
                value == "<<" && (*implicit || tag.as_deref().is_some_and(is_merge))
            }
            _ => false,
        }
    }

    fn merge(&mut self, id: NodeId, fields: &mut BTreeMap<Key, Any>) -> Result<(), YamlError> {
        if let NodeKind::Sequence(items) = &self.tree.node(id).kind {
            // Backwards, because earlier ones take precedence.
            return items.iter().rev().try_for_each(|it| self.merge_map(*it, fields));
        }
        self.merge_map(id, fields)
    }

    fn merge_map(&mut self, id: NodeId, fields: &mut BTreeMap<Key, Any>) -> Result<(), YamlError> {
        match &self.node(id)?.kind {
            NodeKind::Mapping(entries) => self.fields(entries, fields),
            NodeKind::Alias { name, target } => {
                self.open_alias(id, name)?;
                let merged = match &self.node(*target)?.kind {
                    NodeKind::Mapping(entries) => self.fields(entries, fields),
                    _ => Err(no_map_to_merge()),
                };
                self.open_aliases.remove(&id);
                merged
            }
            _ => Err(no_map_to_merge()),
        }
    }
}

fn no_map_to_merge() -> YamlError {
    YamlError::yaml("map merge requires map or sequence of maps as the value")
}

fn scalar(value: &str, tag: Option<&str>, implicit: bool) -> Result<Any, String> {
    let text = value.to_owned();
    match tag {
        Some(tag) if is_binary(tag) => {
            let compact: String = value.chars().filter(|it| !matches!(it, '\r' | '\n')).collect();
            let engine = GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new());
            let invalid = |_| "!!binary value contains invalid base64 data".to_owned();
            let bytes = engine.decode(compact).map_err(invalid)?;
            Ok(Any::Scalar(Scalar::Text, String::from_utf8_lossy(&bytes).into_owned()))
        }
        Some(tag) => resolve_tagged(tag, value).map(|scalar| Any::Scalar(scalar, text)),
        None if implicit => Ok(Any::Scalar(resolve_plain(value), text)),
        None => Ok(Any::Scalar(Scalar::Text, text)),
    }
}

fn key_of(value: &Any) -> Result<Key, YamlError> {
    let go_syntax = go_syntax(value);
    let json = match value {
        Any::List(_) | Any::Map(_) => {
            return Err(YamlError::yaml(format!("invalid map key: {go_syntax}")));
        }
        Any::Scalar(Scalar::Null | Scalar::Unsigned(_), _) => None,
        Any::Scalar(Scalar::Bool(_) | Scalar::Integer(_), _) => Some(go_syntax.clone()),
        Any::Scalar(Scalar::Float(it), _) if it.is_nan() => Some(".nan".to_owned()),
        Any::Scalar(Scalar::Float(it), _) if it.is_infinite() => {
            Some(if it.is_sign_negative() { "-.inf" } else { ".inf" }.to_owned())
        }
        // Keys go through 32 bits, for no good reason.
        Any::Scalar(Scalar::Float(it), _) => {
            let shortest: f64 = (*it as f32).to_string().parse().unwrap_or(*it);
            Some(float(shortest))
        }
        Any::Scalar(_, text) => Some(text.clone()),
    };
    Ok(Key { json, go_syntax })
}

/// Go's `%#v`.
fn go_syntax(value: &Any) -> String {
    match value {
        Any::Scalar(Scalar::Null, _) => "interface {}(nil)".to_owned(),
        Any::Scalar(Scalar::Bool(it), _) => it.to_string(),
        Any::Scalar(Scalar::Integer(it), _) => it.to_string(),
        Any::Scalar(Scalar::Unsigned(it), _) => format!("0x{it:x}"),
        Any::Scalar(Scalar::Float(it), _) => float(*it),
        Any::Scalar(_, text) => quote(text),
        Any::List(items) => {
            let items: Vec<String> = items.iter().map(go_syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Any::Map(fields) => {
            let field =
                |(key, value): (&Key, &Any)| format!("{}:{}", key.go_syntax, go_syntax(value));
            let fields: Vec<String> = fields.iter().map(field).collect();
            format!("map[interface {{}}]interface {{}}{{{}}}", fields.join(", "))
        }
    }
}

fn json(value: Any) -> Result<Value, YamlError> {
    match value {
        Any::Scalar(scalar, text) => json_scalar(&scalar, text),
        Any::List(items) => items.into_iter().map(json).collect::<Result<_, _>>().map(Value::Array),
        Any::Map(fields) => {
            let mut object = Map::new();
            for (key, value) in fields {
                let Some(name) = key.json else {
                    return Err(unsupported_key(&key.go_syntax, &value));
                };
                object.insert(name, json(value)?);
            }
            Ok(Value::Object(object))
        }
    }
}

fn unsupported_key(go_syntax_of_key: &str, value: &Any) -> YamlError {
    let shown = |text: &str| text.replace("interface {}(nil)", "<nil>");
    let is_null = go_syntax_of_key.starts_with("interface");
    let kind = if is_null { "%!s(<nil>)" } else { "uint64" };
    let (key, value) = (shown(go_syntax_of_key), shown(&go_syntax(value)));
    let text = format!("unsupported map key of type: {kind}, key: {key}, value: {value}");
    YamlError::Conversion(text)
}

fn json_scalar(scalar: &Scalar, text: String) -> Result<Value, YamlError> {
    Ok(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Bool(it) => Value::Bool(*it),
        Scalar::Integer(it) => Value::from(*it),
        Scalar::Unsigned(it) => Value::from(*it),
        Scalar::Float(it) => {
            let Some(number) = Number::from_f64(*it) else {
                let name = if it.is_nan() {
                    "NaN"
                } else if it.is_sign_negative() {
                    "-Inf"
                } else {
                    "+Inf"
                };
                let text = format!("json: unsupported value: {name}");
                return Err(YamlError::Conversion(text));
            };
            // A float without a fraction is an integer in JSON, and is read as one from there on.
            serde_json::from_str(&json_number(&number)).unwrap_or(Value::Number(number))
        }
        Scalar::Timestamp | Scalar::Merge | Scalar::Text => Value::String(text),
    })
}
