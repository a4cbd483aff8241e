//! `helm lint`: what is wrong with a chart.
//!
//! - [`chart_file`]: in `Chart.yaml`
//! - [`templates`]: in templates and in what they print

mod chart_file;
mod templates;

use opsdrill_helm::chart::{File, archive, files};
use opsdrill_helm::render::Capabilities;
use opsdrill_helm::values::lay_over;
use opsdrill_helm::{Chart, schema};
use opsdrill_sprig::functions::paths;
use serde_json::{Map, Value};

use crate::kubectl::flags::{Arguments, Flag};

use super::charts::is_packed;
use super::command::{Command, Count};
use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::flags::VALUES;
use super::kube_version;

/// Its row.
pub(super) const COMMAND: Command =
    Command::new("lint", "PATH", "examine a chart for possible issues", run)
        .takes(Count::Any)
        .flags(&[
            VALUES,
            &[
                Flag::switch("strict").about("Fail on warnings, too."),
                Flag::switch("quiet").about("Show warnings and errors only."),
                Flag::switch("skip-schema-validation").about("Do not heed values.schema.json."),
                Flag::text("kube-version").about("The version that the cluster is taken for."),
                Flag::switch("with-subcharts").about("Look at the charts in charts/, too."),
            ],
        ]);

/// The minor version of Kubernetes for which deprecations are judged unless somebody says otherwise.
const KUBE_MINOR: u64 = 36;

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Info,
    Warning,
    Error,
}

/// What is found in a chart.
struct Linter<'l, 'a> {
    helm: &'l mut Helm<'a>,
    /// Where the chart is, from the root.
    place: String,
    /// All files of the chart.
    files: Vec<File>,
    given: &'l Map<String, Value>,
    skips_schema: bool,
    capabilities: Capabilities,
    /// The minor version of Kubernetes for which deprecations are judged.
    kube_minor: u64,
    found: Vec<(Severity, String)>,
}

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let given = helm.values(arguments)?;
    let mut capabilities = Capabilities::without_cluster();
    let mut kube_minor = KUBE_MINOR;
    if let Some(version) = kube_version::of(arguments)? {
        capabilities.kube_version = kube_version::shown(&version);
        kube_minor = if version[0] > 1 { u64::MAX } else { version[1] };
    }
    let mut paths = arguments.positional.clone();
    if paths.is_empty() {
        paths.push(".".to_owned());
    }
    if arguments.switch("with-subcharts") {
        for path in paths.clone() {
            subcharts(helm, &paths::cleaned(&format!("{path}/charts")), 0, &mut paths);
        }
    }
    let worst = if arguments.switch("strict") { Severity::Warning } else { Severity::Error };
    let is_quiet = arguments.switch("quiet");
    let (mut text, mut failed, mut told) = (String::new(), 0, 0);
    for path in &paths {
        let (place, files) = match chart_at(helm, path) {
            Ok(found) => found,
            Err(why) => {
                text.push_str(&format!("==> Linting {path}\nError {}\n\n", why.text()));
                failed += 1;
                told += 1;
                continue;
            }
        };
        let mut linter = Linter {
            helm,
            place,
            files,
            given: &given,
            skips_schema: arguments.switch("skip-schema-validation"),
            capabilities: capabilities.clone(),
            kube_minor,
            found: Vec::new(),
        };
        linter.look();
        let found = linter.found;
        let is_bad = found.iter().any(|it| it.0 > Severity::Info);
        told += i32::from(is_bad);
        if is_quiet && !is_bad {
            continue;
        }
        text.push_str(&format!("==> Linting {path}\n"));
        let shown = found.iter().filter(|it| !is_quiet || it.0 > Severity::Info);
        text.extend(shown.map(|(severity, what)| {
            format!("[{}] {what}\n", format!("{severity:?}").to_uppercase())
        }));
        text.push('\n');
        failed += i32::from(found.iter().any(|it| it.0 >= worst));
    }
    helm.out(&text);
    let summary = format!("{} chart(s) linted, {failed} chart(s) failed", paths.len());
    if failed > 0 {
        return Err(Failure::Plain(summary));
    }
    if !is_quiet || told > 0 {
        helm.out(&format!("{summary}\n"));
    }
    Ok(())
}

/// How deep folders of subcharts are looked into.
const DEPTH_MAX: usize = 16;

/// Adds the charts below a folder.
fn subcharts(helm: &Helm, folder: &str, depth: usize, found: &mut Vec<String>) {
    if depth > DEPTH_MAX {
        return;
    }
    for name in helm.kube.surroundings.entries(folder).unwrap_or_default() {
        let path = format!("{folder}/{name}");
        if name == "Chart.yaml" {
            found.push(folder.to_owned());
        } else if is_archive(&name) {
            found.push(path);
        } else {
            subcharts(helm, &path, depth + 1, found);
        }
    }
}

fn is_archive(path: &str) -> bool {
    is_packed(path) || path.ends_with(".tar.gz")
}

/// Where a chart is, and its files; a packed one is unpacked for the purpose.
fn chart_at(helm: &mut Helm, path: &str) -> Outcome<(String, Vec<File>)> {
    if is_archive(path) {
        let bytes = helm.kube.surroundings.read(path);
        let bytes = bytes.map_err(|why| {
            Failure::Plain(format!("unable to open tarball: open {path}: {}", why.0))
        })?;
        let unpacked = archive::files(&bytes).and_then(|it| Ok((archive::name_of(&it)?, it)));
        let (name, files) =
            unpacked.map_err(|why| Failure::Plain(format!("unable to extract tarball: {why}")))?;
        let number = helm.kube.door.random_u64("temporary folders") % (1 << 32);
        return Ok((format!("/tmp/helm-lint{number}/{name}"), files));
    }
    let file = paths::cleaned(&format!("{path}/Chart.yaml"));
    if !helm.exists(&file) {
        return Err(Failure::Plain(format!(
            "unable to check Chart.yaml file in chart: stat {file}: no such file or directory"
        )));
    }
    Ok((helm.absolute(path), helm.chart_files(path)?))
}

impl Linter<'_, '_> {
    fn note(&mut self, severity: Severity, path: &str, what: impl AsRef<str>) {
        self.found.push((severity, format!("{path}: {}", what.as_ref())));
    }

    fn look(&mut self) {
        let text = |name: &str| self.files.iter().find(|it| it.name == name).map(File::text);
        let (metadata, values) = (text("Chart.yaml").unwrap_or_default(), text("values.yaml"));
        let rules = text("values.schema.json");
        self.look_at_metadata(&metadata);
        self.look_at_values(values, rules);
        let chart = Chart::from_folder(self.files.clone());
        match &chart {
            Ok(chart) => self.look_at_templates(chart.clone()),
            Err(why) => self.note(Severity::Error, "templates/", why),
        }
        match chart {
            Ok(chart) => self.look_at_dependencies(&chart),
            Err(why) => {
                self.note(Severity::Error, "", format!("unable to load chart\n\t{why}"));
            }
        }
    }

    fn look_at_values(&mut self, text: Option<String>, rules: Option<String>) {
        const FILE: &str = "values.yaml";
        let Some(text) = text else {
            self.note(Severity::Info, FILE, "file does not exist");
            return;
        };
        let defaults = match files::values(&text) {
            Ok(defaults) => defaults,
            Err(why) => {
                let why = why.trim_start_matches("cannot unmarshal yaml document: ");
                self.note(Severity::Error, FILE, format!("unable to parse YAML: {why}"));
                return;
            }
        };
        let mut values = self.given.clone();
        lay_over(&mut values, &defaults);
        if let Some(rules) = rules.filter(|it| !it.is_empty())
            && let Err(why) = schema::check_one(&rules, &Value::Object(values))
        {
            self.note(Severity::Error, FILE, why);
        }
    }

    fn look_at_dependencies(&mut self, chart: &Chart) {
        let asked: Vec<&str> =
            chart.metadata.dependencies.iter().flatten().map(|it| it.name.as_str()).collect();
        let there: Vec<&str> = chart.subcharts.iter().map(Chart::name).collect();
        let unasked: Vec<&str> = there.iter().copied().filter(|it| !asked.contains(it)).collect();
        let missing: Vec<&str> = asked.iter().copied().filter(|it| !there.contains(it)).collect();
        let path = self.place.clone();
        if !unasked.is_empty() {
            self.note(
                Severity::Error,
                &path,
                format!("chart metadata is missing these dependencies: {}", unasked.join(",")),
            );
        }
        if !missing.is_empty() {
            self.note(
                Severity::Warning,
                &path,
                format!("chart directory is missing these dependencies: {}", missing.join(",")),
            );
        }
    }
}
