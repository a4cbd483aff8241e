//! A set of fields of an object, as `managedFields` writes it (`fieldsV1`).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Fields of one object, as a tree.
///
/// The steps of a path are written as in `fieldsV1`: `f:name` for a field, `k:{…}` for an item of a list by its keys,
/// `v:…` for an item of a set. The root stands for the object itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSet {
    /// Whether the field itself belongs to the set, not only fields below it.
    pub is_member: bool,
    /// What is below it.
    pub children: BTreeMap<String, FieldSet>,
}

/// How deep a set that somebody sends may be.
const DEPTH_MAX: usize = 64;

impl FieldSet {
    /// A set of one field: the root of what is below.
    pub fn leaf() -> Self {
        Self { is_member: true, ..Self::default() }
    }

    /// Whether there is no field in it.
    pub fn is_empty(&self) -> bool {
        !self.is_member && self.children.is_empty()
    }

    /// Puts what is below a step into place, unless it is empty.
    pub fn put(&mut self, step: String, child: Self) {
        if !child.is_empty() {
            self.children.insert(step, child);
        }
    }

    /// Fields of either.
    #[must_use]
    pub fn union(mut self, other: &Self) -> Self {
        self.add(other);
        self
    }

    /// Adds the fields of the other.
    pub fn add(&mut self, other: &Self) {
        self.is_member |= other.is_member;
        for (step, child) in &other.children {
            match self.children.get_mut(step) {
                Some(own) => own.add(child),
                None => drop(self.children.insert(step.clone(), child.clone())),
            }
        }
    }

    /// Whether all fields of the other are here.
    pub fn contains(&self, other: &Self) -> bool {
        (self.is_member || !other.is_member)
            && other.children.iter().all(|(step, theirs)| {
                self.children.get(step).is_some_and(|own| own.contains(theirs))
            })
    }

    /// Whether any field of the other is here.
    pub fn meets(&self, other: &Self) -> bool {
        self.is_member && other.is_member
            || other
                .children
                .iter()
                .any(|(step, theirs)| self.children.get(step).is_some_and(|own| own.meets(theirs)))
    }

    /// Takes the fields of the other out of this.
    pub fn subtract(&mut self, other: &Self) {
        self.is_member &= !other.is_member;
        for (step, theirs) in &other.children {
            let Some(own) = self.children.get_mut(step) else { continue };
            own.subtract(theirs);
            if own.is_empty() {
                self.children.remove(step);
            }
        }
    }

    /// Fields of both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut both = Self { is_member: self.is_member && other.is_member, ..Self::default() };
        for (step, child) in &self.children {
            if let Some(others) = other.children.get(step) {
                both.put(step.clone(), child.intersection(others));
            }
        }
        both
    }

    /// Takes a field and all below it out.
    pub fn remove(&mut self, path: &[&str]) {
        match path {
            [] => {}
            [last] => drop(self.children.remove(*last)),
            [step, rest @ ..] => {
                if let Some(child) = self.children.get_mut(*step) {
                    child.remove(rest);
                    if child.is_empty() {
                        self.children.remove(*step);
                    }
                }
            }
        }
    }

    /// The set as `fieldsV1`.
    pub fn to_value(&self) -> Value {
        let mut fields = Map::new();
        if self.is_member && !self.children.is_empty() {
            fields.insert(".".into(), Value::Object(Map::new()));
        }
        for (step, child) in &self.children {
            fields.insert(step.clone(), child.to_value());
        }
        Value::Object(fields)
    }

    /// Reads `fieldsV1`; `None` if it is none.
    pub fn from_value(value: &Value) -> Option<Self> {
        let mut root = Self::read(value, DEPTH_MAX)?;
        root.is_member = false;
        Some(root)
    }

    fn read(value: &Value, depth: usize) -> Option<Self> {
        let fields = value.as_object()?;
        let depth = depth.checked_sub(1)?;
        let mut set = Self { is_member: fields.is_empty(), ..Self::default() };
        for (step, below) in fields {
            if step == "." {
                set.is_member = true;
            } else if ["f:", "k:", "v:", "i:"].iter().any(|it| step.starts_with(it)) {
                set.children.insert(step.clone(), Self::read(below, depth)?);
            } else {
                return None;
            }
        }
        Some(set)
    }

    /// The paths of its members as messages write them: `.spec.containers[name="a"].image`.
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.collect("", &mut paths);
        paths
    }

    fn collect(&self, path: &str, paths: &mut Vec<String>) {
        if self.is_member {
            paths.push(path.to_owned());
        }
        for (step, child) in &self.children {
            child.collect(&format!("{path}{}", shown(step)), paths);
        }
    }
}

/// A step as messages write it.
fn shown(step: &str) -> String {
    let (sort, text) = step.split_at(2);
    match sort {
        "k:" => {
            let keys: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
            let mut out = String::from("[");
            for (place, (key, value)) in keys.iter().enumerate() {
                let comma = if place > 0 { "," } else { "" };
                let _ = write!(out, "{comma}{key}={value}");
            }
            out + "]"
        }
        "v:" => format!("[={text}]"),
        "i:" => format!("[{text}]"),
        _ => format!(".{text}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(value: Value) -> FieldSet {
        FieldSet::from_value(&value).unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        let value = json!({ "f:data": { ".": {}, "f:a": {} }, "f:spec": { "f:ports": { "k:{\"port\":80}": { "f:name": {} } } } });
        assert_eq!(set(value.clone()).to_value(), value);
        assert_eq!(FieldSet::from_value(&json!({ "data": {} })), None);
    }

    #[test]
    fn sets_are_added_subtracted_and_intersected() {
        let mut one = set(json!({ "f:data": { ".": {}, "f:a": {}, "f:b": {} } }));
        let other = set(json!({ "f:data": { "f:b": {}, "f:c": {} } }));
        assert_eq!(one.intersection(&other).to_value(), json!({ "f:data": { "f:b": {} } }));
        let all = json!({ "f:data": { ".": {}, "f:a": {}, "f:b": {}, "f:c": {} } });
        assert_eq!(one.clone().union(&other).to_value(), all);
        assert!(one.meets(&other) && !one.contains(&other));
        one.subtract(&other);
        let left = json!({ "f:data": { ".": {}, "f:a": {} } });
        assert_eq!(one.to_value(), left);
        assert!(!one.meets(&other) && one.contains(&set(left)));
    }

    #[test]
    fn paths_are_shown_as_in_messages() {
        let fields = set(
            json!({ "f:spec": { "f:ports": { "k:{\"port\":80,\"protocol\":\"TCP\"}": { "f:name": {} } } } }),
        );
        assert_eq!(fields.paths(), [r#".spec.ports[port=80,protocol="TCP"].name"#]);
        let fields = set(json!({ "f:metadata": { "f:finalizers": { "v:\"a/b\"": {} } } }));
        assert_eq!(fields.paths(), [r#".metadata.finalizers[="a/b"]"#]);
    }
}
