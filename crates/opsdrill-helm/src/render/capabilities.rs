//! What the cluster can do: `.Capabilities`.

use std::any::Any;

use opsdrill_template::{Native, Type, Value};

use super::record::Record;

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

impl Capabilities {
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
