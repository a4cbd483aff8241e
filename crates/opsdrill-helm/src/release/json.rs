//! A record as Helm writes it down: JSON, its fields in the order of Go's structures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use opsdrill_objects::go_format;
use opsdrill_sprig::time::{self, Time};
use serde_json::Value;

use super::{Hook, Info, Record, Status};
use crate::chart::{Chart, Dependency, File, Metadata};
use crate::yaml;

/// Go's `time.RFC3339Nano`.
pub const TIME_LAYOUT: &str = "2006-01-02T15:04:05.999999999Z07:00";

/// An object whose fields are written in a given order.
#[derive(Default)]
pub struct Fields(String);

impl Fields {
    /// Writes a field that is JSON already.
    pub fn put(&mut self, key: &str, json: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(&format!("\"{key}\":{json}"));
    }

    /// Writes a text.
    pub fn text(&mut self, key: &str, text: &str) {
        self.put(key, &quoted(text));
    }

    /// Writes a text unless it is empty.
    pub fn some_text(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.text(key, text);
        }
    }

    fn some_texts(&mut self, key: &str, texts: &[String]) {
        if !texts.is_empty() {
            self.put(key, &list(texts.iter().map(|it| quoted(it))));
        }
    }

    /// The object.
    pub fn end(mut self) -> String {
        if self.0.is_empty() {
            self.0.push('{');
        }
        self.0 + "}"
    }
}

fn quoted(text: &str) -> String {
    go_format::json(&Value::String(text.to_owned()))
}

/// A list of what is JSON already.
pub fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

fn time_text(time: Option<Time>) -> String {
    quoted(&time.map(|it| time::format(it, TIME_LAYOUT)).unwrap_or_default())
}

/// A record, with its chart or without.
pub fn text(record: &Record, with_chart: bool) -> String {
    let mut fields = Fields::default();
    fields.some_text("name", &record.name);
    fields.put("info", &info_text(&record.info));
    if with_chart {
        fields.put("chart", &chart_text(&record.chart));
    }
    if let Some(config) = record.config.as_ref().filter(|it| !it.is_empty()) {
        fields.put("config", &go_format::json(&Value::Object(config.clone())));
    }
    fields.some_text("manifest", &record.manifest);
    if !record.hooks.is_empty() {
        fields.put("hooks", &list(record.hooks.iter().map(hook_text)));
    }
    fields.put("version", &record.version.to_string());
    fields.some_text("namespace", &record.namespace);
    fields.end()
}

fn info_text(info: &Info) -> String {
    let mut fields = Fields::default();
    fields.put("first_deployed", &time_text(info.first_deployed));
    fields.put("last_deployed", &time_text(info.last_deployed));
    fields.put("deleted", &time_text(info.deleted));
    fields.some_text("description", &info.description);
    fields.text("status", info.status.name());
    fields.some_text("notes", &info.notes);
    fields.end()
}

fn hook_text(hook: &Hook) -> String {
    let mut run = Fields::default();
    run.put("started_at", &time_text(hook.started_at));
    run.put("completed_at", &time_text(hook.completed_at));
    run.text("phase", &hook.phase);
    let mut fields = Fields::default();
    fields.some_text("name", &hook.name);
    fields.some_text("kind", &hook.kind);
    fields.some_text("path", &hook.path);
    fields.some_text("manifest", &hook.manifest);
    fields.some_texts("events", &hook.events);
    fields.put("last_run", &run.end());
    if hook.weight != 0 {
        fields.put("weight", &hook.weight.to_string());
    }
    fields.some_texts("delete_policies", &hook.delete_policies);
    fields.some_texts("output_log_policies", &hook.log_policies);
    fields.end()
}

fn chart_text(chart: &Chart) -> String {
    let mut fields = Fields::default();
    fields.put("metadata", &metadata_text(&chart.metadata));
    fields.put("lock", &chart.lock.as_ref().map_or_else(|| "null".to_owned(), go_format::json));
    fields.put("templates", &files_text(&chart.templates));
    fields.put("values", &go_format::json(&Value::Object(chart.values.clone())));
    let schema = chart.schema.as_ref().map(|it| quoted(&STANDARD.encode(it)));
    fields.put("schema", &schema.unwrap_or_else(|| "null".to_owned()));
    fields.put("files", &files_text(&chart.files));
    fields.end()
}

fn files_text(files: &[File]) -> String {
    list(files.iter().map(|it| {
        let mut fields = Fields::default();
        fields.text("name", &it.name);
        fields.text("data", &STANDARD.encode(&it.bytes));
        fields.end()
    }))
}

/// What a chart says of itself.
pub fn metadata_text(metadata: &Metadata) -> String {
    let mut fields = Fields::default();
    fields.some_text("name", &metadata.name);
    fields.some_text("home", &metadata.home);
    fields.some_texts("sources", &metadata.sources);
    fields.some_text("version", &metadata.version);
    fields.some_text("description", &metadata.description);
    fields.some_texts("keywords", &metadata.keywords);
    if !metadata.maintainers.is_empty() {
        let maintainers = metadata.maintainers.iter().map(|it| {
            let mut fields = Fields::default();
            fields.some_text("name", &it.name);
            fields.some_text("email", &it.email);
            fields.some_text("url", &it.url);
            fields.end()
        });
        fields.put("maintainers", &list(maintainers));
    }
    fields.some_text("icon", &metadata.icon);
    fields.some_text("apiVersion", &metadata.api_version);
    fields.some_text("condition", &metadata.condition);
    fields.some_text("tags", &metadata.tags);
    fields.some_text("appVersion", &metadata.app_version);
    if metadata.deprecated {
        fields.put("deprecated", "true");
    }
    if !metadata.annotations.is_empty() {
        fields.put("annotations", &annotations_text(&metadata.annotations));
    }
    fields.some_text("kubeVersion", &metadata.kube_version);
    let dependencies = metadata.dependencies.as_deref().unwrap_or_default();
    if !dependencies.is_empty() {
        fields.put("dependencies", &list(dependencies.iter().map(dependency_text)));
    }
    fields.some_text("type", &metadata.kind);
    fields.end()
}

/// Notes for tools, by their keys.
pub fn annotations_text(annotations: &[(String, String)]) -> String {
    let pairs = annotations.iter().map(|(key, it)| (key.clone(), it.as_str().into()));
    go_format::json(&Value::Object(pairs.collect()))
}

/// A chart that a chart needs.
pub fn dependency_text(dependency: &Dependency) -> String {
    let mut fields = Fields::default();
    fields.text("name", &dependency.name);
    fields.some_text("version", &dependency.version);
    fields.text("repository", &dependency.repository);
    fields.some_text("condition", &dependency.condition);
    fields.some_texts("tags", &dependency.tags);
    if dependency.enabled {
        fields.put("enabled", "true");
    }
    if !dependency.import_values.is_empty() {
        fields.put(
            "import-values",
            &go_format::json(&Value::Array(dependency.import_values.clone())),
        );
    }
    fields.some_text("alias", &dependency.alias);
    fields.end()
}

/// Reads a record; what is missing is empty, as Go's decoder leaves it.
///
/// # Errors
/// When the text is no JSON object.
pub fn record(text: &str) -> Result<Record, String> {
    let document = match yaml::json(text)? {
        Value::Object(fields) => Value::Object(fields),
        other => {
            let kind = go_format::json_kind(&other);
            return Err(format!(
                "json: cannot unmarshal {kind} into Go value of type release.Release"
            ));
        }
    };
    let info = document.get("info").unwrap_or(&Value::Null);
    Ok(Record {
        name: text_at(&document, "name"),
        namespace: text_at(&document, "namespace"),
        version: whole_at(&document, "version"),
        info: Info {
            first_deployed: time_at(info, "first_deployed"),
            last_deployed: time_at(info, "last_deployed"),
            deleted: time_at(info, "deleted"),
            description: text_at(info, "description"),
            status: Status::parse(&text_at(info, "status")),
            notes: text_at(info, "notes"),
        },
        chart: chart_of(document.get("chart").unwrap_or(&Value::Null))?,
        config: document.get("config").and_then(Value::as_object).cloned(),
        manifest: text_at(&document, "manifest"),
        hooks: items_at(&document, "hooks").iter().map(hook_of).collect(),
        labels: std::collections::BTreeMap::new(),
    })
}

fn text_at(document: &Value, key: &str) -> String {
    document.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn whole_at(document: &Value, key: &str) -> i64 {
    let number = document.get(key);
    number
        .and_then(|it| it.as_i64().or_else(|| it.as_f64().map(|it| it as i64)))
        .unwrap_or_default()
}

fn time_at(document: &Value, key: &str) -> Option<Time> {
    let text = document.get(key).and_then(Value::as_str).filter(|it| !it.is_empty())?;
    time::parse(TIME_LAYOUT, text).ok().filter(|it| *it != Time::ZERO)
}

fn items_at<'d>(document: &'d Value, key: &str) -> &'d [Value] {
    document.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn texts_at(document: &Value, key: &str) -> Vec<String> {
    let items = items_at(document, key).iter();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn hook_of(document: &Value) -> Hook {
    let run = document.get("last_run").unwrap_or(&Value::Null);
    Hook {
        name: text_at(document, "name"),
        kind: text_at(document, "kind"),
        path: text_at(document, "path"),
        manifest: text_at(document, "manifest"),
        events: texts_at(document, "events"),
        started_at: time_at(run, "started_at"),
        completed_at: time_at(run, "completed_at"),
        phase: text_at(run, "phase"),
        weight: whole_at(document, "weight"),
        delete_policies: texts_at(document, "delete_policies"),
        log_policies: texts_at(document, "output_log_policies"),
    }
}

fn chart_of(document: &Value) -> Result<Chart, String> {
    let files = |key: &str| -> Vec<File> {
        let items = items_at(document, key).iter();
        items.map(|it| File::new(text_at(it, "name"), bytes_at(it, "data"))).collect()
    };
    let mut chart = Chart {
        templates: files("templates"),
        files: files("files"),
        values: document.get("values").and_then(Value::as_object).cloned().unwrap_or_default(),
        schema: document
            .get("schema")
            .filter(|it| it.is_string())
            .map(|_| bytes_at(document, "schema")),
        lock: document.get("lock").filter(|it| it.is_object()).cloned(),
        ..Chart::default()
    };
    if let Some(metadata) = document.get("metadata").filter(|it| it.is_object()) {
        chart.metadata.fill(metadata).map_err(|why| format!("json: {why}"))?;
    }
    Ok(chart)
}

fn bytes_at(document: &Value, key: &str) -> Vec<u8> {
    STANDARD.decode(text_at(document, key)).unwrap_or_default()
}
