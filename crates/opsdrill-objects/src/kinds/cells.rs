//! What the cells of several kinds share; the rules are those of `pkg/printers/internalversion`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, PodTemplateSpec};
use k8s_openapi::api::rbac::v1::{RoleRef, Subject};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::{Object, duration};

use super::Column;

/// What stands for nothing.
pub(super) const NONE: &str = "<none>";

/// How many addresses or ports a cell names before it only counts them.
const LIST_MAX: usize = 3;

/// The time since an object was created.
pub(super) fn age(object: &Object, now: i64) -> String {
    since(object.meta.created, now)
}

/// The time since a moment; zero is no moment.
pub(super) fn since(moment: i64, now: i64) -> String {
    if moment == 0 { "<unknown>".into() } else { duration::human((now - moment) * 1000) }
}

/// A text, or `<none>`.
pub(super) fn or_none(text: Option<&str>) -> String {
    text.filter(|it| !it.is_empty()).unwrap_or(NONE).to_owned()
}

/// A text, or `<unset>`.
pub(super) fn or_unset(text: Option<&str>) -> String {
    text.unwrap_or("<unset>").to_owned()
}

/// The storage among amounts, or nothing.
pub(super) fn storage(amounts: Option<&BTreeMap<String, Quantity>>) -> String {
    amounts.and_then(|it| it.get("storage")).map_or_else(|| "0".to_owned(), |it| it.0.clone())
}

/// The storage class that an object names, today or in an annotation as it was done before 1.6.
pub(super) fn storage_class(object: &Object, named: Option<&str>) -> String {
    let old = object.meta.annotation("volume.beta.kubernetes.io/storage-class");
    old.or(named).unwrap_or_default().to_owned()
}

/// `RWO,ROX`: modes of access in a fixed order, each once.
pub(super) fn access_modes(modes: Option<&[String]>) -> String {
    let modes = modes.unwrap_or_default();
    let short = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let given = short.iter().filter(|it| modes.iter().any(|mode| mode == it.0));
    given.map(|it| it.1).collect::<Vec<_>>().join(",")
}

/// The names and the images of containers.
pub(super) fn containers(containers: &[Container]) -> [String; 2] {
    let names: Vec<&str> = containers.iter().map(|it| it.name.as_str()).collect();
    let images: Vec<&str> =
        containers.iter().map(|it| it.image.as_deref().unwrap_or_default()).collect();
    [names.join(","), images.join(",")]
}

/// The names and the images of a template's containers.
pub(super) fn template_containers(template: Option<&PodTemplateSpec>) -> [String; 2] {
    let spec = template.and_then(|it| it.spec.as_ref());
    containers(spec.map_or(&[], |it| &it.containers))
}

/// The time since a moment that may not have come.
pub(super) fn since_time(time: Option<&Time>, now: i64) -> String {
    time.map_or_else(|| NONE.to_owned(), |it| since(it.0.as_second(), now))
}

/// A truth value as Go prints it in a text column.
pub(super) fn true_or_false(value: Option<bool>) -> String {
    match value {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    }
    .to_owned()
}

/// The first three of a list, and how many more there are.
pub(super) fn first_few(items: &[String]) -> String {
    let shown = items[..items.len().min(LIST_MAX)].join(",");
    match items.len().saturating_sub(LIST_MAX) {
        0 => shown,
        more => format!("{shown} + {more} more..."),
    }
}

/// The columns of RoleBindings and ClusterRoleBindings.
pub(super) const BINDING_COLUMNS: &[Column] = &[
    Column::always("Name"),
    Column::always("Role"),
    Column::always("Age"),
    Column::wide("Users"),
    Column::wide("Groups"),
    Column::wide("ServiceAccounts"),
];

/// The cells of RoleBindings and ClusterRoleBindings.
pub(super) fn binding(
    object: &Object,
    role: &RoleRef,
    subjects: Option<&[Subject]>,
    now: i64,
) -> Vec<String> {
    let of_kind = |kind: &str| {
        let found = subjects.into_iter().flatten().filter(|it| it.kind == kind);
        let text = |it: &Subject| match &it.namespace {
            Some(namespace) if kind == "ServiceAccount" => format!("{namespace}/{}", it.name),
            _ => it.name.clone(),
        };
        found.map(text).collect::<Vec<_>>().join(", ")
    };
    vec![
        object.meta.name.to_string(),
        format!("{}/{}", role.kind, role.name),
        age(object, now),
        of_kind("User"),
        of_kind("Group"),
        of_kind("ServiceAccount"),
    ]
}
