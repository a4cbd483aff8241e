//! Kinds, names and containers, from the live cluster.

use std::collections::BTreeSet;
use std::sync::Arc;

use opsdrill_objects::custom::kinds::Kinds;
use opsdrill_objects::k8s_openapi::api::core::v1::{Container, PodSpec};
use opsdrill_objects::{Kind, Object};

use crate::kubectl::metrics;

use super::{Lookup, Takes};

/// Kinds whose pods a verb finds by itself.
const WITH_PODS: &[Kind] = &[Kind::Deployment, Kind::ReplicaSet, Kind::Service];

/// What is looked for, and where.
pub(super) struct Wanted<'a> {
    /// The verb's words before the one being typed.
    pub(super) words: &'a [String],
    pub(super) typed: &'a str,
    pub(super) namespace: &'a str,
    pub(super) lookup: &'a dyn Lookup,
}

impl Wanted<'_> {
    /// The candidates for the word being typed.
    pub(super) fn of(&self, takes: Takes) -> Vec<String> {
        match takes {
            Takes::Objects(kinds) => self.objects(kinds),
            Takes::ObjectsThenContainers(kinds) => {
                let mut found = self.objects(kinds);
                found.extend(self.containers().iter().map(|it| format!("{it}=")));
                found
            }
            Takes::Names(kind) => self.unused_names(kind),
            Takes::PodThenContainer if self.words.is_empty() => self.pods(),
            Takes::PodThenContainer => self.containers(),
            Takes::Context if self.words.is_empty() => {
                self.lookup.config().contexts.iter().map(|it| it.name.clone()).collect()
            }
            Takes::Nothing | Takes::Context => Vec::new(),
        }
    }

    /// `TYPE`, `TYPE,TYPE`, `NAME` after a type, and `TYPE/NAME`.
    fn objects(&self, kinds: &[Kind]) -> Vec<String> {
        if let Some((word, _)) = self.typed.split_once('/') {
            return self.names_of_type(word);
        }
        match self.words.first() {
            None => self.types(kinds),
            Some(first) if first.contains('/') => {
                self.types(kinds).iter().map(|it| format!("{it}/")).collect()
            }
            Some(types) => {
                let known = self.lookup.kinds();
                let named = types.split(',').filter_map(|it| known.by_resource(it));
                named.flat_map(|kind| self.unused_names(kind)).collect()
            }
        }
    }

    /// The kinds' plurals; several may be given, separated by commas.
    fn types(&self, kinds: &[Kind]) -> Vec<String> {
        let (before, after) = match self.typed.rfind(',') {
            Some(comma) => self.typed.split_at(comma + 1),
            None => ("", self.typed),
        };
        let known = self.lookup.kinds();
        if kinds.is_empty() {
            let all = types_that_can_be_read(&known).into_iter();
            return all.map(|it| format!("{before}{it}")).collect();
        }
        let wanted = known.rows().filter(|it| kinds.contains(&it.kind));
        let mut found: Vec<&str> = wanted.map(|it| it.plural).collect();
        // What stands for a kind already is whole: a slash may follow it.
        let is_whole = self.lookup.kinds().by_resource(after).is_some();
        if is_whole && !found.iter().any(|it| it.starts_with(after)) {
            found.push(after);
        }
        found.iter().map(|it| format!("{before}{it}")).collect()
    }

    /// `TYPE/NAME` of all objects of a type.
    fn names_of_type(&self, word: &str) -> Vec<String> {
        let Some(kind) = self.lookup.kinds().by_resource(word) else { return Vec::new() };
        self.names(kind).iter().map(|it| format!("{word}/{it}")).collect()
    }

    fn names(&self, kind: Kind) -> Vec<String> {
        let namespace = if kind.info().namespaced { self.namespace } else { "" };
        let objects = self.lookup.list(kind, namespace);
        objects.iter().map(|it| it.meta.name.to_string()).collect()
    }

    /// The names of a kind that the line does not hold yet.
    fn unused_names(&self, kind: Kind) -> Vec<String> {
        let mut names = self.names(kind);
        names.retain(|it| !self.words.contains(it));
        names
    }

    fn pods(&self) -> Vec<String> {
        if let Some((word, _)) = self.typed.split_once('/') {
            return self.names_of_type(word);
        }
        let types = WITH_PODS.iter().map(|it| format!("{}/", it.info().plural));
        self.names(Kind::Pod).into_iter().chain(types).collect()
    }

    /// The containers of the object that the words name.
    pub(super) fn containers(&self) -> Vec<String> {
        let Some(object) = self.object() else { return Vec::new() };
        let name = |it: &Container| it.name.clone();
        let names = |spec: &PodSpec| -> Vec<String> {
            let init = spec.init_containers.iter().flatten();
            init.chain(&spec.containers).map(name).collect()
        };
        if let Some(pod) = object.pod() {
            return names(&pod.spec);
        }
        let template = match object.kind {
            Kind::Deployment => {
                object.deployment().and_then(|it| it.spec.as_ref()).map(|it| &it.template)
            }
            Kind::ReplicaSet => {
                object.replica_set().and_then(|it| it.spec.as_ref()?.template.as_ref())
            }
            _ => None,
        };
        template.and_then(|it| it.spec.as_ref()).map(names).unwrap_or_default()
    }

    /// The object that the first words name: `POD`, `TYPE/NAME` or `TYPE NAME`.
    fn object(&self) -> Option<Arc<Object>> {
        let (kind, name) = match self.words {
            [word, ..] if word.contains('/') => {
                let (word, name) = word.split_once('/')?;
                (self.lookup.kinds().by_resource(word)?, name)
            }
            [word, name, ..] if self.lookup.kinds().by_resource(word).is_some() => {
                (self.lookup.kinds().by_resource(word)?, name.as_str())
            }
            [word, ..] => (Kind::Pod, word.as_str()),
            [] => return None,
        };
        let objects = self.lookup.list(kind, self.namespace);
        objects.into_iter().find(|it| *it.meta.name == *name)
    }

    /// `KEY=VALUE` of the labels that objects of the named kinds have.
    pub(super) fn labels(&self) -> Vec<String> {
        let first = self.words.first().map_or("pods", String::as_str);
        let known = self.lookup.kinds();
        let kinds = first.split(',').filter_map(|it| known.by_resource(it));
        let mut found = BTreeSet::new();
        for kind in kinds {
            let namespace = if kind.info().namespaced { self.namespace } else { "" };
            for object in self.lookup.list(kind, namespace) {
                found
                    .extend(object.meta.labels.iter().map(|(key, value)| format!("{key}={value}")));
            }
        }
        found.into_iter().collect()
    }
}

/// All types as `kubectl api-resources` names them, group by group: `pods`, `deployments.apps`.
fn types_that_can_be_read(known: &Kinds) -> Vec<String> {
    let rows = known.rows().filter(|it| it.verbs.contains(&"get"));
    let own = rows.map(|it| (it.group, it.plural)).chain(known.rows().flat_map(|it| {
        let others = it.other_versions.iter().filter(|other| other.group != it.group);
        others.map(|other| (other.group, it.plural))
    }));
    let measured = metrics::resources(known).map(|it| (metrics::GROUP, it.plural));
    let mut all: Vec<(&str, &str)> = own.chain(measured).collect();
    all.sort_unstable();
    let name = |(group, plural): &(&str, &str)| match *group {
        "" => (*plural).to_owned(),
        group => format!("{plural}.{group}"),
    };
    all.iter().map(name).collect()
}
