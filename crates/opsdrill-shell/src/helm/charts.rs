//! Charts and values from the trainee's files.

use opsdrill_helm::chart::{Chart, File, archive};
use opsdrill_helm::{dependencies, values};
use serde_json::{Map, Value};

use crate::kubectl::flags::Arguments;

use super::context::Helm;
use super::failure::{Failure, Outcome};

/// How deep folders may be inside of a chart.
const DEPTH_MAX: usize = 32;

/// Whether a file is a packed chart, by its name.
#[expect(clippy::case_sensitive_file_extension_comparisons, reason = "Helm compares so")]
pub(super) fn is_packed(path: &str) -> bool {
    path.ends_with(".tgz")
}

/// How many files a chart may have.
const FILES_MAX: usize = 10_000;

impl Helm<'_> {
    /// Whether something is at a path.
    pub(super) fn exists(&self, path: &str) -> bool {
        self.is_folder(path) || self.kube.surroundings.read(path).is_ok()
    }

    /// Whether a path is a folder.
    pub(super) fn is_folder(&self, path: &str) -> bool {
        self.kube.surroundings.entries(path).is_some()
    }

    /// Where a chart is.
    ///
    /// # Errors
    /// When it is nowhere, or where nothing leads.
    pub(super) fn locate(&self, name: &str) -> Outcome<String> {
        let name = name.trim();
        if self.exists(name) {
            return Ok(name.to_owned());
        }
        if name.starts_with(['/', '.']) {
            return Err(Failure::Plain(format!("path {name:?} not found")));
        }
        if name.contains("://") {
            return Err(Failure::NotSimulated(format!("charts from {name}")));
        }
        Err(Failure::Plain(match name.split_once('/') {
            Some((repository, _)) => format!("repo {repository} not found"),
            None => format!(
                "non-absolute URLs should be in form of repo_name/path_to_chart, got: {name}"
            ),
        }))
    }

    /// The files of a chart, be it a folder or packed.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn chart_files(&self, path: &str) -> Outcome<Vec<File>> {
        if self.is_folder(path) {
            let mut files = Vec::new();
            self.collect(path, "", 0, &mut files)?;
            return Ok(files);
        }
        let bytes = self
            .kube
            .surroundings
            .read(path)
            .map_err(|why| Failure::Plain(format!("open {path}: {}", why.0)))?;
        let shown = self.absolute(path);
        if !bytes.starts_with(b"\x1f\x8b") && [".yaml", ".yml"].iter().any(|it| path.ends_with(it))
        {
            return Err(Failure::Plain(format!(
                "file '{shown}' seems to be a YAML file, but expected a gzipped archive"
            )));
        }
        if !bytes.starts_with(b"\x1f\x8b") && bytes.len() >= 10 {
            let is_text = std::str::from_utf8(&bytes).is_ok_and(|it| !it.contains('\0'));
            let what =
                if is_text { "text/plain; charset=utf-8" } else { "application/octet-stream" };
            return Err(Failure::Plain(format!(
                "file '{shown}' does not appear to be a gzipped archive; got '{what}'"
            )));
        }
        Ok(archive::files(&bytes)?)
    }

    fn collect(&self, top: &str, below: &str, depth: usize, files: &mut Vec<File>) -> Outcome<()> {
        if depth > DEPTH_MAX || files.len() > FILES_MAX {
            return Err(Failure::NotSimulated(format!("charts as large as {top}")));
        }
        let folder = if below.is_empty() { top.to_owned() } else { format!("{top}/{below}") };
        for name in self.kube.surroundings.entries(&folder).unwrap_or_default() {
            let path = if below.is_empty() { name } else { format!("{below}/{name}") };
            let full = format!("{top}/{path}");
            if self.is_folder(&full) {
                self.collect(top, &path, depth + 1, files)?;
            } else if let Ok(bytes) = self.kube.surroundings.read(&full) {
                files.push(File::new(path, bytes));
            }
        }
        Ok(())
    }

    /// A chart.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn chart(&self, path: &str) -> Outcome<Chart> {
        let files = self.chart_files(path)?;
        let chart =
            if self.is_folder(path) { Chart::from_folder(files) } else { Chart::from_files(files) };
        Ok(chart?)
    }

    /// A chart that can be installed: not a mere library, and with all charts that it needs.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn check_dependencies(&mut self, chart: &Chart) -> Outcome<()> {
        dependencies::check(chart, self.words.generation)?;
        if chart.metadata.deprecated {
            self.err("WARNING: This chart is deprecated\n");
        }
        Ok(())
    }

    /// The values that the flags give.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn values(&mut self, arguments: &Arguments) -> Outcome<Map<String, Value>> {
        let mut options = values::Options {
            set_json: arguments.list("set-json"),
            set: arguments.list("set"),
            set_string: arguments.list("set-string"),
            set_file: arguments.list("set-file"),
            set_literal: arguments.list("set-literal"),
            ..values::Options::default()
        };
        for path in arguments.list("values") {
            let text = self.values_file(&path)?;
            options.files.push((path, text));
        }
        let stdin = self.kube.stdin.map(<[u8]>::to_vec);
        let surroundings = &*self.kube.surroundings;
        let mut read = |path: &str| match path.trim() {
            "-" => Ok(String::from_utf8_lossy(stdin.as_deref().unwrap_or_default()).into_owned()),
            path => match surroundings.read(path) {
                Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
                Err(why) => Err(format!("open {path}: {}", why.0)),
            },
        };
        Ok(options.values(&mut read)?)
    }

    fn values_file(&mut self, path: &str) -> Outcome<String> {
        if path.contains("://") {
            return Err(Failure::NotSimulated(format!("values from {path}")));
        }
        let bytes = if path.trim() == "-" {
            self.kube.stdin.unwrap_or_default().to_vec()
        } else {
            let read = self.kube.surroundings.read(path);
            read.map_err(|why| Failure::Plain(format!("open {path}: {}", why.0)))?
        };
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
