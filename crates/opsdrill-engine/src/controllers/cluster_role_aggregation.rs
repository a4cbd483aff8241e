//! Keeps the rules of a ClusterRole with an aggregation rule those of the roles that it selects.

use std::sync::Arc;

use opsdrill_objects::selector::Selector;
use opsdrill_objects::{Kind, Object};

use super::{Change, Controller, Key, nothing_more};
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "clusterrole-aggregation-controller",
    delay: SimDuration(10),
    workers: 5,
    observe,
    reconcile,
    answered: nothing_more,
};

/// Whichever role has changed, those that sum others up are looked at.
fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    if notice.kind() == Kind::ClusterRole {
        let sums = view.list(Kind::ClusterRole, "").filter(|it| selectors(it).is_some());
        keys.extend(sums.map(|it| Key::of(it)));
    }
}

fn selectors(role: &Object) -> Option<Vec<Selector>> {
    let aggregation = role.cluster_role()?.aggregation_rule.as_ref()?;
    let selectors = aggregation.cluster_role_selectors.iter().flatten();
    Some(selectors.filter_map(|it| Selector::from_label_selector(Some(it)).ok()).collect())
}

/// As `syncClusterRole`: the rules of all that is selected, in order of names, each rule once.
fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(role) = view.get(Kind::ClusterRole, "", &key.name) else { return Vec::new() };
    let Some(selectors) = selectors(role) else { return Vec::new() };
    let mut rules = Vec::new();
    for selector in selectors {
        let is_part =
            |it: &&Arc<Object>| it.meta.name != key.name && selector.matches(&it.meta.labels);
        for part in view.list(Kind::ClusterRole, "").filter(is_part) {
            for rule in part.cluster_role().into_iter().flat_map(|it| it.rules.iter().flatten()) {
                if !rules.contains(rule) {
                    rules.push(rule.clone());
                }
            }
        }
    }
    let rules = (!rules.is_empty()).then_some(rules);
    if role.cluster_role().is_some_and(|it| it.rules == rules) {
        return Vec::new();
    }
    let mut next = (**role).clone();
    if let Some(body) = next.cluster_role_mut() {
        body.rules = rules;
    }
    vec![Change::update(next)]
}
