//! What the cluster can do: `.Capabilities`.

use std::any::Any;

use opsdrill_template::{Native, Type, Value};

use super::record::Record;

/// The version of Helm.
pub const HELM_VERSION: &str = "v3.21.4";

/// The version of Go that it is made with.
pub const GO_VERSION: &str = "go1.27.3";

/// Versions of the cluster and of Helm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The cluster's version: `v1.33.0`.
    pub kube_version: String,
    /// API versions and, in a real cluster, `version/Kind`.
    pub api_versions: Vec<String>,
    /// Helm's version: `v3.21.4`.
    pub helm_version: String,
    /// The version of Go that it is made with.
    pub go_version: String,
    /// The version of its Kubernetes library.
    pub client_version: String,
}

#[derive(Debug)]
struct VersionSet(Vec<String>);

impl Native for VersionSet {
    fn type_name(&self) -> &'static str {
        "chartutil.VersionSet"
    }

    fn kind(&self) -> &'static str {
        "slice"
    }

    fn member(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        match (name, arguments) {
            ("Has", [Value::Text(version)]) => {
                Some(Ok(self.0.iter().any(|it| **it == **version).into()))
            }
            _ => None,
        }
    }

    fn parameters(&self, name: &str) -> Option<&'static [Type]> {
        (name == "Has").then_some(&[Type::Text])
    }

    fn text(&self) -> String {
        format!("[{}]", self.0.join(" "))
    }

    fn elements(&self) -> Option<Vec<Value>> {
        Some(self.0.iter().map(|it| it.as_str().into()).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn document(fields: &[(&str, &str)]) -> Value {
    Value::map(fields.iter().map(|(key, it)| ((*key).to_owned(), (*it).into())))
}

/// What Helm takes a cluster to have that it does not ask: all that its own library knows.
const KNOWN_TO_CLIENT: &[&str] = &[
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha2",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];

impl Capabilities {
    /// What Helm takes for granted when it asks no cluster.
    pub fn without_cluster() -> Self {
        Self::of_cluster("v1.36.0", KNOWN_TO_CLIENT.iter().map(|it| (*it).to_owned()).collect())
    }

    /// A cluster's version, and what it serves.
    pub fn of_cluster(kube_version: &str, api_versions: Vec<String>) -> Self {
        Self {
            kube_version: kube_version.to_owned(),
            api_versions,
            helm_version: HELM_VERSION.to_owned(),
            go_version: GO_VERSION.to_owned(),
            client_version: "v1.36".to_owned(),
        }
    }

    fn kube(&self) -> Value {
        let numbers = self.kube_version.trim_start_matches('v');
        let mut numbers = numbers.split('.');
        let (major, minor) = (numbers.next().unwrap_or(""), numbers.next().unwrap_or(""));
        let version = self.kube_version.as_str();
        let fields = [
            ("Version", version),
            ("Major", major),
            ("Minor", minor),
            ("GitVersion", version),
            ("String", version),
        ];
        Value::native(Record {
            type_name: "chartutil.KubeVersion",
            text: version.to_owned(),
            fields: fields.map(|(name, it)| (name, it.into())).to_vec(),
            document: document(&fields[..3]),
        })
    }

    fn helm(&self) -> Value {
        let parts = [
            ("Version", "version", self.helm_version.as_str()),
            ("GitCommit", "git_commit", ""),
            ("GitTreeState", "git_tree_state", ""),
            ("GoVersion", "go_version", &self.go_version),
            ("KubeClientVersion", "kube_client_version", &self.client_version),
        ];
        let shown: Vec<&str> = parts.iter().map(|(_, _, it)| *it).collect();
        let written = parts.iter().filter(|(_, _, it)| !it.is_empty());
        Value::native(Record {
            type_name: "version.BuildInfo",
            text: format!("{{{}}}", shown.join(" ")),
            fields: parts.iter().map(|(name, _, it)| (*name, (*it).into())).collect(),
            document: document(&written.map(|(_, key, it)| (*key, *it)).collect::<Vec<_>>()),
        })
    }

    /// As a template sees it.
    pub(super) fn value(&self) -> Value {
        let (kube, helm) = (self.kube(), self.helm());
        let versions = Value::native(VersionSet(self.api_versions.clone()));
        let fields = vec![("KubeVersion", kube), ("APIVersions", versions), ("HelmVersion", helm)];
        let document = Value::map(fields.iter().map(|(key, it)| ((*key).to_owned(), it.clone())));
        Value::native(Record {
            type_name: "*chartutil.Capabilities",
            text: "opsdrill: not simulated: printing .Capabilities as a whole".to_owned(),
            fields,
            document,
        })
    }
}
