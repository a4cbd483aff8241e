//! The client's settings: contexts and the namespace each of them works in.

use opsdrill_objects::yaml;
use serde_json::{Value, json};

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

/// `~/.kube/config`. All contexts lead to the one cluster of the drill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kubeconfig {
    /// The contexts in the order of the file.
    pub contexts: Vec<KubeContext>,
    /// Name of the context in use, empty when none is.
    pub current: String,
    /// The cluster's address.
    pub server: String,
}

impl Kubeconfig {
    /// Settings with one context.
    pub fn single(context: &str, cluster: &str, user: &str, namespace: &str) -> Self {
        Self {
            contexts: vec![KubeContext {
                name: context.to_owned(),
                cluster: cluster.to_owned(),
                user: user.to_owned(),
                namespace: namespace.to_owned(),
            }],
            current: context.to_owned(),
            server: format!("https://{cluster}.example.internal:6443"),
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

    /// The document, as `kubectl config view` shows it.
    pub fn to_value(&self) -> Value {
        let context = |it: &KubeContext| {
            let mut inner = json!({ "cluster": it.cluster, "user": it.user });
            if !it.namespace.is_empty() {
                inner["namespace"] = it.namespace.clone().into();
            }
            json!({ "context": inner, "name": it.name })
        };
        let cluster = |name: String| {
            json!({
                "cluster": { "certificate-authority-data": "DATA+OMITTED", "server": self.server },
                "name": name,
            })
        };
        let user = |name: String| {
            json!({
                "name": name,
                "user": {
                    "client-certificate-data": "DATA+OMITTED",
                    "client-key-data": "DATA+OMITTED",
                },
            })
        };
        json!({
            "apiVersion": "v1",
            "clusters": self.names(|it| &it.cluster).map(cluster).collect::<Vec<_>>(),
            "contexts": self.contexts.iter().map(context).collect::<Vec<_>>(),
            "current-context": self.current,
            "kind": "Config",
            "preferences": {},
            "users": self.names(|it| &it.user).map(user).collect::<Vec<_>>(),
        })
    }

    /// The names that contexts use, each once, sorted.
    fn names(&self, name: impl Fn(&KubeContext) -> &String) -> impl Iterator<Item = String> {
        let names: std::collections::BTreeSet<String> =
            self.contexts.iter().map(|it| name(it).clone()).collect();
        names.into_iter()
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
        let server = list("clusters").find_map(|it| it.pointer("/cluster/server")?.as_str());
        Ok(Self {
            contexts: contexts.collect(),
            current: text(&value, "current-context"),
            server: server.unwrap_or_default().to_owned(),
        })
    }
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
