//! `.Files`: what a chart holds beside its templates.

use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;

use opsdrill_objects::yaml;
use opsdrill_sprig::functions::paths;
use opsdrill_sprig::path_pattern;
use opsdrill_template::{Native, Type, Value, print};

use crate::chart::File;
use crate::values::convert;

/// Files by their paths.
#[derive(Debug)]
pub(super) struct Files {
    files: BTreeMap<String, Rc<[u8]>>,
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Files {
    pub(super) fn new(files: &[File]) -> Self {
        let file = |it: &File| (it.name.clone(), Rc::from(it.bytes.as_slice()));
        Self { files: files.iter().map(file).collect() }
    }

    fn bytes(&self, name: &str) -> Rc<[u8]> {
        self.files.get(name).cloned().unwrap_or_default()
    }

    fn glob(&self, pattern: &str) -> Self {
        let fitting =
            self.files.iter().filter(|(name, _)| path_pattern::matches_glob(pattern, name));
        Self { files: fitting.map(|(name, it)| (name.clone(), Rc::clone(it))).collect() }
    }

    /// A map of last parts of paths to contents, in YAML.
    fn as_data(&self, written: fn(&[u8]) -> String) -> Value {
        let field = |(name, it): (&String, &Rc<[u8]>)| {
            (paths::base_of(name).to_owned(), serde_json::Value::String(written(it)))
        };
        let data = serde_json::Value::Object(self.files.iter().map(field).collect());
        let written = yaml::to_yaml(&data);
        written.strip_suffix('\n').unwrap_or(&written).into()
    }

    fn lines(&self, name: &str) -> Value {
        let text = text(&self.bytes(name));
        if text.is_empty() {
            return Value::texts(Vec::<String>::new());
        }
        Value::texts(text.strip_suffix('\n').unwrap_or(&text).split('\n'))
    }
}

impl Native for Files {
    fn type_name(&self) -> &'static str {
        "engine.files"
    }

    fn kind(&self) -> &'static str {
        "map"
    }

    fn member(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        let answer = match (name, arguments) {
            ("Get", [Value::Text(path)]) => text(&self.bytes(path)).into(),
            ("GetBytes", [Value::Text(path)]) => Value::Bytes(self.bytes(path)),
            ("Glob", [Value::Text(pattern)]) => Value::native(self.glob(pattern)),
            ("Lines", [Value::Text(path)]) => self.lines(path),
            ("AsConfig", []) => self.as_data(text),
            ("AsSecrets", []) => self.as_data(convert::base64),
            // As with any map: a field is an entry, and one that is not there has no bytes.
            (path, _) => Value::Bytes(self.bytes(path)),
        };
        Some(Ok(answer))
    }

    fn parameters(&self, name: &str) -> Option<&'static [Type]> {
        match name {
            "Get" | "GetBytes" | "Glob" | "Lines" => Some(&[Type::Text]),
            "AsConfig" | "AsSecrets" => Some(&[]),
            _ => None,
        }
    }

    fn text(&self) -> String {
        print::display(&Value::map(self.entries().unwrap_or_default()))
    }

    fn entries(&self) -> Option<Vec<(String, Value)>> {
        let entry = |(name, it): (&String, &Rc<[u8]>)| (name.clone(), Value::Bytes(Rc::clone(it)));
        Some(self.files.iter().map(entry).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
