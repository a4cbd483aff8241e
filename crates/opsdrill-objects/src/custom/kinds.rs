//! All kinds of a cluster at one moment: the built-in ones, and those that its definitions make.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::apply::Model;
use crate::kinds::{KINDS, KindInfo};
use crate::{Kind, Object};

use super::definition::{Definition, Version};

/// The kinds of a cluster.
#[derive(Clone, Debug, Default)]
pub struct Kinds {
    /// Grows with every change of what is served: who has kept a list need not make it again while this is the same.
    pub revision: u64,
    /// Whether nobody has installed a metrics server, which serves `metrics.k8s.io`.
    pub without_metrics: bool,
    /// By kind; a version's kind is equal to that of any other.
    custom: BTreeMap<Kind, Arc<Definition>>,
}

impl Kinds {
    /// Every kind once, custom ones in the version that clients prefer, in order of group and kind.
    pub fn rows(&self) -> impl Iterator<Item = &'static KindInfo> {
        KINDS.iter().chain(self.custom.values().map(|it| it.kind().info()))
    }

    /// What definitions serve, in order of group and kind.
    pub fn definitions(&self) -> impl Iterator<Item = &Arc<Definition>> {
        self.custom.values()
    }

    /// What serves a kind.
    pub fn definition(&self, kind: Kind) -> Option<&Arc<Definition>> {
        self.custom.get(&kind)
    }

    /// The version that a kind names.
    pub fn version(&self, kind: Kind) -> Option<&Version> {
        self.definition(kind)?.version(kind.info().version)
    }

    /// What says how the fields of a kind are owned.
    pub fn model(&self, kind: Kind) -> Model<'_> {
        match (self.version(kind), kind) {
            (Some(version), _) => Model::Custom(&version.schema),
            (None, Kind::Custom(_)) => Model::BuiltIn(""),
            (None, built_in) => Model::BuiltIn(built_in.info().name),
        }
    }

    /// The kind as it is served now: a built-in one itself, a custom one in the version that it names.
    pub fn served(&self, kind: Kind) -> Option<Kind> {
        match kind {
            Kind::Custom(_) => self.version(kind).map(|it| it.kind),
            built_in => Some(built_in),
        }
    }

    /// The kind in the version that clients prefer.
    pub fn preferred(&self, kind: Kind) -> Option<Kind> {
        match kind {
            Kind::Custom(_) => self.definition(kind).map(|it| it.kind()),
            built_in => Some(built_in),
        }
    }

    /// Finds a kind by `apiVersion` and `kind`.
    pub fn by_name(&self, api_version: &str, name: &str) -> Option<Kind> {
        Kind::by_name(api_version, name).or_else(|| {
            let (group, version) = api_version.split_once('/')?;
            let of_name = |it: &&Arc<Definition>| {
                let info = it.kind().info();
                info.group == group && info.name == name
            };
            Some(self.custom.values().find(of_name)?.version(version)?.kind)
        })
    }

    /// Finds a kind by what a user may type, as [`Kind::by_resource`] does.
    pub fn by_resource(&self, word: &str) -> Option<Kind> {
        Kind::by_resource(word).or_else(|| {
            let word = word.to_ascii_lowercase();
            let (name, group) = word.split_once('.').unwrap_or((&word, ""));
            let is_called = |info: &KindInfo| {
                info.plural == name
                    || info.singular == name
                    || info.short_names.contains(&name)
                    || info.name.eq_ignore_ascii_case(name)
            };
            let meant = |it: &KindInfo| {
                group.is_empty()
                    || group == it.group
                    || group == format!("{}.{}", it.version, it.group)
            };
            let versions = self.custom.values().flat_map(|it| &it.versions);
            versions.map(|it| it.kind).find(|it| is_called(it.info()) && meant(it.info()))
        })
    }

    /// Finds a custom kind by group, version and plural.
    pub fn by_path(&self, group: &str, version: &str, plural: &str) -> Option<Kind> {
        let mut named = self.custom.values().filter(|it| {
            let info = it.kind().info();
            info.group == group && info.plural == plural
        });
        named.find_map(|it| it.version(version)).map(|it| it.kind)
    }

    /// Takes in a definition's present state; `None` when it is gone. Answers the kinds that are served otherwise now.
    pub fn take(&mut self, name: &str, object: Option<&Object>) -> Vec<Kind> {
        let new = object.and_then(Definition::of);
        let old = self.custom.iter().find(|it| &*it.1.name == name).map(|it| *it.0);
        let mut changed = Vec::new();
        if let Some(old) = old.filter(|old| new.as_ref().is_none_or(|it| it.kind() != *old)) {
            self.custom.remove(&old);
            changed.push(old);
        }
        if let Some(new) = new {
            let kind = new.kind();
            changed.push(kind);
            self.custom.insert(kind, Arc::new(new));
        }
        self.revision += u64::from(!changed.is_empty());
        changed
    }
}
