//! The checkout in which the deploy job runs: the source's files, beside them what the job itself writes, and a home in
//! which Helm finds the repositories and registries that the company has. No editor, no environment.

use std::collections::BTreeMap;
use std::ops::Bound;

use opsdrill_helm::release::packed;
use opsdrill_shell::kubectl::editor::{Edited, Editor, EditorFailure};
use opsdrill_shell::kubectl::surroundings::{FileError, Surroundings};
use serde_json::{Map, Value, json};

use crate::scenario::Folder;

/// Where Helm looks for what it knows of repositories and registries, if nothing names a home.
const REPOSITORIES: &str = "/home/trainee/.config/helm/repositories.yaml";
const REGISTRIES: &str = "/home/trainee/.config/helm/registry/config.json";

/// Where charts can be had from, and who may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Login {
    /// The address of a repository, or the host of a registry.
    pub(crate) place: String,
    /// Whether it is a registry.
    pub(crate) is_registry: bool,
    /// User and password.
    pub(crate) credentials: Option<(String, String)>,
}

/// The files of a source, and what was changed of them.
pub(super) struct Checkout<'a> {
    files: &'a Folder,
    /// What was written; nothing where a file was removed.
    own: BTreeMap<String, Option<Vec<u8>>>,
}

impl<'a> Checkout<'a> {
    /// A checkout of files on a machine that has logged in to all these.
    pub(super) fn new(files: &'a Folder, logins: &[Login]) -> Self {
        let mut repositories = Vec::new();
        let mut registries = Map::new();
        for (number, login) in logins.iter().enumerate() {
            let (user, password) = login.credentials.clone().unwrap_or_default();
            if !login.is_registry {
                repositories.push(json!({
                    "name": format!("repository-{number}"),
                    "url": login.place,
                    "username": user,
                    "password": password,
                }));
            } else if login.credentials.is_some() {
                let auth = packed::base64(format!("{user}:{password}").as_bytes());
                registries.insert(login.place.clone(), json!({ "auth": auth }));
            }
        }
        let mut own = BTreeMap::new();
        let mut put = |path: &str, document: &Value| {
            own.insert(path.to_owned(), Some(document.to_string().into_bytes()));
        };
        if !repositories.is_empty() {
            put(REPOSITORIES, &json!({"apiVersion": "", "repositories": repositories}));
        }
        if !registries.is_empty() {
            put(REGISTRIES, &json!({ "auths": registries }));
        }
        Self { files, own }
    }

    /// A path as the folder has it.
    fn key(path: &str) -> &str {
        path.trim().trim_start_matches("./").trim_end_matches('/')
    }
}

impl Surroundings for Checkout<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let key = Self::key(path);
        let found = match self.own.get(key) {
            Some(own) => own.as_ref(),
            None => self.files.get(key),
        };
        found.cloned().ok_or_else(|| FileError("no such file or directory".to_owned()))
    }

    fn entries(&self, path: &str) -> Option<Vec<String>> {
        let inside = format!("{}/", Self::key(path));
        let from = (Bound::Included(inside.clone()), Bound::Unbounded);
        let theirs = self.files.range::<String, _>(from.clone()).map(|it| it.0);
        let theirs = theirs.take_while(|it| it.starts_with(&inside));
        let theirs = theirs.filter(|it| !self.own.contains_key(*it));
        let own = self.own.range::<String, _>(from).take_while(|it| it.0.starts_with(&inside));
        let own = own.filter(|it| it.1.is_some()).map(|it| it.0);
        let below = theirs.chain(own).filter_map(|it| it.strip_prefix(&inside));
        let mut names: Vec<String> =
            below.map(|it| it.split('/').next().unwrap_or(it).to_owned()).collect();
        names.sort_unstable();
        names.dedup();
        (!names.is_empty()).then_some(names)
    }

    fn write(&mut self, path: &str, content: &[u8]) -> Result<(), FileError> {
        self.own.insert(Self::key(path).to_owned(), Some(content.to_vec()));
        Ok(())
    }

    fn make_folder(&mut self, _: &str) -> Result<(), FileError> {
        Ok(())
    }

    fn remove(&mut self, path: &str) -> Result<(), FileError> {
        self.read(path)?;
        self.own.insert(Self::key(path).to_owned(), None);
        Ok(())
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn edit(&mut self, _: &Editor, _: &str, _: &str) -> Edited {
        Edited { output: Vec::new(), saved: Err(EditorFailure::NotFound) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_what_files_lie_in() {
        let files: Folder = ["helm/a/Chart.yaml", "helm/a/templates/x.yaml", "helm/ab/Chart.yaml"]
            .map(|it| (it.to_owned(), Vec::new()))
            .into();
        let mut checkout = Checkout::new(&files, &[]);
        assert_eq!(
            checkout.entries("./helm/a/"),
            Some(vec!["Chart.yaml".into(), "templates".into()])
        );
        assert_eq!(checkout.entries("helm"), Some(vec!["a".into(), "ab".into()]));
        assert_eq!(checkout.entries("helm/a/Chart.yaml"), None);
        assert!(checkout.read("helm/a/Chart.yaml").is_ok() && checkout.read("helm/a").is_err());
        checkout.write("helm/a/charts/b.tgz", b"").unwrap();
        checkout.remove("helm/a/Chart.yaml").unwrap();
        assert_eq!(checkout.entries("helm/a"), Some(vec!["charts".into(), "templates".into()]));
        assert!(checkout.read("helm/a/Chart.yaml").is_err());
    }
}
