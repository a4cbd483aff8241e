//! A cluster with storage, and what tests do to it.

use opsdrill_engine::api::{Identity, PatchType, Payload, Request, Target, Verb};
use opsdrill_engine::kubelet::{self, NodeSpec};
use opsdrill_engine::{Cluster, ClusterConfig, SimDuration};
use opsdrill_objects::{Kind, Status};
use serde_json::{Value, json};

/// Two nodes in two zones, and whoever acts on them.
pub(crate) struct Stage {
    pub(crate) cluster: Cluster,
}

impl Stage {
    /// Two nodes in two zones.
    pub(crate) fn new() -> Self {
        Self::of(ClusterConfig::default())
    }

    pub(crate) fn of(config: ClusterConfig) -> Self {
        let mut cluster = Cluster::new(config);
        cluster.bootstrap();
        for (name, zone) in [("worker-0", "a"), ("worker-1", "b")] {
            let node = NodeSpec { zone: Some(zone.to_owned()), ..NodeSpec::named(name) };
            kubelet::register_node(cluster.world_mut(), &node).unwrap();
        }
        let mut stage = Self { cluster };
        stage.pass(2);
        stage
    }

    pub(crate) fn try_to(&mut self, verb: Verb, target: Target) -> Result<(), Status> {
        let request = Request::new(verb, target);
        self.cluster.handle(&Identity::admin("trainee"), request).result.map(drop)
    }

    pub(crate) fn create(&mut self, kind: Kind, document: Value) {
        let namespace = if kind.info().namespaced { "default" } else { "" };
        let target = Target::one(kind, namespace, "");
        self.try_to(Verb::Create(Payload::Document(document)), target).unwrap();
    }

    pub(crate) fn target(kind: Kind, name: &str) -> Target {
        Target::one(kind, if kind.info().namespaced { "default" } else { "" }, name)
    }

    pub(crate) fn patch(&mut self, kind: Kind, name: &str, patch: Value) -> Result<(), Status> {
        self.try_to(Verb::Patch(PatchType::Merge, patch), Self::target(kind, name))
    }

    pub(crate) fn delete(&mut self, kind: Kind, name: &str) {
        self.try_to(Verb::Delete, Self::target(kind, name)).unwrap();
    }

    /// A claim of 1Gi, unless `spec` says otherwise.
    pub(crate) fn claim(&mut self, name: &str, spec: &Value) {
        let mut all = json!({
            "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } },
        });
        all.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        let document = json!({ "metadata": { "name": name }, "spec": all });
        self.create(Kind::PersistentVolumeClaim, document);
    }

    /// A volume of the class `manual`, unless `spec` says otherwise.
    pub(crate) fn volume(&mut self, name: &str, storage: &str, spec: &Value) {
        let mut all = json!({
            "accessModes": ["ReadWriteOnce"], "capacity": { "storage": storage },
            "storageClassName": "manual", "hostPath": { "path": "/data" },
        });
        all.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        let document =
            json!({ "metadata": { "name": name, "labels": { "disk": name } }, "spec": all });
        self.create(Kind::PersistentVolume, document);
    }

    pub(crate) fn driver(&mut self) {
        let document = json!({ "metadata": { "name": "disk.example.com" }, "spec": {} });
        self.create(Kind::CSIDriver, document);
    }

    pub(crate) fn class(&mut self, name: &str, provisioner: &str, more: &Value) {
        let mut class = json!({ "metadata": { "name": name }, "provisioner": provisioner });
        class.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.create(Kind::StorageClass, class);
    }

    /// A pod that mounts a claim.
    pub(crate) fn pod(&mut self, name: &str, claim: &str, spec: &Value) {
        let mut all = json!({
            "containers": [{
                "name": "c", "image": "nginx:1.27",
                "volumeMounts": [{ "name": "data", "mountPath": "/data" }],
            }],
            "volumes": [{ "name": "data", "persistentVolumeClaim": { "claimName": claim } }],
        });
        all.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        self.create(Kind::Pod, json!({ "metadata": { "name": name }, "spec": all }));
    }

    pub(crate) fn pass(&mut self, seconds: u64) {
        let until = self.cluster.now() + SimDuration::seconds(seconds);
        self.cluster.advance(until);
    }

    pub(crate) fn get(&self, kind: Kind, name: &str) -> Value {
        let namespace = if kind.info().namespaced { "default" } else { "" };
        self.cluster.view().get(kind, namespace, name).map_or(Value::Null, |it| it.to_value())
    }

    pub(crate) fn phase(&self, kind: Kind, name: &str) -> String {
        self.get(kind, name)["status"]["phase"].as_str().unwrap_or("gone").to_owned()
    }

    /// Phase and volume of a claim.
    pub(crate) fn bound(&self, claim: &str) -> (String, String) {
        let document = self.get(Kind::PersistentVolumeClaim, claim);
        let volume = document["spec"]["volumeName"].as_str().unwrap_or_default().to_owned();
        (self.phase(Kind::PersistentVolumeClaim, claim), volume)
    }

    /// `type reason component: message` of the events about an object.
    pub(crate) fn told(&self, name: &str) -> Vec<String> {
        let events = self.cluster.view().list(Kind::Event, "").filter_map(|it| it.event());
        let about = events.filter(|it| &*it.involved.name == name);
        about
            .map(|it| {
                // A provisioner adds its pod and a number to its name.
                let component = it.component.split("_local-path").next().unwrap();
                format!("{} {} {component}: {}", it.event_type.as_str(), it.reason, it.message)
            })
            .collect()
    }

    pub(crate) fn is_told(&self, name: &str, line: &str) {
        let told = self.told(name);
        assert!(told.iter().any(|it| it == line), "{line}\nis not among {told:#?}");
    }
}
