//! The hand that breaks things: it reads and changes objects through the API in somebody's name, and finds out what a
//! fault's parameters leave open.

use std::fmt;

use opsdrill_engine::Cluster;
use opsdrill_engine::api::{FieldValidation, Identity, Payload, Request, Target, Verb};
use opsdrill_engine::physical::ProcessSelector;
use opsdrill_engine::physical::application::catalogue;
use opsdrill_objects::quantity::Quantity;
use opsdrill_objects::{Kind, timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// The label of the control plane's nodes.
const CONTROL_PLANE: &str = "node-role.kubernetes.io/control-plane";

/// A workload as authors write it: the name of a Deployment, or `statefulset/NAME`, `daemonset/NAME`, `cronjob/NAME`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Workload {
    pub(crate) kind: Kind,
    pub(crate) name: String,
}

impl TryFrom<String> for Workload {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (kind, name) = text.split_once('/').unwrap_or(("deployment", &text));
        let found = Kind::by_resource(kind).filter(|it| template_of(*it).is_some());
        let kind = found.ok_or_else(|| {
            format!("no kind of workload is called {kind:?}; write NAME, or statefulset/NAME")
        })?;
        Ok(Self { kind, name: name.to_owned() })
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.kind.info().singular, self.name)
    }
}

/// The workload that a fault is about.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(crate) struct InWorkload {
    /// Its namespace.
    pub(crate) namespace: String,
    /// A Deployment by its name, or another workload as `statefulset/NAME`, `daemonset/NAME`, `cronjob/NAME`.
    #[schemars(with = "String")]
    pub(crate) workload: Workload,
}

/// The container that a fault is about.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(crate) struct InContainer {
    /// Its namespace.
    pub(crate) namespace: String,
    /// A Deployment by its name, or another workload as `statefulset/NAME`, `daemonset/NAME`, `cronjob/NAME`.
    #[schemars(with = "String")]
    pub(crate) workload: Workload,
    /// Its name; without it the first.
    #[serde(default)]
    pub(crate) container: Option<String>,
}

impl InContainer {
    /// The workload of the container.
    pub(crate) fn workload(&self) -> InWorkload {
        InWorkload { namespace: self.namespace.clone(), workload: self.workload.clone() }
    }

    /// The processes of the container in all pods of its workload, those to come, too.
    pub(crate) fn processes(&self) -> ProcessSelector {
        ProcessSelector {
            namespace: Some(self.namespace.as_str().into()),
            workload: Some(self.workload.name.as_str().into()),
            container: self.container.as_deref().map(Into::into),
            ..ProcessSelector::default()
        }
    }
}

/// What holds settings for containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    ConfigMap,
    Secret,
}

impl Source {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::ConfigMap => Kind::ConfigMap,
            Self::Secret => Kind::Secret,
        }
    }
}

/// Somebody at the cluster.
pub struct Hand<'c> {
    pub(crate) cluster: &'c mut Cluster,
    by: Identity,
}

impl<'c> Hand<'c> {
    pub(crate) fn new(cluster: &'c mut Cluster, by: &str) -> Self {
        Self { cluster, by: Identity::admin(by) }
    }

    /// Asks the API for something.
    pub(crate) fn ask(&mut self, request: Request) -> Result<(), String> {
        let reply = self.cluster.handle(&self.by, request);
        reply.result.map(drop).map_err(|status| status.message)
    }

    /// An object as a document.
    pub(crate) fn read(&self, kind: Kind, namespace: &str, name: &str) -> Result<Value, String> {
        let object = self.cluster.view().get(kind, namespace, name);
        object.map(|it| it.to_value()).ok_or_else(|| {
            let others = self.cluster.view().list(kind, namespace);
            let others: Vec<&str> = others.map(|it| &*it.meta.name).collect();
            let (what, others) = (kind.info().singular, others.join(", "));
            let place = if namespace.is_empty() { "the cluster" } else { namespace };
            format!("no {what} of {place} is called {name:?}; there are {others}")
        })
    }

    /// The document of an object's own kind.
    pub(crate) fn kind_of(&self, object: &Value) -> Result<Kind, String> {
        let text = |key: &str| object[key].as_str().unwrap_or_default();
        let (version, named) = (text("apiVersion"), text("kind"));
        let kind = self.cluster.kinds().by_name(version, named);
        kind.ok_or_else(|| format!("no kind is called {named:?} in version {version:?}"))
    }

    /// The kind that kubectl knows by a word.
    pub(crate) fn kind_named(&self, word: &str) -> Result<Kind, String> {
        self.cluster.kinds().by_resource(word).ok_or_else(|| format!("no kind is called {word:?}"))
    }

    /// A node as a document.
    pub(crate) fn node(&self, name: &str) -> Result<Value, String> {
        self.read(Kind::Node, "", name)
    }

    /// The most of a resource that any node can give.
    pub(crate) fn most_allocatable(&self, resource: &str) -> Quantity {
        let nodes = self.cluster.view().list(Kind::Node, "").map(|it| it.to_value());
        let all = nodes.filter_map(|it| {
            quantity(it["status"]["allocatable"][resource].as_str().unwrap_or_default()).ok()
        });
        all.max().unwrap_or(Quantity::ZERO)
    }

    /// Makes an object of a document.
    pub(crate) fn create(&mut self, object: Value) -> Result<(), String> {
        let kind = self.kind_of(&object)?;
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
        let verb = Verb::Create(Payload::Document(object));
        self.ask(Request::new(verb, Target::all(kind, &namespace)))
    }

    /// Deletes an object.
    pub(crate) fn delete(&mut self, kind: Kind, namespace: &str, name: &str) -> Result<(), String> {
        self.read(kind, namespace, name)?;
        self.ask(Request::delete(kind, namespace, name))
    }

    /// Changes the document of an object and puts it back, as `kubectl edit` does.
    pub(crate) fn edit(
        &mut self,
        kind: Kind,
        namespace: &str,
        name: &str,
        change: impl FnOnce(&mut Value) -> Result<(), String>,
    ) -> Result<(), String> {
        let before = self.read(kind, namespace, name)?;
        let mut after = before.clone();
        change(&mut after)?;
        if after == before {
            let what = kind.info().singular;
            return Err(format!("{what} {name} is as the fault would make it already"));
        }
        let target = Target::one(kind, namespace, name);
        let mut request = Request::new(Verb::Update(Payload::Document(after)), target);
        request.options.field_validation = FieldValidation::Ignore;
        self.ask(request)
    }

    /// Changes the pod template of a workload.
    pub(crate) fn edit_template(
        &mut self,
        at: &InWorkload,
        change: impl FnOnce(&mut Value) -> Result<(), String>,
    ) -> Result<(), String> {
        let Workload { kind, name } = &at.workload;
        self.edit(*kind, &at.namespace, name, |object| change(template(object, *kind)?))
    }

    /// Changes the specification of a workload's pods.
    pub(crate) fn edit_pods(
        &mut self,
        at: &InWorkload,
        change: impl FnOnce(&mut Value),
    ) -> Result<(), String> {
        self.edit_template(at, |template| {
            change(&mut template["spec"]);
            Ok(())
        })
    }

    /// Changes a container of a workload.
    pub(crate) fn edit_container(
        &mut self,
        at: &InContainer,
        change: impl FnOnce(&mut Value) -> Result<(), String>,
    ) -> Result<(), String> {
        self.edit_template(&at.workload(), |template| {
            change(named(&mut template["spec"]["containers"], at.container.as_deref())?)
        })
    }

    /// A container of a workload as a document.
    pub(crate) fn container(&self, at: &InContainer) -> Result<Value, String> {
        let Workload { kind, name } = &at.workload;
        let mut object = self.read(*kind, &at.namespace, name)?;
        let containers = &mut template(&mut object, *kind)?["spec"]["containers"];
        named(containers, at.container.as_deref()).cloned()
    }

    /// The labels by which a workload knows its pods.
    pub(crate) fn labels_of_pods(&self, at: &InWorkload) -> Result<Value, String> {
        let object = self.read(at.workload.kind, &at.namespace, &at.workload.name)?;
        Ok(object["spec"]["selector"]["matchLabels"].clone())
    }

    /// What a container's ConfigMaps (`envFrom`) say of a variable.
    pub(crate) fn entry_of_sources(
        &self,
        namespace: &str,
        container: &Value,
        variable: &str,
    ) -> Option<String> {
        let sources = container["envFrom"].as_array().into_iter().flatten();
        let mut maps = sources.filter_map(|it| it["configMapRef"]["name"].as_str());
        maps.find_map(|name| {
            let map = self.read(Kind::ConfigMap, namespace, name).ok()?;
            map["data"][variable].as_str().map(str::to_owned)
        })
    }

    /// A volume of a workload's pods that is a claim's.
    pub(crate) fn claim_volume(
        &self,
        at: &InWorkload,
        name: Option<&str>,
    ) -> Result<Value, String> {
        let Workload { kind, name: workload } = &at.workload;
        let mut object = self.read(*kind, &at.namespace, workload)?;
        let mut volumes = template(&mut object, *kind)?["spec"]["volumes"].take();
        if let Some(all) = volumes.as_array_mut() {
            all.retain(|it| it["persistentVolumeClaim"].is_object());
        }
        named(&mut volumes, name)
            .cloned()
            .map_err(|it| format!("among its volumes of claims: {it}"))
    }

    /// Lets a workload's pods mount another claim.
    pub(crate) fn mount_claim(
        &mut self,
        at: &InWorkload,
        volume: &Value,
        claim: &str,
    ) -> Result<(), String> {
        self.edit_template(at, |template| {
            let volumes = &mut template["spec"]["volumes"];
            named(volumes, volume["name"].as_str())?["persistentVolumeClaim"]["claimName"] =
                json!(claim);
            Ok(())
        })
    }

    /// The nodes that are named, or all that are not the control plane's.
    pub(crate) fn workers(&self, named: &[String]) -> Result<Vec<String>, String> {
        if !named.is_empty() {
            named.iter().try_for_each(|it| self.node(it).map(drop))?;
            return Ok(named.to_vec());
        }
        let nodes = self.cluster.view().list(Kind::Node, "");
        let workers = nodes.filter(|it| it.meta.label(CONTROL_PLANE).is_none());
        Ok(workers.map(|it| it.meta.name.to_string()).collect())
    }

    /// Lets a workload's pods be made anew, as `kubectl rollout restart` does.
    pub(crate) fn restart(&mut self, at: &InWorkload) -> Result<(), String> {
        let now = timestamp::format(self.cluster.unix_now());
        self.edit_template(at, |template| {
            template["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"] = json!(now);
            Ok(())
        })
    }

    /// Restarts the workloads whose pods read a ConfigMap or a Secret when they start.
    pub(crate) fn restart_readers(
        &mut self,
        source: Source,
        namespace: &str,
        name: &str,
    ) -> Result<(), String> {
        let kinds = [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet];
        let view = self.cluster.view();
        let all = kinds.into_iter().flat_map(|it| view.list(it, namespace));
        let readers = all.filter(|it| reads(&it.to_value(), source, name));
        let readers: Vec<InWorkload> = readers
            .map(|it| InWorkload {
                namespace: namespace.to_owned(),
                workload: Workload { kind: it.kind, name: it.meta.name.to_string() },
            })
            .collect();
        if readers.is_empty() {
            let what = source.kind().info().singular;
            return Err(format!("no workload of {namespace} reads the {what} {name}"));
        }
        readers.iter().try_for_each(|it| self.restart(it))
    }

    /// Changes the entries of a ConfigMap or, as plain text, of a Secret.
    pub(crate) fn edit_entries(
        &mut self,
        source: Source,
        namespace: &str,
        name: &str,
        change: impl FnOnce(&mut Value) -> Result<(), String>,
    ) -> Result<(), String> {
        self.edit(source.kind(), namespace, name, |object| {
            if source == Source::Secret {
                each_text(&mut object["data"], &decoded);
            }
            change(&mut object["data"])?;
            if source == Source::Secret {
                each_text(&mut object["data"], &|it| Some(encoded(it)));
            }
            Ok(())
        })
    }
}

/// The document of an entry that must be there.
pub(crate) fn entry<'v>(entries: &'v mut Value, key: &str) -> Result<&'v mut Value, String> {
    let known = entries.as_object().map(|it| it.keys().cloned().collect::<Vec<_>>());
    let known = known.unwrap_or_default().join(", ");
    let problem = || format!("there is no key {key:?}; there are {known}");
    entries.as_object_mut().and_then(|it| it.get_mut(key)).ok_or_else(problem)
}

/// The entry of a list that has a name, or the first.
pub(crate) fn named<'v>(list: &'v mut Value, name: Option<&str>) -> Result<&'v mut Value, String> {
    let items = list.as_array_mut().map(Vec::as_mut_slice).unwrap_or_default();
    let names: Vec<String> =
        items.iter().filter_map(|it| it["name"].as_str()).map(str::to_owned).collect();
    let place = match name {
        None => 0,
        Some(name) => names.iter().position(|it| it == name).unwrap_or(usize::MAX),
    };
    let problem = || match name {
        None => "there is none".to_owned(),
        Some(name) => format!("nothing there is called {name:?}; there are {}", names.join(", ")),
    };
    items.get_mut(place).ok_or_else(problem)
}

/// An amount of a resource.
pub(crate) fn quantity(text: &str) -> Result<Quantity, String> {
    Quantity::parse(text)
        .map_err(|_| format!("{text:?} is no quantity; write it like 512Mi or 250m"))
}

/// An image with another tag.
pub(crate) fn with_tag(image: &str, tag: &str) -> String {
    format!("{}:{tag}", catalogue::split(image).0)
}

/// Sets a variable of a container, in the place of what it was.
pub(crate) fn set_variable(container: &mut Value, name: &str, value: &str) {
    remove_variable(container, name);
    let variable = json!({ "name": name, "value": value });
    match container["env"].as_array_mut() {
        Some(env) => env.push(variable),
        None => container["env"] = json!([variable]),
    }
}

/// Takes a variable out of a container; false if it had none of that name.
pub(crate) fn remove_variable(container: &mut Value, name: &str) -> bool {
    let Some(env) = container["env"].as_array_mut() else { return false };
    let before = env.len();
    env.retain(|it| it["name"] != name);
    env.len() < before
}

fn encoded(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn decoded(text: &str) -> Option<String> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
    String::from_utf8(bytes).ok()
}

fn each_text(entries: &mut Value, change: &dyn Fn(&str) -> Option<String>) {
    for value in entries.as_object_mut().into_iter().flat_map(|it| it.values_mut()) {
        if let Some(changed) = value.as_str().and_then(change) {
            *value = Value::String(changed);
        }
    }
}

/// The places on the way to the pod template of a workload.
fn template_of(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet => Some("/spec/template"),
        Kind::CronJob => Some("/spec/jobTemplate/spec/template"),
        _ => None,
    }
}

fn template(object: &mut Value, kind: Kind) -> Result<&mut Value, String> {
    let template = template_of(kind).and_then(|it| object.pointer_mut(it));
    template.ok_or_else(|| format!("a {} has no pods", kind.info().singular))
}

/// Whether a document names a ConfigMap or a Secret as a source of variables or files.
fn reads(document: &Value, source: Source, name: &str) -> bool {
    let keys: &[&str] = match source {
        Source::ConfigMap => &["configMap", "configMapRef", "configMapKeyRef"],
        Source::Secret => &["secret", "secretRef", "secretKeyRef"],
    };
    match document {
        Value::Object(fields) => fields.iter().any(|(key, value)| {
            let is_it = keys.contains(&key.as_str())
                && (value["name"] == name || value["secretName"] == name);
            is_it || reads(value, source, name)
        }),
        Value::Array(items) => items.iter().any(|it| reads(it, source, name)),
        _ => false,
    }
}
