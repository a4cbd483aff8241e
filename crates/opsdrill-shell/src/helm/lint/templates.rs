//! What is wrong with a chart's templates and with what they print.

use opsdrill_helm::render::Nothing;
use opsdrill_helm::values::coalesce::{Nulls, coalesce};
use opsdrill_helm::values::convert;
use opsdrill_helm::{Chart, Release, Rendering, dependencies};
use opsdrill_objects::selector::is_dns1123_subdomain;
use opsdrill_objects::validation::names;
use opsdrill_objects::yaml;
use opsdrill_sprig::functions::patterns;
use serde_json::Value;

use crate::helm::deprecated;

use super::{Linter, Severity};

impl Linter<'_, '_> {
    pub(super) fn look_at_templates(&mut self, mut chart: Chart) {
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
        if names_removed_hook(source) {
            self.note(Severity::Warning, name, "manifest is a crd-install hook. This hook is no longer supported in v3 and all CRDs should also exist the crds/ directory at the top level of the chart");
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
            "certificatesigningrequest" => Vec::new(),
            "role" | "clusterrole" | "rolebinding" | "clusterrolebinding" => wrong_in_path(&object),
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
        if let Some(what) = deprecated::warning(&text("/apiVersion"), &kind, self.kube_minor) {
            self.note(Severity::Warning, name, what);
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
        if kind == "List" && keeps_in_list(printed) {
            self.note(
                Severity::Error,
                name,
                "Annotation 'helm.sh/resource-policy' within List objects are ignored",
            );
        }
    }
}

/// Whether a template makes a hook that Helm 3 does not know any more.
fn names_removed_hook(source: &str) -> bool {
    let hook = patterns::compile(r#""?helm\.sh/hook"?:\s+crd-install"#);
    hook.expect("it is an expression").is_match(source)
}

/// What is wrong with a name that is a part of a path.
fn wrong_in_path(name: &str) -> Vec<String> {
    if matches!(name, "." | "..") {
        return vec![format!("may not be '{name}'")];
    }
    let parts = ["/", "%"].into_iter().filter(|it| name.contains(it));
    parts.map(|it| format!("may not contain '{it}'")).collect()
}

/// Whether the first document has items that want to be kept: Helm does not look into lists for that.
fn keeps_in_list(printed: &str) -> bool {
    let Ok(document) = yaml::parse_document(printed) else { return false };
    let items = document.value.get("items").and_then(Value::as_array);
    items.into_iter().flatten().any(|it| {
        it.pointer("/metadata/annotations")
            .is_some_and(|it| it.get("helm.sh/resource-policy").is_some())
    })
}
