//! The client's settings: contexts and the namespace each of them works in.

use opsdrill_objects::yaml;
use serde_json::{Map, Value, json};

/// A context: a cluster, a user and a namespace under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeContext {
    /// Its name.
    pub name: String,
    /// The cluster's name.
    pub cluster: String,
    /// The user's name.
    pub user: String,
    /// The namespace, empty when none is set.
    pub namespace: String,
}

/// A cluster or a user with its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its fields.
    pub fields: Map<String, Value>,
}

/// `~/.kube/config`. All contexts lead to the one cluster of the drill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kubeconfig {
    /// The contexts in the order of the file.
    pub contexts: Vec<KubeContext>,
    /// Name of the context in use, empty when none is.
    pub current: String,
    /// The clusters in the order of the file.
    pub clusters: Vec<Entry>,
    /// The users in the order of the file.
    pub users: Vec<Entry>,
}

/// Fields that `kubectl config view` does not show.
const HIDDEN: &[(&str, &str)] = &[
    ("certificate-authority-data", OMITTED),
    ("client-certificate-data", OMITTED),
    ("client-key-data", OMITTED),
    ("password", REDACTED),
    ("token", REDACTED),
];
const OMITTED: &str = "DATA+OMITTED";
const REDACTED: &str = "REDACTED";

impl Kubeconfig {
    /// Settings with one context.
    pub fn single(context: &str, cluster: &str, user: &str, namespace: &str) -> Self {
        let server = format!("https://{cluster}.example.internal:6443");
        let entry = |name: &str, fields: &[(&str, &str)]| Entry {
            name: name.to_owned(),
            fields: fields.iter().map(|(key, it)| ((*key).to_owned(), (*it).into())).collect(),
        };
        Self {
            contexts: vec![KubeContext {
                name: context.to_owned(),
                cluster: cluster.to_owned(),
                user: user.to_owned(),
                namespace: namespace.to_owned(),
            }],
            current: context.to_owned(),
            clusters: vec![entry(
                cluster,
                &[("certificate-authority-data", OMITTED), ("server", &server)],
            )],
            users: vec![entry(
                user,
                &[("client-certificate-data", OMITTED), ("client-key-data", OMITTED)],
            )],
        }
    }

    /// A context by its name.
    pub fn context(&self, name: &str) -> Option<&KubeContext> {
        self.contexts.iter().find(|it| it.name == name)
    }

    /// A context by its name, for writing.
    pub fn context_mut(&mut self, name: &str) -> Option<&mut KubeContext> {
        self.contexts.iter_mut().find(|it| it.name == name)
    }

    /// The namespace of the context in use: `default` unless set.
    pub fn namespace(&self) -> &str {
        match self.context(&self.current) {
            Some(context) if !context.namespace.is_empty() => &context.namespace,
            _ => "default",
        }
    }

    /// The address of the cluster that the context in use leads to.
    pub fn server(&self) -> &str {
        let cluster = self.context(&self.current).map(|it| it.cluster.as_str());
        let found = self.clusters.iter().find(|it| Some(it.name.as_str()) == cluster);
        let server = found.or(self.clusters.first()).and_then(|it| it.fields.get("server"));
        server.and_then(Value::as_str).unwrap_or_default()
    }

    /// The document, as the file holds it.
    pub fn to_value(&self) -> Value {
        let context = |it: &KubeContext| {
            let mut inner = json!({ "cluster": it.cluster, "user": it.user });
            if !it.namespace.is_empty() {
                inner["namespace"] = it.namespace.clone().into();
            }
            json!({ "context": inner, "name": it.name })
        };
        let entry = |what: &'static str| move |it: &Entry| json!({ what: Value::Object(it.fields.clone()), "name": it.name });
        json!({
            "apiVersion": "v1",
            "clusters": list_of(&self.clusters, entry("cluster")),
            "contexts": list_of(&self.contexts, context),
            "current-context": self.current,
            "kind": "Config",
            "preferences": {},
            "users": list_of(&self.users, entry("user")),
        })
    }

    /// The same without what is secret, as `kubectl config view` shows it.
    #[must_use]
    pub fn without_secrets(&self) -> Self {
        let mut shown = self.clone();
        for entry in shown.clusters.iter_mut().chain(&mut shown.users) {
            for (field, instead) in HIDDEN {
                if let Some(value) = entry.fields.get_mut(*field) {
                    *value = (*instead).into();
                }
            }
        }
        shown
    }

    /// The file's text.
    pub fn to_yaml(&self) -> String {
        yaml::to_yaml(&self.to_value())
    }

    /// Reads the file's text.
    ///
    /// # Errors
    /// When it is no such file.
    pub fn parse(text: &str) -> Result<Self, String> {
        let document = yaml::parse_document(text).map_err(|why| why.to_string())?;
        let value = document.value;
        let text = |value: &Value, key: &str| {
            value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let list = |key: &str| value.get(key).and_then(Value::as_array).into_iter().flatten();
        let contexts = list("contexts").map(|it| {
            let inner = it.get("context").unwrap_or(&Value::Null);
            KubeContext {
                name: text(it, "name"),
                cluster: text(inner, "cluster"),
                user: text(inner, "user"),
                namespace: text(inner, "namespace"),
            }
        });
        let entries = |all: &str, one: &str| {
            let entry = |it: &Value| Entry {
                name: text(it, "name"),
                fields: it.get(one).and_then(Value::as_object).cloned().unwrap_or_default(),
            };
            list(all).map(entry).collect::<Vec<_>>()
        };
        Ok(Self {
            contexts: contexts.collect(),
            current: text(&value, "current-context"),
            clusters: entries("clusters", "cluster"),
            users: entries("users", "user"),
        })
    }
}

/// Entries in order of their names; null when there are none.
fn list_of<T>(entries: &[T], document: impl Fn(&T) -> Value) -> Value {
    let mut documents: Vec<Value> = entries.iter().map(document).collect();
    documents.sort_by(|one, other| one["name"].as_str().cmp(&other["name"].as_str()));
    if documents.is_empty() { Value::Null } else { documents.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read_back_as_it_was_written() {
        let mut config = Kubeconfig::single("drill", "prod", "oncall", "shop");
        config.contexts.push(KubeContext {
            name: "other".to_owned(),
            cluster: "prod".to_owned(),
            user: "oncall".to_owned(),
            namespace: String::new(),
        });
        assert_eq!(Kubeconfig::parse(&config.to_yaml()), Ok(config.clone()));
        assert_eq!(config.namespace(), "shop");
        config.current = "other".to_owned();
        assert_eq!(config.namespace(), "default");
    }
}
