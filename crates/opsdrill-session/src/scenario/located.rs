//! A YAML file as a tree that knows where each value stands, for complaints about what a value means.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::Spanned;

/// Line and column, from 1.
pub(super) type Place = (u64, u64);

/// A value and its place.
#[derive(Debug)]
pub(super) struct Located {
    node: Node,
    pub(super) place: Place,
}

#[derive(Debug)]
enum Node {
    Scalar(Value),
    List(Vec<Located>),
    Map(Vec<(String, Located)>),
}

impl Located {
    /// Reads a file; `None` where it is no YAML, which whoever reads it into its type says with the place.
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_saphyr::from_str(text).ok()
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|it| it.0 == key).map(|it| &it.1)
    }

    /// The value at the end of a path of keys.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |it, key| it.get(key))
    }

    /// The entries of a map.
    pub(super) fn entries(&self) -> &[(String, Self)] {
        if let Node::Map(entries) = &self.node { entries } else { &[] }
    }

    /// The items of a list.
    pub(super) fn items(&self) -> &[Self] {
        if let Node::List(items) = &self.node { items } else { &[] }
    }

    /// The items of the list below a path; nothing where there is none.
    pub(super) fn list(&self, path: &[&str]) -> &[Self] {
        self.at(path).map_or(&[], Self::items)
    }

    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        if let Node::Scalar(Value::String(text)) = &self.node { Some(text) } else { None }
    }

    /// Without the places.
    pub(super) fn value(&self) -> Value {
        match &self.node {
            Node::Scalar(value) => value.clone(),
            Node::List(items) => items.iter().map(Self::value).collect(),
            Node::Map(entries) => {
                Value::Object(entries.iter().map(|it| (it.0.clone(), it.1.value())).collect())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Located {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Node>::deserialize(deserializer)?;
        let place = (spanned.referenced.line(), spanned.referenced.column());
        Ok(Self { node: spanned.value, place })
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_places() {
        let tree = Located::read("a: 1\nb:\n  - c: {d: \"x\"}\n  - e\n").unwrap();
        let list = tree.list(&["b"]);
        let deep = list[0].at(&["c", "d"]).unwrap();
        assert_eq!((deep.text(), deep.place), (Some("x"), (3, 12)));
        assert_eq!((list[1].text(), list[1].place), (Some("e"), (4, 5)));
        assert_eq!(tree.value(), serde_json::json!({"a": 1, "b": [{"c": {"d": "x"}}, "e"]}));
    }
}
