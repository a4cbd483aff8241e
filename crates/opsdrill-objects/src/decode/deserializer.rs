//! The strict decoder: a serde deserializer over JSON that knows where it is and complains as the server does.
//!
//! The API server decodes with a fork of Go's `encoding/json`. Three of its habits matter to a reader of its
//! complaints and are kept here: a wrong type does not end the decoding (the first one is told at the end); a
//! failing `UnmarshalJSON`, such as a quantity's, ends it at once and is told instead; an unknown field is only
//! written down.

use std::any::type_name;
use std::cell::RefCell;

use serde::de::value::{StrDeserializer, StringDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Error as _, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};
use thiserror::Error;

use super::base64_text;
use super::go_types::{self, Target};
use super::{DecodeError, Decoded};
use crate::go_format::json_kind;
use crate::quantity::Quantity;
use crate::timestamp;

/// Nesting beyond which a document is refused; the deepest Kubernetes type needs about 20.
const DEPTH_MAX: usize = 128;

/// How many unknown fields are written down, as in the server.
const UNKNOWN_MAX: usize = 100;

/// Decodes a document that stands at `prefix` (field names) of a struct called `owner`.
pub(super) fn decode_at<T: DeserializeOwned>(
    document: &Value,
    owner: &'static str,
    prefix: Option<&str>,
) -> Result<Decoded<T>, DecodeError> {
    let findings = RefCell::new(Findings::default());
    let root = Place { parent: None, step: Step::Root, owner, depth: 0 };
    let place = match prefix {
        Some(field) => root.child(Step::Field(field), owner),
        None => root,
    };
    let result =
        T::deserialize(Deserializer { value: document, place: &place, findings: &findings });
    let Findings { unknown, first } = findings.into_inner();
    match (result, first) {
        (Err(abort), _) => Err(abort.0),
        (Ok(_), Some(complaint)) => Err(complaint),
        (Ok(value), None) => Ok(Decoded { value, unknown }),
    }
}

#[derive(Debug, Default)]
struct Findings {
    unknown: Vec<String>,
    first: Option<DecodeError>,
}

/// The end of decoding.
#[derive(Debug, Error)]
#[error("{0}")]
pub(super) struct Abort(DecodeError);

impl serde::de::Error for Abort {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self(DecodeError::new(message.to_string()))
    }
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Field(&'a str),
    Key(&'a str),
    Index(usize),
}

/// Where in the document the decoder is; a list that lives on the call stack.
#[derive(Clone, Copy)]
struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    step: Step<'a>,
    /// The innermost struct around, empty at the root.
    owner: &'static str,
    depth: usize,
}

impl<'a> Place<'a> {
    fn child<'b>(&'b self, step: Step<'b>, owner: &'static str) -> Place<'b>
    where
        'a: 'b,
    {
        Place { parent: Some(self), step, owner, depth: self.depth + 1 }
    }

    /// The path of struct fields alone, as Go's type errors tell it.
    fn go_path(&self) -> String {
        let mut path = self.parent.map(Place::go_path).unwrap_or_default();
        if let Step::Field(name) = self.step {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(name);
        }
        path
    }

    /// The path with keys and indexes, as the complaint about an unknown field tells it.
    fn full_path(&self) -> String {
        let mut path = self.parent.map(Place::full_path).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Field(name) | Step::Key(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
            }
            Step::Index(index) => path.push_str(&["[", &index.to_string(), "]"].concat()),
        }
        path
    }

    /// The nearest struct field on the way here, when nothing else lies between.
    fn field(&self) -> Option<&str> {
        match self.step {
            Step::Field(name) => Some(name),
            _ => None,
        }
    }
}

#[derive(Clone, Copy)]
struct Deserializer<'de, 'a> {
    value: &'de Value,
    place: &'a Place<'a>,
    findings: &'a RefCell<Findings>,
}

impl<'de> Deserializer<'de, '_> {
    /// Go's `cannot unmarshal X into Go struct field Owner.path of type T`.
    fn mismatch(&self, found: &str, target: &Target) -> DecodeError {
        let path = self.place.go_path();
        let place = if path.is_empty() {
            "value".to_owned()
        } else {
            format!("struct field {}.{path}", self.place.owner)
        };
        DecodeError {
            message: format!(
                "json: cannot unmarshal {found} into Go {place} of type {}",
                target.go_name(),
            ),
            conversion: target.conversion_complaint(self.value),
        }
    }

    fn note(&self, complaint: DecodeError) {
        self.findings.borrow_mut().first.get_or_insert(complaint);
    }

    fn note_mismatch(&self, target: &Target) {
        if !self.value.is_null() {
            self.note(self.mismatch(json_kind(self.value), target));
        }
    }

    /// The integer, or 0 and a note.
    fn integer(&self, name: &'static str, minimum: i64, maximum: i64) -> i64 {
        let target = Target::Number(name);
        let Value::Number(number) = self.value else {
            self.note_mismatch(&target);
            return 0;
        };
        let fitting = number.as_i64().filter(|it| (minimum..=maximum).contains(it));
        if fitting.is_none() {
            self.note(self.mismatch(&format!("number {number}"), &target));
        }
        fitting.unwrap_or_default()
    }

    /// The text, or nothing and a note.
    fn text(&self) -> &'de str {
        let Value::String(text) = self.value else {
            let name = self.place.field().and_then(|it| go_types::text(self.place.owner, it));
            self.note_mismatch(&Target::Text(name.unwrap_or("string")));
            return "";
        };
        text
    }

    /// A Secret's value, base64 without line breaks.
    fn base64(&self) -> String {
        let Value::String(text) = self.value else {
            self.note_mismatch(&Target::Sequence("[]uint8".into()));
            return String::new();
        };
        match base64_text::check(text) {
            Ok(clean) => clean,
            Err(complaint) => {
                self.note(DecodeError::new(complaint));
                String::new()
            }
        }
    }

    /// A time in RFC 3339.
    fn time<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Abort> {
        let text = match self.value {
            Value::Null => "0001-01-01T00:00:00Z",
            Value::String(text) => text,
            other => {
                let complaint = self.mismatch(json_kind(other), &Target::Text("string"));
                return Err(Abort(complaint));
            }
        };
        timestamp::parse(text).map_err(Abort::custom)?;
        visitor.visit_newtype_struct(StrDeserializer::<Abort>::new(text))
    }

    /// A quantity in the spelling that the server keeps.
    fn quantity<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Abort> {
        let text = match self.value {
            Value::Null => "0".to_owned(),
            value => Quantity::from_json(value).map_err(Abort::custom)?.to_string(),
        };
        visitor.visit_newtype_struct(StringDeserializer::<Abort>::new(text))
    }

    /// A number of 32 bits or a text.
    fn number_or_text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Abort> {
        match self.value {
            Value::Null => visitor.visit_i64(0),
            Value::String(text) => visitor.visit_str(text),
            Value::Number(number) => {
                let fitting = number.as_i64().and_then(|it| i32::try_from(it).ok());
                let found = format!("number {number}");
                let complaint = || Abort(self.mismatch(&found, &Target::Number("int32")));
                visitor.visit_i32(fitting.ok_or_else(complaint)?)
            }
            other => {
                let found = json_kind(other);
                Err(Abort(self.mismatch(found, &Target::Number("int32"))))
            }
        }
    }

    fn check_depth(&self) -> Result<(), Abort> {
        if self.place.depth > DEPTH_MAX {
            return Err(Abort::custom("exceeded max depth"));
        }
        Ok(())
    }
}

macro_rules! integers {
    ($($method:ident, $visit:ident, $type:ty, $name:literal;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Abort> {
            let number = self.integer($name, i64::from(<$type>::MIN), i64::from(<$type>::MAX));
            visitor.$visit(number as $type)
        })*
    };
}

impl<'de> serde::Deserializer<'de> for Deserializer<'de, '_> {
    type Error = Abort;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Abort> {
        self.check_depth()?;
        if go_types::is(type_name::<V::Value>(), "IntOrString") {
            return self.number_or_text(visitor);
        }
        self.value.deserialize_any(visitor).map_err(Abort::custom)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Abort> {
        if !self.value.is_boolean() {
            self.note_mismatch(&Target::Bool);
        }
        visitor.visit_bool(self.value.as_bool().unwrap_or_default())
    }

    integers! {
        deserialize_i8, visit_i8, i8, "int8";
        deserialize_i16, visit_i16, i16, "int16";
        deserialize_i32, visit_i32, i32, "int32";
        deserialize_i64, visit_i64, i64, "int64";
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Abort> {
        if go_types::is(type_name::<V::Value>(), "ByteString") {
            return visitor.visit_str(&self.base64());
        }
        visitor.visit_str(self.text())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Abort> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Abort> {
        let field = self.place.field().unwrap_or_default();
        let absent = self.value.is_null()
            || go_types::is_dropped(self.place.owner, field, self.value, type_name::<V::Value>());
        if absent { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Abort> {
        match name {
            "Quantity" => self.quantity(visitor),
            "Time" | "MicroTime" => self.time(visitor),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Abort> {
        self.check_depth()?;
        let all: &'de [Value] = if let Value::Array(all) = self.value {
            all
        } else {
            self.note_mismatch(&Target::Sequence(go_types::of_type_name(type_name::<V::Value>())));
            &[]
        };
        visitor.visit_seq(Items { all, next: 0, at: self })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Abort> {
        self.check_depth()?;
        let Value::Object(entries) = self.value else {
            self.note_mismatch(&Target::Map(go_types::of_type_name(type_name::<V::Value>())));
            return visitor.visit_map(Entries::new(None, self, None));
        };
        visitor.visit_map(Entries::new(Some(entries), self, None))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Abort> {
        self.check_depth()?;
        let known = Some((name, fields));
        let Value::Object(entries) = self.value else {
            self.note_mismatch(&Target::Struct(format!("v1.{name}")));
            return visitor.visit_map(Entries::new(None, self, known));
        };
        visitor.visit_map(Entries::new(Some(entries), self, known))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Abort> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct
        enum identifier
    }
}

struct Items<'de, 'a> {
    all: &'de [Value],
    next: usize,
    at: Deserializer<'de, 'a>,
}

impl<'de> SeqAccess<'de> for Items<'de, '_> {
    type Error = Abort;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Abort> {
        let Some(value) = self.all.get(self.next) else { return Ok(None) };
        let place = self.at.place.child(Step::Index(self.next), self.at.place.owner);
        self.next += 1;
        seed.deserialize(Deserializer { value, place: &place, findings: self.at.findings })
            .map(Some)
    }
}

/// The entries of a map, or the fields of a struct whose name and field names are known.
struct Entries<'de, 'a> {
    rest: Option<serde_json::map::Iter<'de>>,
    current: Option<(&'de str, &'de Value)>,
    at: Deserializer<'de, 'a>,
    known: Option<(&'static str, &'static [&'static str])>,
}

impl<'de, 'a> Entries<'de, 'a> {
    fn new(
        entries: Option<&'de Map<String, Value>>,
        at: Deserializer<'de, 'a>,
        known: Option<(&'static str, &'static [&'static str])>,
    ) -> Self {
        Self { rest: entries.map(Map::iter), current: None, at, known }
    }

    fn note_unknown(&self, key: &str) {
        let Some((_, fields)) = self.known else { return };
        if fields.contains(&key) || is_type_meta(self.at.place, key) {
            return;
        }
        let path = self.at.place.child(Step::Field(key), "").full_path();
        let unknown = &mut self.at.findings.borrow_mut().unknown;
        if unknown.len() < UNKNOWN_MAX {
            unknown.push(path);
        }
    }
}

/// `apiVersion` and `kind` belong to every document.
fn is_type_meta(place: &Place<'_>, key: &str) -> bool {
    place.parent.is_none() && matches!(key, "apiVersion" | "kind")
}

impl<'de> MapAccess<'de> for Entries<'de, '_> {
    type Error = Abort;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Abort> {
        let Some((key, value)) = self.rest.as_mut().and_then(Iterator::next) else {
            return Ok(None);
        };
        self.note_unknown(key);
        self.current = Some((key, value));
        seed.deserialize(key.as_str().into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Abort> {
        let (key, value) = self.current.take().expect("serde asks for a key first");
        let place = match self.known {
            Some((name, _)) => self.at.place.child(Step::Field(key), name),
            None => self.at.place.child(Step::Key(key), self.at.place.owner),
        };
        seed.deserialize(Deserializer { value, place: &place, findings: self.at.findings })
    }
}
