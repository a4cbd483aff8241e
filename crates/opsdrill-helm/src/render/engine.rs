//! All templates of a chart and its subcharts, one after another.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;

use opsdrill_sprig::time::Time;
use opsdrill_sprig::{SeededChance, Surroundings};
use opsdrill_template::{Bounds, Fields, MapType, MissingKey, Template, Value};
use serde_json::Map;

use super::files::Files;
use super::functions::{self, Context};
use super::record::Record;
use super::{Capabilities, Generation, Lookup, Release, complaint};
use crate::chart::{Chart, Dependency, Maintainer, Metadata};
use crate::schema;
use crate::values::coalesce::{Nulls, coalesce};
use crate::values::convert;

/// Templates may call each other a thousand times deep, and each time costs stack.
const STACK_BYTES: usize = 256 << 20;

const BOUNDS: Bounds = Bounds {
    depth: 5000,
    depth_told: 100_000,
    nesting: 12_000,
    steps: 10_000_000,
    output: 64 << 20,
    answer: 32 << 20,
    answers: 512 << 20,
};

/// What a chart is rendered with.
#[derive(Clone, Debug)]
pub struct Rendering {
    /// The release.
    pub release: Release,
    /// What the cluster can do.
    pub capabilities: Capabilities,
    /// Whose words and rules are heeded.
    pub generation: Generation,
    /// Whether `required` and `fail` do not fail.
    pub lints: bool,
    /// Whether schemas of values are not heeded.
    pub skips_schema: bool,
    /// Where chance comes from.
    pub seed: Vec<u8>,
    /// What the clock shows.
    pub now: Time,
}

/// What a template asks the cluster for, and where the answer goes.
type Question = ([String; 4], mpsc::Sender<Result<serde_json::Value, String>>);

/// A template, and what it is executed on.
struct Renderable {
    text: String,
    values: Fields,
    base_path: String,
}

impl Rendering {
    /// What the templates of a chart print, by their full paths. The chart's dependencies must have been processed.
    ///
    /// # Errors
    /// With Helm's words.
    pub fn render(
        &self,
        chart: &Chart,
        given: &Map<String, serde_json::Value>,
        lookup: &mut dyn Lookup,
    ) -> Result<BTreeMap<String, String>, String> {
        let (ask, questions) = mpsc::channel::<Question>();
        // A thread for its stack, not for running beside this one: this one waits, and answers what it is asked.
        thread::scope(|scope| {
            let work = move || self.render_here(chart, given, ask);
            let builder = thread::Builder::new().stack_size(STACK_BYTES);
            let renderer = builder
                .spawn_scoped(scope, work)
                .map_err(|why| format!("there is no room to render in: {why}"))?;
            for ([api_version, kind, namespace, name], answer) in questions {
                // Nobody waits for an answer any more when the renderer is gone.
                let _ = answer.send(lookup.lookup(&api_version, &kind, &namespace, &name));
            }
            renderer.join().unwrap_or_else(|_| panic!("rendering does not panic"))
        })
    }

    fn render_here(
        &self,
        chart: &Chart,
        given: &Map<String, serde_json::Value>,
        ask: mpsc::Sender<Question>,
    ) -> Result<BTreeMap<String, String>, String> {
        let values = coalesce(chart, given, Nulls::Remove, self.generation)?;
        if !self.skips_schema {
            schema::check(chart, &convert::document(&values)?)?;
        }
        let Value::Map(values) = values else { return Ok(BTreeMap::new()) };
        let mut templates = BTreeMap::new();
        let top = self.scope(chart, Scope::root(chart, &values, self), &mut templates);
        let rendered = self.execute_all(&templates, ask);
        drop(templates);
        forget(&top);
        rendered
    }

    fn execute_all(
        &self,
        templates: &BTreeMap<String, Renderable>,
        ask: mpsc::Sender<Question>,
    ) -> Result<BTreeMap<String, String>, String> {
        let context = Context {
            included: Rc::new(RefCell::new(BTreeMap::new())),
            ask: Rc::new(move |api_version, kind, namespace, name| {
                let (answer, answered) = mpsc::channel();
                let question = [api_version, kind, namespace, name].map(str::to_owned);
                ask.send((question, answer)).map_err(|it| it.to_string())?;
                answered.recv().map_err(|it| it.to_string())?
            }),
            lints: self.lints,
        };
        let surroundings = Surroundings::new(SeededChance::new(&self.seed), self.now);
        let mut set = Template::new()
            .with_functions(opsdrill_sprig::functions(&surroundings))
            .with_functions(functions::functions(&context))
            .with_missing_key(MissingKey::Zero)
            .with_bounds(BOUNDS);
        let mut names: Vec<&String> = templates.keys().collect();
        names.sort_by_key(|it| (it.matches('/').count(), *it));
        names.reverse();
        for name in &names {
            let text = &templates[*name].text;
            set.parse(name, text).map_err(|why| complaint::of_parsing(name, &why))?;
        }
        let mut rendered = BTreeMap::new();
        for name in names {
            if name.rsplit('/').next().is_some_and(|it| it.starts_with('_')) {
                continue;
            }
            let template = &templates[name];
            let itself = [("Name", name), ("BasePath", &template.base_path)];
            let itself = itself.map(|(key, it)| (key.to_owned(), it.as_str().into()));
            let itself = Value::map_of(self.values_type(), itself);
            template.values.borrow_mut().insert("Template".to_owned(), itself);
            let printed = set.execute(name, &Value::Map(template.values.clone()));
            let printed = printed
                .map_err(|error| complaint::of_execution(name, &error.message, self.generation))?;
            rendered.insert(name.clone(), printed.replace("<no value>", ""));
        }
        Ok(rendered)
    }

    fn values_type(&self) -> MapType {
        MapType::Named(match self.generation {
            Generation::Three => "chartutil.Values",
            Generation::Four => "common.Values",
        })
    }

    /// What the templates of a chart see; those of its subcharts see their part of it.
    fn scope(
        &self,
        chart: &Chart,
        scope: Scope,
        templates: &mut BTreeMap<String, Renderable>,
    ) -> Fields {
        let subcharts = Value::map([]);
        let fields = [
            ("Chart", chart_value(&chart.metadata, scope.is_root)),
            ("Files", Value::native(Files::new(&chart.files))),
            ("Release", scope.release.clone()),
            ("Capabilities", scope.capabilities.clone()),
            ("Values", Value::Map(scope.values.seen_as(self.values_type()))),
            ("Subcharts", subcharts.clone()),
        ];
        let own = Value::map(fields.map(|(key, it)| (key.to_owned(), it)));
        let (Value::Map(own), Value::Map(subcharts)) = (own, subcharts) else {
            unreachable!("both were made as maps");
        };
        for subchart in &chart.subcharts {
            let name = subchart.name();
            let inner = scope.values.borrow().get(name).cloned();
            let values = match inner {
                Some(Value::Map(inner)) => inner,
                _ => match Value::map([]) {
                    Value::Map(empty) => empty,
                    _ => unreachable!("it was made as a map"),
                },
            };
            let path = format!("{}/charts/{name}", scope.path);
            let inner = Scope { path, values, is_root: false, ..scope.clone() };
            let inner = self.scope(subchart, inner, templates);
            subcharts.borrow_mut().insert(name.to_owned(), Value::Map(inner));
        }
        for file in &chart.templates {
            let base = file.name.rsplit('/').next().unwrap_or(&file.name);
            if chart.is_library() && !base.starts_with('_') {
                continue;
            }
            let renderable = Renderable {
                text: file.text(),
                values: own.clone(),
                base_path: format!("{}/templates", scope.path),
            };
            templates.insert(format!("{}/{}", scope.path, file.name), renderable);
        }
        own
    }
}

#[derive(Clone)]
struct Scope {
    path: String,
    values: Fields,
    release: Value,
    capabilities: Value,
    is_root: bool,
}

impl Scope {
    fn root(chart: &Chart, values: &Fields, rendering: &Rendering) -> Self {
        let release = &rendering.release;
        let fields = [
            ("Name", release.name.as_str().into()),
            ("Namespace", release.namespace.as_str().into()),
            ("IsUpgrade", release.is_upgrade.into()),
            ("IsInstall", (!release.is_upgrade).into()),
            ("Revision", Value::int(release.revision)),
            ("Service", "Helm".into()),
        ];
        Self {
            path: chart.name().to_owned(),
            values: values.clone(),
            release: Value::map(fields.map(|(key, it): (&str, Value)| (key.to_owned(), it))),
            capabilities: rendering.capabilities.value(),
            is_root: true,
        }
    }
}

fn chart_value(metadata: &Metadata, is_root: bool) -> Value {
    let text = |it: &String| Value::text(it.as_str());
    let annotations = metadata.annotations.iter().map(|(key, it)| (key.clone(), text(it)));
    let dependencies = metadata.dependencies.iter().flatten().map(dependency_value).collect();
    let maintainers = metadata.maintainers.iter().map(maintainer_value).collect();
    let fields = [
        ("APIVersion", text(&metadata.api_version)),
        ("Annotations", Value::map_of(MapType::Text, annotations)),
        ("AppVersion", text(&metadata.app_version)),
        ("Condition", text(&metadata.condition)),
        ("Dependencies", Value::list(dependencies)),
        ("Deprecated", metadata.deprecated.into()),
        ("Description", text(&metadata.description)),
        ("Home", text(&metadata.home)),
        ("Icon", text(&metadata.icon)),
        ("IsRoot", is_root.into()),
        ("Keywords", Value::texts(metadata.keywords.iter().map(String::as_str))),
        ("KubeVersion", text(&metadata.kube_version)),
        ("Maintainers", Value::list(maintainers)),
        ("Name", text(&metadata.name)),
        ("Sources", Value::texts(metadata.sources.iter().map(String::as_str))),
        ("Tags", text(&metadata.tags)),
        ("Type", text(&metadata.kind)),
        ("Version", text(&metadata.version)),
    ];
    Value::map(fields.map(|(key, it)| (key.to_owned(), it)))
}

/// A Go struct: fields by their names, and those that are not empty by their names in JSON.
fn record(type_name: &'static str, fields: Vec<(&'static str, &'static str, Value)>) -> Value {
    let written = fields.iter().filter(|(_, _, it)| it.is_true());
    let document = Value::map(written.map(|(_, key, it)| ((*key).to_owned(), it.clone())));
    let text = format!("opsdrill: not simulated: printing a {type_name} as a whole");
    let fields = fields.into_iter().map(|(name, _, it)| (name, it)).collect();
    Value::native(Record { type_name, text, fields, document })
}

fn maintainer_value(maintainer: &Maintainer) -> Value {
    let text = |it: &String| Value::text(it.as_str());
    let fields = vec![
        ("Name", "name", text(&maintainer.name)),
        ("Email", "email", text(&maintainer.email)),
        ("URL", "url", text(&maintainer.url)),
    ];
    record("*chart.Maintainer", fields)
}

fn dependency_value(dependency: &Dependency) -> Value {
    let text = |it: &String| Value::text(it.as_str());
    let imports = dependency.import_values.iter().map(convert::given).collect();
    let fields = vec![
        ("Name", "name", text(&dependency.name)),
        ("Version", "version", text(&dependency.version)),
        ("Repository", "repository", text(&dependency.repository)),
        ("Condition", "condition", text(&dependency.condition)),
        ("Tags", "tags", Value::texts(dependency.tags.iter().map(String::as_str))),
        ("Enabled", "enabled", dependency.enabled.into()),
        ("ImportValues", "import-values", Value::list(imports)),
        ("Alias", "alias", text(&dependency.alias)),
    ];
    record("*chart.Dependency", fields)
}

/// Empties maps that may hold each other, which nobody would free.
fn forget(fields: &Fields) {
    let inner: Vec<Value> = std::mem::take(&mut *fields.borrow_mut()).into_values().collect();
    let mut waiting = inner;
    while let Some(value) = waiting.pop() {
        match value {
            Value::Map(fields) => {
                waiting.extend(std::mem::take(&mut *fields.borrow_mut()).into_values());
            }
            Value::List(items) => waiting.extend(items.iter().cloned()),
            _ => {}
        }
    }
}
