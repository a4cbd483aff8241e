//! `Chart.yaml`: what a chart says of itself.

use opsdrill_objects::go_format::json_kind;
use opsdrill_sprig::version::Version;
use opsdrill_template::print::{is_printable, quote};
use serde_json::{Map, Value};

use crate::yaml::as_text;

/// What a chart says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// `v1` or `v2`.
    pub api_version: String,
    /// Its name; under an alias, the alias.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The version of what it installs.
    pub app_version: String,
    /// What it is for.
    pub description: String,
    /// `application` or `library`; nothing is an application.
    pub kind: String,
    /// Versions of Kubernetes that it works with.
    pub kube_version: String,
    /// A web page.
    pub home: String,
    /// Where its sources are.
    pub sources: Vec<String>,
    /// Words to find it by.
    pub keywords: Vec<String>,
    /// Who looks after it.
    pub maintainers: Vec<Maintainer>,
    /// A picture.
    pub icon: String,
    /// When it is in, as a dependency.
    pub condition: String,
    /// Its tags, as a dependency.
    pub tags: String,
    /// Whether it should not be used any more.
    pub deprecated: bool,
    /// Notes for tools.
    pub annotations: Vec<(String, String)>,
    /// The charts that it needs; `None` if there is no list.
    pub dependencies: Option<Vec<Dependency>>,
}

/// Somebody who looks after a chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Maintainer {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// A web page.
    pub url: String,
}

/// A chart that a chart needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// Versions that will do.
    pub version: String,
    /// Where it is had from.
    pub repository: String,
    /// Paths of values that say whether it is in.
    pub condition: String,
    /// Tags that say whether it is in.
    pub tags: Vec<String>,
    /// Whether it is in.
    pub enabled: bool,
    /// What it hands up.
    pub import_values: Vec<Value>,
    /// The name under which it is in.
    pub alias: String,
}

/// Reads fields of one Go struct.
struct Reader<'d> {
    name: &'static str,
    fields: &'d Map<String, Value>,
}

impl<'d> Reader<'d> {
    fn new(name: &'static str, document: &'d Value, target: &str) -> Result<Option<Self>, String> {
        match document {
            Value::Object(fields) => Ok(Some(Self { name, fields })),
            Value::Null => Ok(None),
            other => Err(format!("cannot unmarshal {} into Go {target}", json_kind(other))),
        }
    }

    fn mismatch<T>(&self, key: &str, found: &Value, wanted: &str) -> Result<T, String> {
        let (kind, name) = (json_kind(found), self.name);
        Err(format!("cannot unmarshal {kind} into Go struct field {name}.{key} of type {wanted}"))
    }

    /// A field by its name, in whatever case.
    fn field(&self, key: &str) -> Option<&'d Value> {
        let exact = self.fields.get(key);
        let other =
            || self.fields.iter().find(|(it, _)| it.eq_ignore_ascii_case(key)).map(|it| it.1);
        exact.or_else(other).filter(|it| !it.is_null())
    }

    fn text(&self, key: &str, target: &mut String) -> Result<(), String> {
        let Some(found) = self.field(key) else { return Ok(()) };
        match as_text(found) {
            Some(text) => *target = text,
            None => return self.mismatch(key, found, "string"),
        }
        Ok(())
    }

    fn truth(&self, key: &str, target: &mut bool) -> Result<(), String> {
        match self.field(key) {
            Some(Value::Bool(it)) => *target = *it,
            Some(other) => return self.mismatch(key, other, "bool"),
            None => {}
        }
        Ok(())
    }

    fn list(&self, key: &str, wanted: &str) -> Result<Option<&'d Vec<Value>>, String> {
        match self.field(key) {
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(other) => self.mismatch(key, other, wanted),
            None => Ok(None),
        }
    }

    fn texts(&self, key: &str, target: &mut Vec<String>) -> Result<(), String> {
        let Some(items) = self.list(key, "[]string")? else { return Ok(()) };
        target.clear();
        for item in items {
            match as_text(item) {
                Some(text) => target.push(text),
                None if item.is_null() => target.push(String::new()),
                None => return self.mismatch(key, item, "string"),
            }
        }
        Ok(())
    }

    fn pairs(&self, key: &str, target: &mut Vec<(String, String)>) -> Result<(), String> {
        let fields = match self.field(key) {
            Some(Value::Object(fields)) => fields,
            Some(other) => return self.mismatch(key, other, "map[string]string"),
            None => return Ok(()),
        };
        target.clear();
        for (name, value) in fields {
            match as_text(value) {
                Some(text) => target.push((name.clone(), text)),
                None if value.is_null() => target.push((name.clone(), String::new())),
                None => return self.mismatch(key, value, "string"),
            }
        }
        Ok(())
    }
}

impl Metadata {
    pub(crate) fn fill(&mut self, document: &Value) -> Result<(), String> {
        let Some(reader) = Reader::new("Metadata", document, "value of type chart.Metadata")?
        else {
            return Ok(());
        };
        let texts: [(&str, &mut String); 12] = [
            ("name", &mut self.name),
            ("home", &mut self.home),
            ("version", &mut self.version),
            ("description", &mut self.description),
            ("icon", &mut self.icon),
            ("apiVersion", &mut self.api_version),
            ("condition", &mut self.condition),
            ("tags", &mut self.tags),
            ("appVersion", &mut self.app_version),
            ("kubeVersion", &mut self.kube_version),
            ("type", &mut self.kind),
            ("", &mut String::new()),
        ];
        for (key, target) in texts.into_iter().filter(|(key, _)| !key.is_empty()) {
            reader.text(key, target)?;
        }
        reader.texts("sources", &mut self.sources)?;
        reader.texts("keywords", &mut self.keywords)?;
        reader.truth("deprecated", &mut self.deprecated)?;
        reader.pairs("annotations", &mut self.annotations)?;
        if let Some(items) = reader.list("maintainers", "[]*chart.Maintainer")? {
            self.maintainers = items.iter().map(Maintainer::read).collect::<Result<_, _>>()?;
        }
        if let Some(items) = reader.list("dependencies", "[]*chart.Dependency")? {
            let read: Result<_, String> = items.iter().map(Dependency::read).collect();
            self.dependencies = Some(read?);
        }
        Ok(())
    }

    /// Cleans the texts and looks whether all that must be there is.
    ///
    /// # Errors
    /// With Helm's words.
    pub fn validate(&mut self) -> Result<(), String> {
        let texts = [
            &mut self.name,
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ];
        texts.into_iter().for_each(sanitize);
        self.sources.iter_mut().chain(&mut self.keywords).for_each(sanitize);
        let wrong = |what: String| Err(format!("validation: {what}"));
        for (field, text) in [("apiVersion", &self.api_version), ("name", &self.name)] {
            if text.is_empty() {
                return wrong(format!("chart.metadata.{field} is required"));
            }
        }
        let name = quote(&self.name);
        if matches!(self.name.as_str(), "." | "..") {
            return wrong(format!("chart.metadata.name {name} is not allowed"));
        }
        if self.name.contains('/') {
            return wrong(format!("chart.metadata.name {name} is invalid"));
        }
        if self.version.is_empty() {
            return wrong("chart.metadata.version is required".to_owned());
        }
        if Version::parse(&self.version).is_err() {
            return wrong(format!("chart.metadata.version {} is invalid", quote(&self.version)));
        }
        if !matches!(self.kind.as_str(), "" | "application" | "library") {
            return wrong("chart.metadata.type must be application or library".to_owned());
        }
        self.validate_dependencies()
    }

    fn validate_dependencies(&mut self) -> Result<(), String> {
        let mut names: Vec<String> = Vec::new();
        for dependency in self.dependencies.iter_mut().flatten() {
            let texts = [
                &mut dependency.name,
                &mut dependency.version,
                &mut dependency.repository,
                &mut dependency.condition,
            ];
            texts.into_iter().chain(&mut dependency.tags).for_each(sanitize);
            let is_allowed = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '-';
            if !dependency.alias.chars().all(is_allowed) {
                let name = quote(&dependency.name);
                return Err(format!(
                    "validation: dependency {name} has disallowed characters in the alias"
                ));
            }
            let known = dependency.known_as().to_owned();
            if names.contains(&known) {
                let known = quote(&known);
                return Err(format!(
                    "validation: more than one dependency with name or alias {known}"
                ));
            }
            names.push(known);
        }
        Ok(())
    }
}

/// White space becomes spaces, and what cannot be printed goes.
fn sanitize(text: &mut String) {
    let kept = text.chars().filter_map(|it| match it {
        it if it.is_whitespace() => Some(' '),
        it => is_printable(it).then_some(it),
    });
    *text = kept.collect();
}

impl Maintainer {
    fn read(document: &Value) -> Result<Self, String> {
        let mut read = Self::default();
        let target = "struct field Metadata.maintainers of type chart.Maintainer";
        if let Some(reader) = Reader::new("Metadata.maintainers", document, target)? {
            reader.text("name", &mut read.name)?;
            reader.text("email", &mut read.email)?;
            reader.text("url", &mut read.url)?;
        }
        Ok(read)
    }
}

impl Dependency {
    fn read(document: &Value) -> Result<Self, String> {
        let mut read = Self::default();
        let target = "struct field Metadata.dependencies of type chart.Dependency";
        if let Some(reader) = Reader::new("Metadata.dependencies", document, target)? {
            reader.text("name", &mut read.name)?;
            reader.text("version", &mut read.version)?;
            reader.text("repository", &mut read.repository)?;
            reader.text("condition", &mut read.condition)?;
            reader.texts("tags", &mut read.tags)?;
            reader.truth("enabled", &mut read.enabled)?;
            reader.text("alias", &mut read.alias)?;
            if let Some(items) = reader.list("import-values", "[]interface {}")? {
                read.import_values.clone_from(items);
            }
        }
        Ok(read)
    }

    /// The name under which it is in.
    pub fn known_as(&self) -> &str {
        if self.alias.is_empty() { &self.name } else { &self.alias }
    }
}
