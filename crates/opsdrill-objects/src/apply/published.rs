//! What the API publishes of a field beside its type, from the tables by which patches merge and fields are owned.

use serde_json::{Value, json};

use super::shape::{Keys, Rule, Shape};
use crate::patch::merge_keys::{FieldRule, Schema, Strategy};

/// What the tables know of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The rule of the field in which it stands; none for a kind itself.
    rule: Option<FieldRule>,
    merged: Schema,
    owned: Rule,
}

/// The table's rule for a shape; built-in kinds have no other.
fn rule_of(shape: Shape<'_>) -> Rule {
    match shape {
        Shape::Table(rule) => rule,
        Shape::Resource(_) | Shape::Schema(_) => Rule::Nested(""),
    }
}

impl Facts {
    fn shape(self) -> Shape<'static> {
        Shape::Table(self.owned)
    }

    /// Of a built-in kind.
    pub fn of_kind(kind: &str) -> Self {
        Self { rule: None, merged: Schema::of_kind(kind), owned: rule_of(Shape::of(kind.into())) }
    }

    /// Of a field.
    #[must_use]
    pub fn field(self, name: &str) -> Self {
        let rule = self.merged.field(name);
        Self { rule: Some(rule), merged: rule.schema(), owned: rule_of(self.shape().field(name)) }
    }

    /// Of the items of a list.
    #[must_use]
    pub fn item(self) -> Self {
        Self { rule: None, owned: rule_of(self.shape().item()), ..self }
    }

    /// What is published of the field: names and values.
    pub fn extensions(self, is_list: bool) -> Vec<(&'static str, Value)> {
        let mut found = Vec::new();
        if let Some(rule) = self.rule {
            let strategy = match (rule.strategy, rule.retain_keys) {
                (Strategy::Merge, true) => "merge,retainKeys",
                (Strategy::Merge, false) => "merge",
                (Strategy::Replace, _) => "replace",
                (Strategy::Default, true) => "retainKeys",
                (Strategy::Default, false) => "",
            };
            if !strategy.is_empty() {
                found.push(("x-kubernetes-patch-strategy", json!(strategy)));
            }
            if !rule.merge_key.is_empty() {
                found.push(("x-kubernetes-patch-merge-key", json!(rule.merge_key)));
            }
        }
        if !is_list {
            if self.shape().is_atomic() {
                found.push(("x-kubernetes-map-type", json!("atomic")));
            }
            return found;
        }
        let keys = self.shape().keys();
        let kind = match keys {
            Some(_) => "map",
            None if self.shape().is_whole_list() => "atomic",
            None => "set",
        };
        found.push(("x-kubernetes-list-type", json!(kind)));
        if let Some(Keys::Table(keys)) = keys {
            let keys: Vec<&str> = keys.iter().map(|it| it.0).collect();
            found.push(("x-kubernetes-list-map-keys", json!(keys)));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_told_apart_by_name_and_their_ports_by_two_keys() {
        let spec = ["spec", "template", "spec"]
            .iter()
            .fold(Facts::of_kind("Deployment"), |facts, name| facts.field(name));
        let containers = spec.field("containers");
        assert_eq!(
            containers.extensions(true),
            [
                ("x-kubernetes-patch-strategy", json!("merge")),
                ("x-kubernetes-patch-merge-key", json!("name")),
                ("x-kubernetes-list-type", json!("map")),
                ("x-kubernetes-list-map-keys", json!(["name"])),
            ]
        );
        let ports = containers.item().field("ports").extensions(true);
        assert!(ports.contains(&("x-kubernetes-patch-merge-key", json!("containerPort"))));
        assert!(
            ports.contains(&("x-kubernetes-list-map-keys", json!(["containerPort", "protocol"])))
        );
        let command = containers.item().field("command").extensions(true);
        assert_eq!(command, [("x-kubernetes-list-type", json!("atomic"))]);
        let selector = Facts::of_kind("Deployment").field("spec").field("selector");
        assert_eq!(selector.extensions(false), [("x-kubernetes-map-type", json!("atomic"))]);
        let finalizers = Facts::of_kind("Pod").field("metadata").field("finalizers");
        assert!(finalizers.extensions(true).contains(&("x-kubernetes-list-type", json!("set"))));
    }
}
