//! Objects from the documents of a manifest, and whose they are.

use opsdrill_objects::{Kind, go_format, yaml};
use serde_json::{Map, Value, json};

use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::storage::text_map;

const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const HELM: &str = "Helm";
const RELEASE_NAME: &str = "meta.helm.sh/release-name";
const RELEASE_NAMESPACE: &str = "meta.helm.sh/release-namespace";

/// Whether an object is deleted with its release.
const RESOURCE_POLICY: &str = "helm.sh/resource-policy";

/// An object as a manifest wants it.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    /// Its kind.
    pub(super) kind: Kind,
    /// Its namespace; empty for cluster-scoped kinds.
    pub(super) namespace: String,
    /// Its name.
    pub(super) name: String,
    /// The document, namespace and all.
    pub(super) document: Value,
}

impl Resource {
    /// `ConfigMap "web" in namespace "demo"`.
    pub(super) fn described(&self) -> String {
        format!("{} {:?} in namespace {:?}", self.kind_name(), self.name, self.namespace)
    }

    /// `Deployment`.
    pub(super) fn kind_name(&self) -> &'static str {
        self.kind.info().name
    }

    /// Whether both mean the same object.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.kind == other.kind && self.name == other.name && self.namespace == other.namespace
    }

    /// The same, compared by the document's own `apiVersion`.
    pub(super) fn has_key_of(&self, other: &Self) -> bool {
        self.is(other) && self.document.get("apiVersion") == other.document.get("apiVersion")
    }
}

/// Whether an object stays when its release goes.
pub(super) fn is_kept(document: &Value) -> bool {
    let annotations = document.pointer("/metadata/annotations");
    let policy = annotations.and_then(|it| it.get(RESOURCE_POLICY)).and_then(Value::as_str);
    policy.is_some_and(|it| it.trim().eq_ignore_ascii_case("keep"))
}

impl Helm<'_> {
    /// The objects of a manifest.
    pub(super) fn build(&self, manifest: &str) -> Outcome<Vec<Resource>> {
        let documents = yaml::parse_documents(manifest)
            .map_err(|why| Failure::Plain(format!("error parsing : {why}")))?;
        let (mut resources, mut errors) = (Vec::new(), Vec::new());
        for document in documents {
            let items = document.value.get("items").and_then(Value::as_array).cloned();
            let is_list = document
                .value
                .get("kind")
                .and_then(Value::as_str)
                .is_some_and(|it| it.ends_with("List"));
            let inner = match items.filter(|_| is_list) {
                Some(items) => items,
                None => vec![document.value],
            };
            for document in inner {
                match self.resource(document) {
                    Ok(resource) => resources.push(resource),
                    Err(why) if errors.contains(&why) => {}
                    Err(why) => errors.push(why),
                }
            }
        }
        match errors.as_slice() {
            [] => Ok(resources),
            [only] => Err(Failure::Plain(only.clone())),
            several => Err(Failure::Plain(format!("[{}]", several.join(", ")))),
        }
    }

    fn resource(&self, mut document: Value) -> Result<Resource, String> {
        let text = |document: &Value, pointer: &str| {
            document.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let (api_version, kind) = (text(&document, "/apiVersion"), text(&document, "/kind"));
        let missing = match (api_version.is_empty(), kind.is_empty()) {
            (true, true) => "[apiVersion not set, kind not set]",
            (true, false) => "apiVersion not set",
            (false, true) => "kind not set",
            (false, false) => "",
        };
        if !missing.is_empty() {
            return Err(format!("error validating \"\": error validating data: {missing}"));
        }
        texts_only(&document)?;
        let name = text(&document, "/metadata/name");
        let own = text(&document, "/metadata/namespace");
        let Some(kind) = self.kube.door.kinds().by_name(&api_version, &kind) else {
            return Err(format!(
                "resource mapping not found for name: {name:?} namespace: {own:?} from \"\": no matches for kind {kind:?} in version {api_version:?}\nensure CRDs are installed first"
            ));
        };
        let namespace = match (kind.info().namespaced, own.is_empty()) {
            (false, _) => String::new(),
            (true, true) => self.namespace(),
            (true, false) => own,
        };
        if !namespace.is_empty() {
            metadata(&mut document).insert("namespace".to_owned(), namespace.as_str().into());
        }
        Ok(Resource { kind, namespace, name, document })
    }

    /// Which of these exist already, all of them the release's own.
    pub(super) fn existing(
        &mut self,
        resources: &[Resource],
        release: &str,
        takes_over: bool,
    ) -> Outcome<Vec<Resource>> {
        let mut found = Vec::new();
        let namespace = self.namespace();
        for resource in resources {
            if resource.name.is_empty() {
                return Err(Failure::Plain(format!(
                    "could not get information about the resource {}: resource name may not be empty",
                    resource.described()
                )));
            }
            let existing = match self.read(resource.kind, &resource.namespace, &resource.name) {
                Ok(existing) => existing,
                Err(why) if why.code == 404 => continue,
                Err(why) => {
                    let doing = format!(
                        "could not get information about the resource {}",
                        resource.described()
                    );
                    return Err(Failure::from(why).while_doing(&doing));
                }
            };
            if !takes_over && let Err(why) = check_owner(&existing.to_value(), release, &namespace)
            {
                return Err(Failure::Plain(format!(
                    "{} exists and cannot be imported into the current release: {why}",
                    resource.described()
                )));
            }
            found.push(resource.clone());
        }
        Ok(found)
    }
}

/// Labels and annotations that are no texts cannot be read by Helm.
fn texts_only(document: &Value) -> Result<(), String> {
    for field in ["labels", "annotations"] {
        let fields = document.pointer(&format!("/metadata/{field}")).and_then(Value::as_object);
        for value in fields.into_iter().flat_map(Map::values) {
            if !value.is_string() && !value.is_null() {
                let kind = go_format::json_kind(value);
                return Err(format!(
                    "unable to decode \"\": json: cannot unmarshal {kind} into Go struct field ObjectMeta.metadata.{field} of type string"
                ));
            }
        }
    }
    Ok(())
}

fn metadata(document: &mut Value) -> &mut Map<String, Value> {
    inner(document, "metadata")
}

/// The map under a key, made if it is not there.
fn inner<'d>(document: &'d mut Value, key: &str) -> &'d mut Map<String, Value> {
    if !document.get(key).is_some_and(Value::is_object) {
        document[key] = json!({});
    }
    document[key].as_object_mut().expect("it was made a map just now")
}

/// Writes into objects whose they are.
pub(super) fn set_owner(resources: &mut [Resource], release: &str, namespace: &str) {
    for resource in resources {
        if !resource.document.get("metadata").is_some_and(Value::is_object) {
            resource.document["metadata"] = json!({});
        }
        let metadata = &mut resource.document["metadata"];
        inner(metadata, "labels").insert(MANAGED_BY.to_owned(), HELM.into());
        let annotations = inner(metadata, "annotations");
        annotations.insert(RELEASE_NAME.to_owned(), release.into());
        annotations.insert(RELEASE_NAMESPACE.to_owned(), namespace.into());
    }
}

fn check_owner(document: &Value, release: &str, namespace: &str) -> Result<(), String> {
    let labels = text_map(document.pointer("/metadata/labels"));
    let annotations = text_map(document.pointer("/metadata/annotations"));
    let wanted = [
        ("label", &labels, MANAGED_BY, HELM),
        ("annotation", &annotations, RELEASE_NAME, release),
        ("annotation", &annotations, RELEASE_NAMESPACE, namespace),
    ];
    let mut complaint = String::new();
    for (what, fields, key, value) in wanted {
        let why = match fields.get(key) {
            None => format!("missing key {key:?}: must be set to {value:?}"),
            Some(found) if found != value => {
                format!("key {key:?} must equal {value:?}: current value is {found:?}")
            }
            Some(_) => continue,
        };
        complaint.push_str(&format!("; {what} validation error: {why}"));
    }
    if complaint.is_empty() {
        Ok(())
    } else {
        Err(format!("invalid ownership metadata{complaint}"))
    }
}
