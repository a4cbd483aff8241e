//! `Chart.lock`: which versions of dependencies were chosen, and for which wishes.

use opsdrill_objects::yaml::to_yaml;
use opsdrill_sprig::time::{self, Time};
use serde_json::{Value, json};

use crate::chart::{Dependency, Metadata};
use crate::release::json::{self, TIME_LAYOUT};

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock {
    /// The hash of wishes and choices.
    pub digest: String,
    /// The choices.
    pub dependencies: Vec<Dependency>,
}

impl Lock {
    /// Reads the file.
    ///
    /// # Errors
    /// When its list is none.
    pub fn read(document: &Value) -> Result<Self, String> {
        let mut metadata = Metadata::default();
        if let Some(list) = document.get("dependencies") {
            metadata.fill(&json!({ "dependencies": list }))?;
        }
        let digest = document.get("digest").and_then(Value::as_str).unwrap_or_default();
        let dependencies = metadata.dependencies.unwrap_or_default();
        Ok(Self { digest: digest.to_owned(), dependencies })
    }

    /// The file.
    pub fn to_yaml(&self, generated: Time) -> String {
        let list = json::list(self.dependencies.iter().map(json::dependency_text));
        let list: Value = serde_json::from_str(&list).expect("it was written as JSON");
        to_yaml(&json!({
            "dependencies": list,
            "digest": self.digest,
            "generated": time::format(generated, TIME_LAYOUT),
        }))
    }
}

/// The hash of wishes and choices.
pub fn hash(wishes: &[Dependency], choices: &[Dependency]) -> String {
    let list = |all: &[Dependency]| json::list(all.iter().map(json::dependency_text));
    let text = format!("[{},{}]", list(wishes), list(choices));
    format!("sha256:{}", super::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_helms() {
        let dependency = |name: &str, version: &str, repository: &str| Dependency {
            name: name.to_owned(),
            version: version.to_owned(),
            repository: repository.to_owned(),
            ..Dependency::default()
        };
        let (one, other) = ("http://127.0.0.1:8879", "http://127.0.0.1:8879/");
        let wishes = [dependency("web", "~0.1", one), dependency("db", "0.1.0", other)];
        let choices = [dependency("web", "0.1.0", one), dependency("db", "0.1.0", other)];
        assert_eq!(
            hash(&wishes, &choices),
            "sha256:b59042231bf49a29182c0fa59a4b05f9bc34eceaed432da7965ddfc11514b1de"
        );
    }
}
