//! `helm lint`: what is wrong with a chart.

use opsdrill_helm::chart::files;
use opsdrill_helm::chart::metadata::Metadata;
use opsdrill_helm::render::{Capabilities, Nothing};
use opsdrill_helm::values::coalesce::{Nulls, coalesce};
use opsdrill_helm::values::{convert, lay_over};
use opsdrill_helm::{Chart, Release, Rendering, dependencies, schema};
use opsdrill_objects::selector::is_dns1123_subdomain;
use opsdrill_objects::validation::names;
use opsdrill_objects::yaml;
use opsdrill_sprig::version::Version;
use serde_json::{Map, Value};

use crate::kubectl::flags::{Arguments, Flag};

use super::charts::is_packed;
use super::command::{Command, Count};
use super::context::Helm;
use super::failure::{Failure, Outcome};
use super::flags::VALUES;

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
                Flag::switch("with-subcharts").not_simulated(),
            ],
        ]);

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
    path: String,
    given: &'l Map<String, Value>,
    skips_schema: bool,
    capabilities: Capabilities,
    found: Vec<(Severity, String)>,
}

fn run(helm: &mut Helm, arguments: &Arguments) -> Outcome<()> {
    let given = helm.values(arguments)?;
    let mut capabilities = Capabilities::without_cluster();
    let version = arguments.text("kube-version");
    if !version.is_empty() {
        capabilities.kube_version = format!("v{}", version.trim_start_matches('v'));
    }
    let here = [".".to_owned()];
    let paths =
        if arguments.positional.is_empty() { &here } else { arguments.positional.as_slice() };
    let worst = if arguments.switch("strict") { Severity::Warning } else { Severity::Error };
    let is_quiet = arguments.switch("quiet");
    let (mut text, mut failed, mut told) = (String::new(), 0, 0);
    for path in paths {
        if !helm.exists(&format!("{path}/Chart.yaml")) && !is_packed(path) {
            text.push_str(&format!(
                "==> Linting {path}\nError unable to check Chart.yaml file in chart: stat {path}/Chart.yaml: no such file or directory\n\n"
            ));
            failed += 1;
            told += 1;
            continue;
        }
        let mut linter = Linter {
            helm,
            path: path.clone(),
            given: &given,
            skips_schema: arguments.switch("skip-schema-validation"),
            capabilities: capabilities.clone(),
            found: Vec::new(),
        };
        linter.look()?;
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

impl Linter<'_, '_> {
    fn note(&mut self, severity: Severity, path: &str, what: impl AsRef<str>) {
        self.found.push((severity, format!("{path}: {}", what.as_ref())));
    }

    fn look(&mut self) -> Outcome<()> {
        let files = self.helm.chart_files(&self.path)?;
        let text = |name: &str| {
            files.iter().find(|it| it.name == name).map(opsdrill_helm::chart::File::text)
        };
        self.look_at_metadata(&text("Chart.yaml").unwrap_or_default());
        self.look_at_values(text("values.yaml"), text("values.schema.json"));
        let has_templates = files.iter().any(|it| it.name.starts_with("templates/"));
        let chart = self.helm.chart(&self.path);
        match &chart {
            Ok(chart) => self.look_at_templates(chart.clone()),
            Err(why) if has_templates || self.helm.is_folder(&self.path) => {
                self.note(Severity::Error, "templates/", why.text());
            }
            Err(_) => {}
        }
        match chart {
            Ok(chart) => self.look_at_dependencies(&chart),
            Err(why) => {
                let what = format!("unable to load chart\n\t{}", why.text());
                self.note(Severity::Error, "", what);
            }
        }
        Ok(())
    }

    fn look_at_metadata(&mut self, text: &str) {
        const FILE: &str = "Chart.yaml";
        let parsed = yaml::parse_document(text).map_err(|it| it.to_string()).and_then(|it| {
            let mut metadata = Metadata::default();
            metadata.read(&it.value).map(|()| (metadata, it.value))
        });
        let (metadata, document) = match parsed {
            Ok(parsed) => parsed,
            Err(why) => {
                self.note(Severity::Error, FILE, format!("unable to parse YAML\n\t{why}"));
                return;
            }
        };
        for what in wrong_names(&metadata, &document) {
            self.note(Severity::Error, FILE, what);
        }
        let generation = metadata.api_version.clone();
        let icon = metadata.icon.clone();
        if icon.is_empty() {
            self.note(Severity::Info, FILE, "icon is recommended");
        } else if !icon.contains("://") {
            self.note(Severity::Error, FILE, format!("invalid icon URL '{icon}'"));
        }
        if !metadata.kind.is_empty() && generation != "v2" {
            self.note(Severity::Error, FILE, format!("chart type is not valid in apiVersion '{generation}'. It is valid in apiVersion 'v2'"));
        }
        let has_dependencies = metadata.dependencies.is_some_and(|it| !it.is_empty());
        if has_dependencies && generation != "v2" {
            self.note(Severity::Error, FILE, format!("dependencies are not valid in the Chart file with apiVersion '{generation}'. They are valid in apiVersion 'v2'"));
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

    fn look_at_templates(&mut self, mut chart: Chart) {
        const FOLDER: &str = "templates/";
        let generation = self.helm.words.generation;
        if dependencies::process(&mut chart, self.given, generation).is_err() {
            return;
        }
        let values = coalesce(&chart, self.given, Nulls::Remove, generation);
        let Ok(Value::Object(values)) = values.and_then(|it| convert::document(&it)) else {
            return;
        };
        let rendering = Rendering {
            release: Release {
                name: "test-release".to_owned(),
                namespace: self.helm.namespace(),
                revision: 0,
                is_upgrade: false,
            },
            capabilities: self.capabilities.clone(),
            generation,
            lints: true,
            skips_schema: self.skips_schema,
            seed: self.helm.kube.door.random_u64("helm templates").to_be_bytes().to_vec(),
            now: self.helm.now(),
        };
        match rendering.render(&chart, &values, &mut Nothing) {
            Err(why) => self.note(Severity::Error, FOLDER, why),
            Ok(printed) => {
                for file in &chart.templates {
                    let path = format!("{}/{}", chart.name(), file.name);
                    let text = printed.get(&path).map(String::as_str).unwrap_or_default();
                    if !self.look_at_template(&file.name, &file.text(), text) {
                        return;
                    }
                }
            }
        }
    }

    /// Looks at what a template printed; whether there is a sense in going on.
    fn look_at_template(&mut self, name: &str, source: &str, printed: &str) -> bool {
        let extension =
            name.rsplit('/').next().unwrap_or(name).rsplit_once('.').map_or("", |it| it.1);
        if !matches!(extension, "yaml" | "yml" | "tpl" | "txt") {
            let shown = if extension.is_empty() { String::new() } else { format!(".{extension}") };
            self.note(Severity::Error, name, format!("file extension '{shown}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt"));
        }
        if source.contains(".Release.Time") {
            self.note(Severity::Error, name, ".Release.Time has been removed in v3, please replace with the `now` function in your templates");
        }
        if extension != "yaml" || printed.trim().is_empty() {
            return true;
        }
        if let Some(line) = printed.lines().find(|it| !it.trim().is_empty())
            && line.starts_with([' ', '\t'])
        {
            self.note(Severity::Warning, name, format!("document starts with an illegal indent: {line:?}, which may cause parsing problems"));
        }
        let documents = match yaml::parse_documents(printed) {
            Ok(documents) => documents,
            Err(why) => {
                self.note(Severity::Error, name, format!("unable to parse YAML: {why}"));
                return false;
            }
        };
        for document in documents {
            self.look_at_document(name, &document.value, printed);
        }
        true
    }

    fn look_at_document(&mut self, name: &str, document: &Value, printed: &str) {
        let text = |pointer: &str| {
            document.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let (kind, object) = (text("/kind"), text("/metadata/name"));
        let wrong = match kind.to_lowercase().as_str() {
            "certificatesigningrequest"
            | "role"
            | "clusterrole"
            | "rolebinding"
            | "clusterrolebinding" => Vec::new(),
            "namespace" => names::is_dns1123_label(&object),
            "service" => names::is_dns1035_label(&object),
            _ => is_dns1123_subdomain(&object),
        };
        if !wrong.is_empty() {
            let why: Vec<String> = wrong
                .iter()
                .map(|it| format!("metadata.name: Invalid value: {object:?}: {it}"))
                .collect();
            self.note(Severity::Warning, name, format!("object name does not conform to Kubernetes naming requirements: {object:?}: {}", why.join(", ")));
        }
        let selects = ["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"];
        let has_selector = printed.contains("matchLabels") || printed.contains("matchExpressions");
        if selects.contains(&kind.as_str()) && !has_selector {
            self.note(
                Severity::Error,
                name,
                format!(
                    "a {kind} must contain matchLabels or matchExpressions, and {object:?} does not"
                ),
            );
        }
    }

    fn look_at_dependencies(&mut self, chart: &Chart) {
        let asked: Vec<&str> =
            chart.metadata.dependencies.iter().flatten().map(|it| it.name.as_str()).collect();
        let there: Vec<&str> = chart.subcharts.iter().map(Chart::name).collect();
        let unasked: Vec<&str> = there.iter().copied().filter(|it| !asked.contains(it)).collect();
        let missing: Vec<&str> = asked.iter().copied().filter(|it| !there.contains(it)).collect();
        let path = self.helm.absolute(&self.path);
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

/// What is wrong with names, versions and people.
fn wrong_names(metadata: &Metadata, document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut wrong = |what: String| found.push(what);
    if metadata.name.is_empty() {
        wrong("name is required".to_owned());
    } else if metadata.name.contains('/') {
        wrong(format!("chart name {:?} is invalid", metadata.name));
    }
    let generation = &metadata.api_version;
    if generation.is_empty() {
        wrong("apiVersion is required. The value must be either \"v1\" or \"v2\"".to_owned());
    } else if !matches!(generation.as_str(), "v1" | "v2") {
        wrong(format!(
            "apiVersion '{generation}' is not valid. The value must be either \"v1\" or \"v2\""
        ));
    }
    let is_text = |key: &str| match document.get(key) {
        Some(Value::Number(_)) => {
            Err(format!("{key} should be of type string but it's of type float64"))
        }
        Some(Value::Bool(_)) => {
            Err(format!("{key} should be of type string but it's of type bool"))
        }
        _ => Ok(()),
    };
    is_text("version").unwrap_or_else(&mut wrong);
    if metadata.version.is_empty() {
        wrong("version is required".to_owned());
    } else if Version::parse(&metadata.version).is_err() {
        wrong(format!("version '{}' is not a valid SemVer", metadata.version));
    }
    is_text("appVersion").unwrap_or_else(&mut wrong);
    if metadata.maintainers.iter().any(|it| it.name.is_empty()) {
        wrong("each maintainer requires a name".to_owned());
    }
    if let Some(source) = metadata.sources.iter().find(|it| !it.contains("://")) {
        wrong(format!("invalid source URL '{source}'"));
    }
    found
}
