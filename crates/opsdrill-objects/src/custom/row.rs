//! A custom kind in one of its versions: a row like those of the built-in kinds, made while the program runs.
//!
//! Rows are interned by their whole content and live as long as the program, so that a [`Kind`] stays a small thing to
//! copy. Two clusters in one process that know the same row share it; nothing of a row can be changed, and no order of
//! events can be read off it. What is kept for ever is bounded by what clients have written: schemas, the large part
//! of a definition, are not in a row but with the cluster.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::jsonpath::Template;
use crate::kinds::{Column, ColumnType, KindInfo, SubresourceInfo};
use crate::validation::{metadata, names};
use crate::{Kind, Object};

use super::{body, cells};

/// What discovery lists for a custom resource, in its order.
const VERBS: &[&str] =
    &["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

/// What is said of a custom kind in one version.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// API group.
    pub group: String,
    /// `kind`.
    pub name: String,
    /// The version.
    pub version: String,
    /// `kind` of lists.
    pub list_kind: String,
    /// Plural resource name; empty where only group, version and kind are known.
    pub plural: String,
    /// Singular resource name.
    pub singular: String,
    /// Short names.
    pub short_names: Vec<String>,
    /// Categories.
    pub categories: Vec<String>,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// Columns beside NAME.
    pub columns: Vec<PrinterColumn>,
    /// Whether `status` is a subresource.
    pub status: bool,
    /// The paths of the `scale` subresource.
    pub scale: Option<ScalePaths>,
    /// Fields by which lists can be selected, without the first dot.
    pub selectable: Vec<String>,
    /// What whoever uses the version is told.
    pub deprecation: Option<String>,
}

/// A printer column.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PrinterColumn {
    /// Heading.
    pub name: String,
    /// `integer`, `number`, `string`, `boolean` or `date`.
    pub cell_type: String,
    /// `format`; may be empty.
    pub format: String,
    /// What the column means.
    pub description: String,
    /// Columns of a priority above 0 are shown with `-o wide` only.
    pub priority: i32,
    /// Where the value stands, such as `.spec.size`.
    pub path: String,
}

/// Where a custom resource keeps what a Scale says.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScalePaths {
    /// `.spec.replicas`.
    pub spec_replicas: String,
    /// `.status.replicas`.
    pub status_replicas: String,
    /// `.status.selector`; empty if there is none.
    pub selector: String,
}

/// A custom kind in a version. Two are equal if group and kind are: a version is a view of the same objects.
pub struct CustomKind {
    row: Row,
    paths: Vec<Option<Template>>,
    // Names the row itself, so it is set once the row has its place.
    info: OnceLock<KindInfo>,
}

static ROWS: Mutex<BTreeMap<Row, &'static CustomKind>> = Mutex::new(BTreeMap::new());

/// The kind of a row.
pub fn intern(row: Row) -> Kind {
    let mut rows = ROWS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = rows.get(&row) {
        return Kind::Custom(known);
    }
    let paths = row.columns.iter().map(|it| Template::parse(&format!("{{{}}}", it.path)).ok());
    let custom: &'static CustomKind = Box::leak(Box::new(CustomKind {
        paths: paths.collect(),
        row: row.clone(),
        info: OnceLock::new(),
    }));
    custom.info.get_or_init(|| info(custom));
    rows.insert(row, custom);
    Kind::Custom(custom)
}

/// A kind of which only `apiVersion` and `kind` are known, such as that of an owner.
pub(crate) fn stub(api_version: &str, name: &str) -> Kind {
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    intern(Row {
        group: group.to_owned(),
        version: version.to_owned(),
        name: name.to_owned(),
        ..Row::default()
    })
}

fn info(custom: &'static CustomKind) -> KindInfo {
    let row = &custom.row;
    let words = |list: &'static [String]| -> &'static [&'static str] {
        Vec::leak(list.iter().map(String::as_str).collect())
    };
    let mut subresources = Vec::new();
    subresources.extend(row.status.then_some(SubresourceInfo::STATUS));
    subresources.extend(row.scale.is_some().then_some(SubresourceInfo::SCALE));
    KindInfo {
        kind: Kind::Custom(custom),
        name: &row.name,
        group: &row.group,
        version: &row.version,
        other_versions: &[],
        plural: &row.plural,
        singular: &row.singular,
        short_names: words(&row.short_names),
        categories: words(&row.categories),
        namespaced: row.namespaced,
        verbs: VERBS,
        subresources: Vec::leak(subresources),
        has_generation: true,
        not_simulated: "",
        decode: body::decode_unknown,
        default: |_| {},
        validate: |it| metadata::validate_generic(it, names::is_dns1123_subdomain),
        validate_update: metadata::validate_update,
        deprecated: "",
        warnings: |_| Vec::new(),
        table_order: None,
        columns: Vec::leak(columns(row)),
        cells: |object: &Object, now| cells::text_cells(object, now),
    }
}

fn columns(row: &'static Row) -> Vec<Column> {
    let own = row.columns.iter().map(|it| Column {
        name: &it.name,
        cell_type: match it.cell_type.as_str() {
            "integer" => ColumnType::Integer,
            "boolean" => ColumnType::Boolean,
            "date" => ColumnType::Date,
            _ => ColumnType::Text,
        },
        wide: it.priority > 0,
    });
    std::iter::once(Column::always("Name")).chain(own).collect()
}

impl CustomKind {
    /// What is said of the kind.
    pub fn row(&self) -> &Row {
        &self.row
    }

    /// The row as built-in kinds have it.
    pub fn info(&'static self) -> &'static KindInfo {
        self.info.get().expect("a row is interned with it")
    }

    /// The paths of the columns; one that cannot be read is none.
    pub(super) fn paths(&self) -> &[Option<Template>] {
        &self.paths
    }

    fn identity(&self) -> (&str, &str) {
        (&self.row.group, &self.row.name)
    }
}

impl fmt::Debug for CustomKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.row.name, self.row.version, self.row.group)
    }
}

impl PartialEq for CustomKind {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for CustomKind {}

impl PartialOrd for CustomKind {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CustomKind {
    fn cmp(&self, other: &Self) -> Ordering {
        self.identity().cmp(&other.identity())
    }
}

impl Hash for CustomKind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}
