//! Charts and values from the trainee's files.

use opsdrill_helm::chart::{Chart, File, archive};
use opsdrill_helm::{dependencies, values};
use opsdrill_sprig::functions::paths;
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

/// A chart with the files that it was made of.
#[derive(Clone, Debug)]
pub(super) struct Loaded {
    /// The chart.
    pub(super) chart: Chart,
    /// Its files, those that it ignores among them.
    pub(super) files: Vec<File>,
}

/// How many files and folders a chart may have: links can lead around in circles.
const ENTRIES_MAX: usize = 10_000;

impl Helm<'_> {
    /// Whether something is at a path.
    pub(super) fn exists(&self, path: &str) -> bool {
        self.is_folder(path) || self.kube.surroundings.read(path).is_ok()
    }

    /// Whether a path is a folder.
    pub(super) fn is_folder(&self, path: &str) -> bool {
        self.kube.surroundings.entries(path).is_some()
    }

    /// The files of a chart, be it a folder or packed.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn chart_files(&self, path: &str) -> Outcome<Vec<File>> {
        if self.is_folder(path) {
            let mut files = Vec::new();
            self.collect(path, "", 0, &mut (0, &mut files))?;
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

    fn collect(
        &self,
        top: &str,
        below: &str,
        depth: usize,
        found: &mut (usize, &mut Vec<File>),
    ) -> Outcome<()> {
        let folder = if below.is_empty() { top.to_owned() } else { format!("{top}/{below}") };
        for name in self.kube.surroundings.entries(&folder).unwrap_or_default() {
            let path = if below.is_empty() { name } else { format!("{below}/{name}") };
            let full = format!("{top}/{path}");
            found.0 += 1;
            if depth > DEPTH_MAX || found.0 > ENTRIES_MAX {
                return Err(Failure::NotSimulated(format!("charts as large as {top}")));
            }
            if self.is_folder(&full) {
                self.collect(top, &path, depth + 1, found)?;
            } else if let Ok(bytes) = self.kube.surroundings.read(&full) {
                found.1.push(File::new(path, bytes));
            }
        }
        Ok(())
    }

    /// A chart with its files, which are read once.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn load(&self, path: &str) -> Outcome<Loaded> {
        let files = self.chart_files(path)?;
        let chart = self.chart_of(path, files.clone())?;
        Ok(Loaded { chart, files })
    }

    /// The chart that files of a path are.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn chart_of(&self, path: &str, files: Vec<File>) -> Outcome<Chart> {
        let chart =
            if self.is_folder(path) { Chart::from_folder(files) } else { Chart::from_files(files) };
        Ok(chart?)
    }

    /// A chart.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn chart(&self, path: &str) -> Outcome<Chart> {
        self.chart_of(path, self.chart_files(path)?)
    }

    /// The chart, if it has all charts that it needs; with `--dependency-update` those that are missing are fetched.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn with_dependencies(
        &mut self,
        chart: Chart,
        path: &str,
        arguments: &Arguments,
    ) -> Outcome<Chart> {
        match dependencies::check(&chart, self.words.generation) {
            Ok(()) => Ok(chart),
            Err(why) if !arguments.switch("dependency-update") => Err(why.into()),
            Err(_) => {
                self.update_dependencies(&paths::cleaned(path), true)?;
                let chart = self.chart(path);
                chart.map_err(|why| why.while_doing("failed reloading chart after repo update"))
            }
        }
    }

    /// Says that a chart should not be used any more, if it is so.
    pub(super) fn warn_of_deprecation(&mut self, chart: &Chart) {
        if chart.metadata.deprecated {
            self.err("WARNING: This chart is deprecated\n");
        }
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
        let mut refused = None;
        let values = options.values(&mut |path| {
            self.values_file(path).map_err(|why| {
                let text = why.text();
                refused = Some(why).filter(|it| matches!(it, Failure::NotSimulated(_)));
                text
            })
        });
        match refused {
            Some(refused) => Err(refused),
            None => Ok(values?),
        }
    }

    /// A file of values or of one value: standard input for `-`, and what is at an address.
    fn values_file(&mut self, path: &str) -> Outcome<String> {
        if path.starts_with("http://") || path.starts_with("https://") {
            let bytes = self.fetch(path, &None)?;
            return Ok(String::from_utf8_lossy(&bytes).into_owned());
        }
        if path.starts_with("oci://") {
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
