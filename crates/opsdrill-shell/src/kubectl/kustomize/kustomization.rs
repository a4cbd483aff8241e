//! `kustomization.yaml`.

use serde_json::{Map, Value};

use crate::kubectl::errors::ToolError;

/// What the file says.
#[derive(Clone, Debug, Default)]
pub(super) struct Kustomization {
    pub(super) resources: Vec<String>,
    pub(super) name_prefix: String,
    pub(super) name_suffix: String,
    pub(super) namespace: String,
    pub(super) labels: Vec<Labels>,
    pub(super) annotations: Map<String, Value>,
    pub(super) images: Vec<Value>,
    pub(super) replicas: Vec<Value>,
    pub(super) config_maps: Vec<Value>,
    pub(super) secrets: Vec<Value>,
    pub(super) generator_options: Value,
    pub(super) patches: Vec<Patch>,
    /// Folders of parts that change what there is so far.
    pub(super) components: Vec<String>,
    /// Values that are copied from one object to others.
    pub(super) replacements: Vec<Value>,
    /// Whether it is such a part itself.
    pub(super) is_component: bool,
    /// Fields in use that have a successor.
    pub(super) deprecated: Vec<&'static str>,
}

/// Labels and where they go.
#[derive(Clone, Debug)]
pub(super) struct Labels {
    pub(super) pairs: Map<String, Value>,
    pub(super) in_selectors: bool,
    pub(super) in_templates: bool,
}

/// A patch and what it is for.
#[derive(Clone, Debug, Default)]
pub(super) struct Patch {
    /// Its file, empty if it stands in the kustomization itself.
    pub(super) path: String,
    pub(super) text: String,
    /// What it is for; null if the patch itself says so.
    pub(super) target: Value,
    /// Whether it may change the kind and the name.
    pub(super) options: Value,
    /// The field that it stands in.
    pub(super) field: &'static str,
}

/// Fields of kustomize that this program does not model.
const NOT_SIMULATED: &[&str] = &[
    "buildMetadata",
    "configurations",
    "crds",
    "generators",
    "helmCharts",
    "helmChartInflationGenerator",
    "helmGlobals",
    "openapi",
    "sortOptions",
    "transformers",
    "validators",
    "vars",
];

impl Kustomization {
    /// Reads the file's document; `folder` is where it stands.
    pub(super) fn of(document: &Value, folder: &str) -> Result<Self, ToolError> {
        let Some(fields) = document.as_object() else {
            return Err(ToolError::plain(
                "invalid Kustomization: json: cannot unmarshal into Go value of type types.Kustomization",
            ));
        };
        check_identity(document, folder)?;
        let is_component = document.get("kind").and_then(Value::as_str) == Some("Component");
        let mut read = Self { is_component, ..Self::default() };
        for (name, value) in fields {
            read.take(name, value)?;
        }
        // The order in which patches of the different fields are applied.
        read.patches.sort_by_key(|it| match it.field {
            "patchesStrategicMerge" => 0,
            "patches" => 1,
            _ => 2,
        });
        Ok(read)
    }

    fn take(&mut self, name: &str, value: &Value) -> Result<(), ToolError> {
        match name {
            "apiVersion" | "kind" | "metadata" => {}
            "resources" => self.resources.extend(texts(name, value)?),
            "bases" => {
                self.deprecated.push("bases");
                self.resources.extend(texts(name, value)?);
            }
            "namePrefix" => self.name_prefix = text(name, value)?,
            "nameSuffix" => self.name_suffix = text(name, value)?,
            "namespace" => self.namespace = text(name, value)?,
            "commonLabels" => {
                self.deprecated.push("commonLabels");
                let labels = Labels { pairs: map(value), in_selectors: true, in_templates: true };
                self.labels.insert(0, labels);
            }
            "labels" => self.labels.extend(list(value).iter().map(|it| Labels {
                pairs: map(&it["pairs"]),
                in_selectors: it["includeSelectors"] == true,
                in_templates: it["includeTemplates"] == true,
            })),
            "commonAnnotations" => self.annotations = map(value),
            "components" => self.components = texts(name, value)?,
            "replacements" => self.replacements = list(value),
            "images" | "imageTags" => self.images = list(value),
            "replicas" => self.replicas = list(value),
            "configMapGenerator" => self.config_maps = list(value),
            "secretGenerator" => self.secrets = list(value),
            "generatorOptions" => self.generator_options = value.clone(),
            "patches" => self.patches.extend(list(value).iter().map(|it| patch("patches", it))),
            "patchesJson6902" => {
                self.deprecated.push("patchesJson6902");
                let patches = list(value);
                self.patches.extend(patches.iter().map(|it| patch("patchesJson6902", it)));
            }
            "patchesStrategicMerge" => {
                self.deprecated.push("patchesStrategicMerge");
                for entry in texts(name, value)? {
                    let is_patch = entry.contains('\n') || entry.contains(": ");
                    let (path, text) =
                        if is_patch { (String::new(), entry) } else { (entry, String::new()) };
                    let field = "patchesStrategicMerge";
                    self.patches.push(Patch { path, text, field, ..Patch::default() });
                }
            }
            _ if NOT_SIMULATED.contains(&name) => {
                let empty = list(value).is_empty() && map(value).is_empty();
                if !empty {
                    return Err(ToolError::not_simulated(format!("kustomize's {name}")));
                }
            }
            _ => {
                return Err(ToolError::plain(format!(
                    "invalid Kustomization: json: unknown field {name:?}"
                )));
            }
        }
        Ok(())
    }
}

fn check_identity(document: &Value, folder: &str) -> Result<(), ToolError> {
    let text = |field: &str| document.get(field).and_then(Value::as_str).unwrap_or_default();
    let (kind, api_version) = (text("kind"), text("apiVersion"));
    let mut problems = Vec::new();
    if !matches!(kind, "" | "Kustomization" | "Component") {
        problems.push("kind should be Kustomization or Component".to_owned());
    }
    let wanted = if kind == "Component" {
        "kustomize.config.k8s.io/v1alpha1"
    } else {
        "kustomize.config.k8s.io/v1beta1"
    };
    if !api_version.is_empty() && api_version != wanted {
        let kind = if kind.is_empty() { "Kustomization" } else { kind };
        problems.push(format!("apiVersion for {kind} should be {wanted}"));
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(ToolError::plain(format!(
        "Failed to read kustomization file under {folder}:\n{}",
        problems.join("\n")
    )))
}

fn patch(field: &'static str, entry: &Value) -> Patch {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Patch {
        path: text("path"),
        text: text("patch"),
        target: entry.get("target").cloned().unwrap_or_default(),
        options: entry.get("options").cloned().unwrap_or_default(),
        field,
    }
}

fn wrong_type(name: &str, value: &Value, wanted: &str) -> ToolError {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    ToolError::plain(format!(
        "invalid Kustomization: json: cannot unmarshal {found} into Go struct field Kustomization.{name} of type {wanted}"
    ))
}

fn text(name: &str, value: &Value) -> Result<String, ToolError> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        other => Err(wrong_type(name, other, "string")),
    }
}

fn texts(name: &str, value: &Value) -> Result<Vec<String>, ToolError> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => items.iter().map(|it| text(name, it)).collect(),
        other => Err(wrong_type(name, other, "[]string")),
    }
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}
