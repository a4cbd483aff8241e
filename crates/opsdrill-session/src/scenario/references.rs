//! What scenario files name: users, nodes, namespaces, and the objects of the manifests. A name that stands for nothing is
//! a mistake of the author, and so is an amount that can never be.
//!
//! Parameters of one name mean the same in every check and every fault.

use std::collections::{BTreeMap, BTreeSet};

use opsdrill_objects::quantity::Quantity;
use opsdrill_objects::{Kind, yaml};
use serde_json::Value;

use super::complaints::Page;
use super::library::Folder;
use super::load::ContentError;
use super::located::{Located, Place};
use super::releases;
use crate::deploy::manifests::objects_in;

/// Namespaces that every cluster has.
const OWN_NAMESPACES: &[&str] = &["default", "kube-system", "kube-public", "kube-node-lease"];
/// Every request succeeds, in parts per million.
const WHOLE_PPM: u64 = 1_000_000;

/// Everything that can be named.
#[derive(Debug, Default)]
pub(super) struct Known {
    users: BTreeSet<String>,
    nodes: BTreeSet<String>,
    namespaces: BTreeSet<String>,
    models: BTreeSet<String>,
    /// Files that the deploy job can be told to apply, and those in the cluster only.
    files: [BTreeSet<String>; 2],
    /// All files of the workspace, those of services in the form that is not used, too.
    workspace: BTreeSet<String>,
    /// Folders below `past/`.
    past: BTreeSet<String>,
    /// The names of the releases that there are; unknown if the scenario could not be read.
    releases: Option<BTreeSet<String>>,
    /// What the lists of manifests name, in the same order.
    listed: [Vec<String>; 2],
    /// The trainee's namespace: that of objects that name none.
    namespace: String,
    /// Whether all manifests could be read: only then is it known what does not exist.
    is_whole: bool,
    /// Objects of the manifests: kind, namespace, name.
    objects: BTreeMap<(Kind, String, String), Value>,
}

impl Known {
    /// What the trees of a platform and a scenario declare.
    pub(super) fn new(trees: &[&Located]) -> Self {
        let mut known = Self { is_whole: true, ..Self::default() };
        for tree in trees {
            known.add_world(tree);
        }
        let own = trees.iter().rev().find_map(|it| it.get("namespace")?.text());
        own.unwrap_or_default().clone_into(&mut known.namespace);
        known
    }

    fn add_world(&mut self, tree: &Located) {
        let names = |list: &str| {
            let items = tree.list(&["world", list]).iter();
            items.filter_map(|it| it.get("name")?.text()).map(str::to_owned).collect::<Vec<_>>()
        };
        self.users.extend(names("traffic"));
        self.nodes.extend(names("nodes"));
        let namespaces = tree.list(&["world", "namespaces"]).iter().filter_map(Located::text);
        self.namespaces.extend(namespaces.map(str::to_owned));
        for (listed, list) in self.listed.iter_mut().zip(["manifests", "cluster_manifests"]) {
            let files = tree.list(&["world", list]).iter().filter_map(Located::text);
            listed.extend(files.map(str::to_owned));
        }
    }

    /// Learns the names of models from the files' names.
    pub(super) fn add_models<'a>(&mut self, files: impl Iterator<Item = &'a String>) {
        let names = files.filter_map(|it| it.strip_prefix("models/")?.strip_suffix(".yaml"));
        self.models.extend(names.map(str::to_owned));
    }

    /// Learns which files authors may name.
    pub(super) fn add_workspace<'a>(&mut self, files: impl Iterator<Item = &'a String>) {
        let names = files.filter_map(|it| it.strip_prefix("workspace/"));
        self.workspace.extend(names.map(str::to_owned));
    }

    /// Learns which files of earlier times there are.
    pub(super) fn add_past<'a>(&mut self, files: impl Iterator<Item = &'a String>) {
        let folders = files.filter_map(|it| it.strip_prefix("past/")?.split_once('/'));
        self.past.extend(folders.map(|it| it.0.to_owned()));
    }

    /// Whether there are files of an earlier time.
    pub(super) fn has_past(&self, folder: &str) -> bool {
        self.past.contains(folder)
    }

    /// Learns which releases there are.
    pub(super) fn add_releases<'a>(&mut self, names: impl Iterator<Item = &'a String>) {
        self.releases = Some(names.cloned().collect());
    }

    /// The names of the releases, if they are known.
    pub(super) fn releases(&self) -> Option<&BTreeSet<String>> {
        self.releases.as_ref()
    }

    /// Whether a file, or a folder with something in it, is in the workspace.
    pub(super) fn has_workspace_file(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        self.workspace.iter().any(|it| it == path || it.starts_with(&inside))
    }

    /// Some objects could not be learnt, so that nothing can be said of what is not known.
    pub(super) fn lacks_objects(&mut self) {
        self.is_whole = false;
    }

    /// Learns the objects of a text; answers what is wrong with those that are none.
    pub(super) fn add_text(&mut self, text: &str, path: &str) -> Vec<ContentError> {
        let mut page = Page { path, errors: Vec::new() };
        self.add_manifest(text, &mut page);
        self.is_whole &= page.errors.is_empty();
        page.errors
    }

    /// Learns the objects of manifests; answers what is wrong with those that are none.
    pub(super) fn add_manifests(
        &mut self,
        files: &Folder,
        in_cluster_only: bool,
        place_of: &dyn Fn(&str) -> String,
    ) -> Vec<ContentError> {
        let mut errors = Vec::new();
        for (name, contents) in files {
            let list = usize::from(in_cluster_only);
            self.files[list].insert(name.clone());
            let mut listed = self.listed[list].iter();
            if !listed.any(|it| it == name || name.starts_with(&format!("{it}/"))) {
                continue;
            }
            let path = place_of(name);
            let mut page = Page { path: &path, errors: Vec::new() };
            self.add_manifest(&String::from_utf8_lossy(contents), &mut page);
            errors.extend(page.errors);
        }
        self.is_whole &= errors.is_empty();
        errors
    }

    fn add_manifest(&mut self, text: &str, page: &mut Page<'_>) {
        let documents = match yaml::parse_documents(text) {
            Ok(documents) => documents,
            Err(error) => {
                let cause = error.cause();
                let line = cause.split("line ").nth(1).and_then(|it| it.split(':').next());
                page.wrong((line.and_then(|it| it.parse().ok()).unwrap_or(1), 1), cause, "");
                return;
            }
        };
        for document in documents {
            let line = document.line;
            for duplicate in &document.duplicates {
                page.wrong((line as u64, 1), duplicate, "lines count from the document's first");
            }
            for object in objects_in(document.value) {
                self.add_object(&object, (text, line), page);
            }
        }
    }

    /// Learns an object that is written below a line of a text.
    fn add_object(&mut self, object: &Value, (text, line): (&str, usize), page: &mut Page<'_>) {
        let place = |key: &str| place_below(text, line, key);
        let word = |pointer: &str| {
            object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let (version, named) = (word("/apiVersion"), word("/kind"));
        let Some(kind) = Kind::by_name(&version, &named) else {
            let problem = format!("no kind is called {named:?} in version {version:?}");
            page.wrong(place("kind"), problem, "");
            return;
        };
        match opsdrill_objects::decode::decode_object(kind, object.clone()) {
            Ok(decoded) => {
                for field in decoded.unknown {
                    let key = field.rsplit('.').next().unwrap_or(&field);
                    page.wrong(place(key), format!("unknown field {field:?}"), "");
                }
            }
            Err(error) => page.wrong(place("kind"), error.message, ""),
        }
        let mut namespace = word("/metadata/namespace");
        if namespace.is_empty() && kind.info().namespaced {
            namespace.clone_from(&self.namespace);
        }
        self.objects.insert((kind, namespace, word("/metadata/name")), object.clone());
    }

    fn has_file(&self, path: &str, in_cluster_only: bool) -> bool {
        let folder = format!("{path}/");
        let files = &self.files[usize::from(in_cluster_only)];
        files.iter().any(|it| it == path || it.starts_with(&folder))
    }

    fn object(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Value> {
        self.objects.get(&(kind, namespace.to_owned(), name.to_owned()))
    }

    fn names_of(&self, kind: Kind, namespace: &str) -> Vec<&str> {
        let own = self.objects.keys().filter(|it| it.0 == kind && it.1 == namespace);
        own.map(|it| &*it.2).collect()
    }

    /// Whether a workload's pods carry a label.
    fn has_pods(&self, namespace: &str, key: &str, value: &str) -> bool {
        let in_namespace = self.objects.iter().filter(|it| it.0.1 == namespace);
        let mut labels =
            in_namespace.filter_map(|it| it.1.pointer("/spec/template/metadata/labels"));
        labels.any(|it| it.get(key).and_then(Value::as_str) == Some(value))
    }
}

/// Where a key stands at or below a line: the only one, or the line itself.
fn place_below(text: &str, first: usize, key: &str) -> Place {
    let mut found =
        text.lines().enumerate().skip(first.saturating_sub(1)).filter_map(|(line, it)| {
            let start = it.find(&format!("{key}:"))?;
            let is_key = it[..start].chars().all(|it| matches!(it, ' ' | '-' | '{'));
            is_key.then_some((line as u64 + 1, start as u64 + 1))
        });
    found.next().unwrap_or((first as u64, 1))
}

fn unknown(page: &mut Page<'_>, written: &Located, what: &str, known: &[&str]) {
    let text = written.text().unwrap_or_default();
    let hint =
        if known.is_empty() { String::new() } else { format!("there are {}", known.join(", ")) };
    page.wrong(written.place, format!("no {what} is called {text:?}"), &hint);
}

fn all(names: &BTreeSet<String>) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

fn quantity(written: &Located, page: &mut Page<'_>) {
    let Some(text) = written.text() else { return };
    if Quantity::parse(text).is_err() {
        let problem = format!("{text:?} is no quantity");
        page.wrong(written.place, problem, "write it like 512Mi, 16Gi or 250m");
    }
}

/// What the world of a scenario or of a platform names.
pub(super) fn of_world(tree: &Located, known: &Known, page: &mut Page<'_>) {
    for node in tree.list(&["world", "nodes"]) {
        for amount in [node.get("cpu"), node.get("memory")].into_iter().flatten() {
            quantity(amount, page);
        }
    }
    let titles = tree.get("world").and_then(|it| it.get("user_titles"));
    for (users, title) in titles.map_or(&[][..], Located::entries) {
        if !known.users.contains(users) {
            let problem = format!("no users are called {users:?}");
            page.wrong(
                title.place,
                problem,
                &format!("there are {}", all(&known.users).join(", ")),
            );
        }
    }
    for image in tree.list(&["world", "images"]) {
        if let Some(size) = image.get("size") {
            quantity(size, page);
        }
        if let Some(model) = image.get("model")
            && model.text().is_some_and(|it| !known.models.contains(it))
        {
            unknown(page, model, "model", &all(&known.models));
        }
    }
    for (list, in_cluster_only, folder) in
        [("manifests", false, "workspace"), ("cluster_manifests", true, "cluster")]
    {
        for file in tree.list(&["world", list]) {
            if let Some(path) = file.text()
                && !known.has_file(path, in_cluster_only)
            {
                page.wrong(file.place, format!("there is no {folder}/{path}"), "");
            }
        }
    }
    releases::of_world(tree, known, page);
    if let Some(namespace) = tree.get("namespace") {
        of_parameter("namespace", namespace, None, known, page);
    }
}

/// What the parameters of a check or a fault name.
pub(super) fn of_parameters(parameters: &Located, known: &Known, page: &mut Page<'_>) {
    for (name, written) in parameters.entries() {
        of_parameter(name, written, Some(parameters), known, page);
    }
}

/// What is wrong with an object that a fault makes.
pub(super) fn of_created(object: &Located, known: &Known, page: &mut Page<'_>) {
    let text = |path: &[&str]| object.at(path).and_then(Located::text).unwrap_or_default();
    let (version, named) = (text(&["apiVersion"]), text(&["kind"]));
    let Some(kind) = Kind::by_name(version, named) else {
        let problem = format!("no kind is called {named:?} in version {version:?}");
        let place = object.get("kind").unwrap_or(object).place;
        page.wrong(
            place,
            problem,
            "write both as in a manifest: `apiVersion: apps/v1`, `kind: Deployment`",
        );
        return;
    };
    match opsdrill_objects::decode::decode_object(kind, object.value()) {
        Ok(decoded) => {
            for field in decoded.unknown {
                page.wrong(place_of(object, &field), format!("unknown field {field:?}"), "");
            }
        }
        Err(error) => page.wrong(object.place, error.message, ""),
    }
    let namespace = object.at(&["metadata", "namespace"]);
    match namespace {
        Some(written) if kind.info().namespaced => {
            of_parameter("namespace", written, None, known, page);
        }
        None if kind.info().namespaced => {
            page.wrong(object.place, "the object has no namespace", "write it into its metadata");
        }
        _ => {}
    }
}

/// Where a field such as `spec.ports[0].port` stands below an object: it, or the last of what is above it.
fn place_of(object: &Located, field: &str) -> Place {
    let mut found = object;
    for step in field.split(['.', '[']) {
        let next = match step.strip_suffix(']') {
            Some(number) => number.parse().ok().and_then(|it: usize| found.items().get(it)),
            None => found.get(step),
        };
        match next {
            Some(next) => found = next,
            None => break,
        }
    }
    found.place
}

/// What one parameter names.
pub(super) fn of_parameter(
    name: &str,
    written: &Located,
    among: Option<&Located>,
    known: &Known,
    page: &mut Page<'_>,
) {
    let beside = |name: &str| among.and_then(|it| it.get(name)?.text()).unwrap_or_default();
    if name == "success_min_ppm" && written.value().as_u64().is_some_and(|it| it > WHOLE_PPM) {
        page.wrong(written.place, "this is more than all", "1000000 parts per million are all");
    }
    if !known.is_whole {
        return;
    }
    if name == "allowed" {
        written.items().iter().for_each(|it| allowed(it, known, page));
    }
    let Some(text) = written.text() else { return };
    match name {
        "users" if !known.users.contains(text) => {
            unknown(page, written, "traffic", &all(&known.users));
        }
        "namespace" | "database_namespace" | "lands_in" if !is_namespace(text, known) => {
            unknown(page, written, "namespace", &all(&known.namespaces));
        }
        "node" if !known.nodes.contains(text) => unknown(page, written, "node", &all(&known.nodes)),
        "deployment" | "service" => {
            let kind = if name == "service" { Kind::Service } else { Kind::Deployment };
            let namespace = beside("namespace");
            if is_namespace(namespace, known) && known.object(kind, namespace, text).is_none() {
                unknown(page, written, name, &known.names_of(kind, namespace));
            }
        }
        "workload" | "database" => {
            let namespace = match name {
                "database" => beside("database_namespace"),
                _ => beside("namespace"),
            };
            let (kind, name) = workload(text);
            if let Some(kind) = kind
                && is_namespace(namespace, known)
                && known.object(kind, namespace, name).is_none()
            {
                unknown(page, written, kind.info().singular, &known.names_of(kind, namespace));
            }
        }
        "container" => {
            let (kind, name) = match beside("deployment") {
                "" => workload(beside("workload")),
                name => (Some(Kind::Deployment), name),
            };
            let object = kind.and_then(|it| known.object(it, beside("namespace"), name));
            let containers = object.and_then(|it| it.pointer("/spec/template/spec/containers"));
            let names = containers.and_then(Value::as_array).into_iter().flatten();
            let names: Vec<&str> = names.filter_map(|it| it["name"].as_str()).collect();
            if object.is_some() && !names.contains(&text) {
                unknown(page, written, "container", &names);
            }
        }
        "release" => releases::of_name(written, text, known, page),
        "kind" if Kind::by_resource(text).is_none() => unknown(page, written, "kind", &[]),
        "pods" => pods(text, written, known, page),
        _ if name.starts_with("memory_") || name.starts_with("cpu_") => quantity(written, page),
        _ => {}
    }
}

/// The kind and name of a workload: a Deployment's name, or `statefulset/NAME`.
fn workload(text: &str) -> (Option<Kind>, &str) {
    let (kind, name) = text.split_once('/').unwrap_or(("deployment", text));
    (Kind::by_resource(kind), name)
}

fn is_namespace(name: &str, known: &Known) -> bool {
    known.namespaces.contains(name) || OWN_NAMESPACES.contains(&name)
}

/// `namespace/key=value`.
fn pods(text: &str, written: &Located, known: &Known, page: &mut Page<'_>) {
    let parts = text.split_once('/').and_then(|(space, it)| Some((space, it.split_once('=')?)));
    let Some((namespace, (key, value))) = parts else {
        let problem = format!("{text:?} names no pods");
        page.wrong(written.place, problem, "write them as namespace/key=value");
        return;
    };
    if !known.has_pods(namespace, key, value) {
        let problem = format!("no workload of namespace {namespace} has pods with {key}={value}");
        page.wrong(written.place, problem, "");
    }
}

/// `kinds namespace/name`, or `kinds name` of what has no namespace.
fn allowed(written: &Located, known: &Known, page: &mut Page<'_>) {
    let Some(text) = written.text() else { return };
    let (kind, path) = text.split_once(' ').unwrap_or((text, ""));
    let hint = "write it like `deployments shop/cart`, or `pods shop/cart-*`";
    let Some(kind) = Kind::by_resource(kind) else {
        page.wrong(written.place, format!("no kind is called {kind:?}"), hint);
        return;
    };
    let namespaced = path.split_once('/');
    if path.is_empty() || namespaced.is_some() != kind.info().namespaced {
        page.wrong(written.place, format!("{text:?} names no objects"), hint);
    } else if let Some((namespace, _)) = namespaced
        && !is_namespace(namespace, known)
    {
        page.wrong(written.place, format!("no namespace is called {namespace:?}"), "");
    }
}
