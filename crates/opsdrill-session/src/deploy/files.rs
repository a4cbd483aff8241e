//! The checkout in which the deploy job runs: files to read, no editor, no environment.

use std::ops::Bound;

use opsdrill_shell::kubectl::editor::{Edited, Editor, EditorFailure};
use opsdrill_shell::kubectl::surroundings::{FileError, Surroundings};

use crate::scenario::Folder;

/// The files of a source.
pub(super) struct Checkout<'a>(pub(super) &'a Folder);

impl Checkout<'_> {
    /// A path as the folder has it.
    fn key(path: &str) -> &str {
        path.trim().trim_start_matches("./").trim_end_matches('/')
    }
}

impl Surroundings for Checkout<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let missing = || FileError("no such file or directory".to_owned());
        self.0.get(Self::key(path)).cloned().ok_or_else(missing)
    }

    fn entries(&self, path: &str) -> Option<Vec<String>> {
        let inside = format!("{}/", Self::key(path));
        let from = (Bound::Included(inside.clone()), Bound::Unbounded);
        let below = self.0.range::<String, _>(from).map_while(|it| it.0.strip_prefix(&inside));
        let mut names: Vec<String> =
            below.map(|it| it.split('/').next().unwrap_or(it).to_owned()).collect();
        names.dedup();
        (!names.is_empty()).then_some(names)
    }

    fn write(&mut self, _: &str, _: &[u8]) -> Result<(), FileError> {
        Err(FileError("read-only file system".to_owned()))
    }

    fn make_folder(&mut self, _: &str) -> Result<(), FileError> {
        Err(FileError("read-only file system".to_owned()))
    }

    fn remove(&mut self, _: &str) -> Result<(), FileError> {
        Err(FileError("read-only file system".to_owned()))
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
        let checkout = Checkout(&files);
        assert_eq!(
            checkout.entries("./helm/a/"),
            Some(vec!["Chart.yaml".into(), "templates".into()])
        );
        assert_eq!(checkout.entries("helm"), Some(vec!["a".into(), "ab".into()]));
        assert_eq!(checkout.entries("helm/a/Chart.yaml"), None);
        assert!(checkout.read("helm/a/Chart.yaml").is_ok() && checkout.read("helm/a").is_err());
    }
}
