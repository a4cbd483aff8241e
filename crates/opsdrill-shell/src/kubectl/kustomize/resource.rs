//! An object on its way through a kustomization.

use serde_json::{Value, json};

/// An object.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    /// As it is by now.
    pub(super) document: Value,
    /// The name that it had in its own file, by which patches may still name it.
    pub(super) original_name: String,
    /// Whether its name ends with a hash of its content.
    pub(super) needs_hash: bool,
}

impl Resource {
    /// An object of a file.
    pub(super) fn of(document: Value) -> Result<Self, String> {
        let name = text_at(&document, "/metadata/name").to_owned();
        if text_at(&document, "/kind").is_empty() {
            return Err(format!(
                "missing Resource metadata: invalid Kustomization resource {document}"
            ));
        }
        if name.is_empty() && !text_at(&document, "/kind").ends_with("List") {
            return Err(format!("missing metadata.name in object {document}"));
        }
        Ok(Self { document, original_name: name, needs_hash: false })
    }

    /// A new object that was generated.
    pub(super) fn generated(kind: &str, name: &str, namespace: &str) -> Self {
        let mut document =
            json!({ "apiVersion": "v1", "kind": kind, "metadata": { "name": name } });
        if !namespace.is_empty() {
            document["metadata"]["namespace"] = namespace.into();
        }
        Self { document, original_name: name.to_owned(), needs_hash: true }
    }

    pub(super) fn kind(&self) -> &str {
        text_at(&self.document, "/kind")
    }

    pub(super) fn name(&self) -> &str {
        text_at(&self.document, "/metadata/name")
    }

    pub(super) fn namespace(&self) -> &str {
        text_at(&self.document, "/metadata/namespace")
    }

    /// Group and version of its API.
    pub(super) fn group_version(&self) -> (&str, &str) {
        let api_version = text_at(&self.document, "/apiVersion");
        api_version.split_once('/').unwrap_or(("", api_version))
    }

    /// `ConfigMap.v1.[noGrp]/a.[noNs]`, as kustomize names it.
    pub(super) fn id(&self) -> String {
        let (group, version) = self.group_version();
        let or = |text: &str, instead: &str| {
            if text.is_empty() { instead.to_owned() } else { text.to_owned() }
        };
        format!(
            "{}.{version}.{}/{}.{}",
            self.kind(),
            or(group, "[noGrp]"),
            self.name(),
            or(self.namespace(), "[noNs]")
        )
    }
}

/// The text at a JSON pointer, empty if there is none.
pub(super) fn text_at<'a>(document: &'a Value, pointer: &str) -> &'a str {
    document.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A path beside others in a folder, without `.` and `..` as far as they can be resolved.
pub(super) fn join(folder: &str, path: &str) -> String {
    let whole = if path.starts_with('/') || folder.is_empty() {
        path.to_owned()
    } else {
        format!("{folder}/{path}")
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|it| *it != "..") => {
                parts.pop();
            }
            ".." if whole.starts_with('/') => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (whole.starts_with('/'), joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_and_cleaned() {
        assert_eq!(join("over", "../base"), "base");
        assert_eq!(join("..", "../base"), "../../base");
        assert_eq!(join("/a/b", "../../../c"), "/c");
        assert_eq!(join(".", "x.yaml"), "x.yaml");
        assert_eq!(join("a", ".."), ".");
    }
}
