//! What a CustomResourceDefinition serves.

use std::cmp::{Ordering, Reverse};
use std::sync::Arc;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, CustomResourceDefinitionNames, CustomResourceDefinitionSpec,
    CustomResourceDefinitionVersion,
};

use serde_json::Value;

use crate::{Kind, Object};

use super::row::{PrinterColumn, Row, ScalePaths, intern};
use super::schema::Schema;

/// A custom kind as it is served.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The name of its CustomResourceDefinition.
    pub name: Arc<str>,
    /// Its versions that are served, the one that clients prefer first.
    pub versions: Vec<Version>,
    /// The version in which objects are stored.
    pub storage: String,
    /// Whether the definition is being deleted: nothing new may be created.
    pub terminating: bool,
}

/// A version of a custom kind.
#[derive(Clone, Debug)]
pub struct Version {
    /// The kind in this version.
    pub kind: Kind,
    /// Its schema.
    pub schema: Arc<Schema>,
    /// The schema as it was written, for clients.
    pub published: Arc<Value>,
}

impl Definition {
    /// What an object defines; `None` if it is not served (yet), or serves no version.
    pub fn of(object: &Object) -> Option<Self> {
        let body = object.custom_resource_definition()?;
        let status = body.status.as_ref()?;
        let names = status.accepted_names.as_ref()?;
        if !has_condition(body, "Established") {
            return None;
        }
        let stored = body.spec.versions.iter().find(|it| it.storage);
        let served = body.spec.versions.iter().filter(|it| it.served);
        let mut versions: Vec<&CustomResourceDefinitionVersion> = served.collect();
        versions.sort_by(|one, other| prefer(&one.name, &other.name));
        let versions: Vec<Version> = versions
            .into_iter()
            .map(|it| Version {
                kind: intern(row(&body.spec, names, it)),
                schema: Arc::new(schema_of(it)),
                published: Arc::new(published(it)),
            })
            .collect();
        (!versions.is_empty()).then(|| Self {
            name: object.meta.name.clone(),
            versions,
            storage: stored.map(|it| it.name.clone()).unwrap_or_default(),
            terminating: object.meta.is_terminating(),
        })
    }

    /// The kind in the version that clients prefer.
    pub fn kind(&self) -> Kind {
        self.versions[0].kind
    }

    /// A version by its name.
    pub fn version(&self, name: &str) -> Option<&Version> {
        self.versions.iter().find(|it| it.kind.info().version == name)
    }
}

/// The schema of a version.
pub fn schema_of(version: &CustomResourceDefinitionVersion) -> Schema {
    let schema = version.schema.as_ref().and_then(|it| it.open_api_v3_schema.as_ref());
    schema.map(Schema::of).unwrap_or_default()
}

fn published(version: &CustomResourceDefinitionVersion) -> Value {
    let schema = version.schema.as_ref().and_then(|it| it.open_api_v3_schema.as_ref());
    let written = schema.map(|it| serde_json::to_value(it).expect("a schema is JSON"));
    written.unwrap_or_else(|| Value::Object(serde_json::Map::new()))
}

/// Whether a condition is true.
pub fn has_condition(body: &CustomResourceDefinition, name: &str) -> bool {
    let conditions = body.status.iter().flat_map(|it| it.conditions.iter().flatten());
    conditions.filter(|it| it.type_ == name).any(|it| it.status == "True")
}

fn row(
    spec: &CustomResourceDefinitionSpec,
    names: &CustomResourceDefinitionNames,
    version: &CustomResourceDefinitionVersion,
) -> Row {
    let parts = version.subresources.as_ref();
    let selectable = version.selectable_fields.iter().flatten();
    Row {
        group: spec.group.clone(),
        name: names.kind.clone(),
        version: version.name.clone(),
        list_kind: names.list_kind.clone().unwrap_or_default(),
        plural: names.plural.clone(),
        singular: names.singular.clone().unwrap_or_default(),
        short_names: names.short_names.clone().unwrap_or_default(),
        categories: names.categories.clone().unwrap_or_default(),
        namespaced: spec.scope == "Namespaced",
        columns: columns(version),
        status: parts.is_some_and(|it| it.status.is_some()),
        scale: parts.and_then(|it| it.scale.as_ref()).map(|it| ScalePaths {
            spec_replicas: it.spec_replicas_path.clone(),
            status_replicas: it.status_replicas_path.clone(),
            selector: it.label_selector_path.clone().unwrap_or_default(),
        }),
        selectable: selectable.map(|it| it.json_path.trim_start_matches('.').to_owned()).collect(),
        deprecation: deprecation(spec, version),
    }
}

/// The columns beside NAME; a version that names none has AGE.
fn columns(version: &CustomResourceDefinitionVersion) -> Vec<PrinterColumn> {
    let given = version.additional_printer_columns.as_deref().unwrap_or_default();
    if given.is_empty() {
        return vec![PrinterColumn {
            name: "Age".to_owned(),
            cell_type: "date".to_owned(),
            description: CREATION_TIMESTAMP.to_owned(),
            path: ".metadata.creationTimestamp".to_owned(),
            ..PrinterColumn::default()
        }];
    }
    let column = given.iter().map(|it| PrinterColumn {
        name: it.name.clone(),
        cell_type: it.type_.clone(),
        format: it.format.clone().unwrap_or_default(),
        description: it.description.clone().unwrap_or_default(),
        priority: it.priority.unwrap_or_default(),
        path: it.json_path.clone(),
    });
    column.collect()
}

/// What the real server says of the column AGE that it adds itself.
const CREATION_TIMESTAMP: &str = "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

/// What whoever uses a deprecated version is told (`defaultDeprecationWarning`).
fn deprecation(
    spec: &CustomResourceDefinitionSpec,
    version: &CustomResourceDefinitionVersion,
) -> Option<String> {
    if !version.deprecated.unwrap_or_default() {
        return None;
    }
    if let Some(own) = &version.deprecation_warning {
        return Some(own.clone());
    }
    let (group, kind) = (&spec.group, &spec.names.kind);
    let text = format!("{group}/{} {kind} is deprecated", version.name);
    let fresh = |it: &&CustomResourceDefinitionVersion| {
        it.served
            && !it.deprecated.unwrap_or_default()
            && prefer(&it.name, &version.name) == Ordering::Less
    };
    let newer =
        spec.versions.iter().filter(fresh).min_by(|one, other| prefer(&one.name, &other.name));
    Some(match newer {
        Some(newer) => format!("{text}; use {group}/{} {kind}", newer.name),
        None => text,
    })
}

/// Which of two versions clients prefer, that one first: stable before beta before alpha, each the newest first; what
/// is no version of this form comes last, in order of names (`CompareKubeAwareVersionStrings`).
pub fn prefer(one: &str, other: &str) -> Ordering {
    match (parts(one), parts(other)) {
        (Some(one), Some(other)) => Reverse(one).cmp(&Reverse(other)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => one.cmp(other),
    }
}

/// Stability, major and minor number.
fn parts(version: &str) -> Option<(u8, u64, u64)> {
    let rest = version.strip_prefix('v')?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let number = |it: &str| (!it.is_empty() && !it.starts_with('0')).then(|| it.parse().ok())?;
    let major = number(&rest[..digits])?;
    let rest = &rest[digits..];
    if rest.is_empty() {
        return Some((2, major, 0));
    }
    let beta = rest.strip_prefix("beta").map(|it| (1, it));
    let (stability, minor) = beta.or_else(|| rest.strip_prefix("alpha").map(|it| (0, it)))?;
    let plain = minor.bytes().all(|it| it.is_ascii_digit());
    Some((stability, major, if minor.is_empty() { 0 } else { number(minor).filter(|_| plain)? }))
}

#[cfg(test)]
mod tests {
    use super::prefer;

    #[test]
    fn versions_are_in_the_order_in_which_clients_prefer_them() {
        let mut versions =
            ["v1alpha1", "foo", "v10", "v2beta1", "v1", "v2beta3", "v11alpha2", "v1beta1", "bar"];
        versions.sort_by(|one, other| prefer(one, other));
        assert_eq!(
            versions,
            ["v10", "v1", "v2beta3", "v2beta1", "v1beta1", "v11alpha2", "v1alpha1", "bar", "foo"]
        );
    }
}
