//! Documents that name or describe objects, from files, directories and standard input.

use opsdrill_objects::{Kind, yaml};
use serde_json::Value;

use super::context::Context;
use super::errors::ToolError;
use super::flags::Arguments;
use super::kustomize;

/// The endings of files that are read from a directory.
const ENDINGS: [&str; 3] = [".json", ".yaml", ".yml"];
/// How deep directories are searched with `-R`.
const DEPTH_MAX: usize = 16;

/// One document.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// Where it stands: a path, or `STDIN`.
    pub source: String,
    /// The document.
    pub value: Value,
    /// Keys given more than once, as strict decoding reports them.
    pub duplicates: Vec<String>,
    /// The kind, if the server had it when the manifest was read.
    kind: Option<Kind>,
}

/// What names objects beside words: files, or a kustomization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// `-f`.
    pub files: Vec<String>,
    /// `-k`.
    pub kustomization: String,
    /// `-R`.
    pub recursive: bool,
}

impl Sources {
    /// What the flags say; a verb may lack some of them.
    pub fn of(arguments: &Arguments) -> Self {
        let has_all = arguments.has("filename") && arguments.has("kustomize");
        Self {
            files: if has_all { arguments.list("filename") } else { Vec::new() },
            kustomization: if has_all {
                arguments.text("kustomize").to_owned()
            } else {
                String::new()
            },
            recursive: arguments.has("recursive") && arguments.switch("recursive"),
        }
    }

    /// The same for a verb that needs some.
    ///
    /// # Errors
    /// kubectl's complaint when there are none.
    pub fn required(arguments: &Arguments) -> Result<Self, ToolError> {
        let sources = Self::of(arguments);
        if sources.is_empty() {
            return Err(ToolError::plain("must specify one of -f and -k"));
        }
        Ok(sources)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.kustomization.is_empty()
    }

    /// Whether one file names everything.
    pub fn is_one(&self) -> bool {
        self.files.len() == 1
    }

    /// Reads all documents.
    ///
    /// # Errors
    /// kubectl's complaint about the first thing that is wrong.
    pub fn load(&self, context: &mut Context) -> Result<Vec<Manifest>, ToolError> {
        if self.kustomization.is_empty() {
            return load(context, &self.files, self.recursive);
        }
        if !self.files.is_empty() {
            return Err(ToolError::plain("only one of -f or -k can be specified"));
        }
        if self.recursive {
            return Err(ToolError::plain("the -k flag can't be used with -f or -R"));
        }
        let manifests = kustomize::manifests(context, &self.kustomization)?;
        if manifests.is_empty() {
            return Err(no_objects(context));
        }
        Ok(manifests)
    }
}

impl Sources {
    /// Reads all documents once more; what was warned of is not said again.
    ///
    /// # Errors
    /// As [`Sources::load`].
    pub fn load_again(&self, context: &mut Context) -> Result<Vec<Manifest>, ToolError> {
        if self.kustomization.is_empty() { self.load(context) } else { Ok(Vec::new()) }
    }
}

fn no_objects(context: &Context) -> ToolError {
    let verb = context.path.rsplit(' ').next().unwrap_or_default();
    ToolError::plain(format!("no objects passed to {verb}"))
}

/// Nothing else may name objects beside `-f`.
///
/// # Errors
/// kubectl's complaint about words that do.
pub fn no_words(arguments: &Arguments) -> Result<(), ToolError> {
    if arguments.positional.is_empty() {
        return Ok(());
    }
    let words = arguments.positional.join(" ");
    Err(ToolError::usage(format!("Unexpected args: [{words}]")))
}

/// Reads the documents of files, directories and standard input (`-`), Lists taken apart.
///
/// # Errors
/// kubectl's complaint about the first thing that is wrong.
fn load(
    context: &mut Context,
    paths: &[String],
    recursive: bool,
) -> Result<Vec<Manifest>, ToolError> {
    let mut manifests = Vec::new();
    for path in paths {
        if path.starts_with("http://") || path.starts_with("https://") {
            return Err(ToolError::not_simulated(format!("reading manifests from {path}")));
        }
        for file in files_of(context, path, recursive)? {
            let source = if file == "-" { "STDIN".to_owned() } else { file.clone() };
            let bytes = context.read_file(&file)?;
            read(context, &source, &bytes, &mut manifests)?;
        }
    }
    if manifests.is_empty() {
        return Err(no_objects(context));
    }
    Ok(manifests)
}

/// The files that a path means.
fn files_of(context: &Context, path: &str, recursive: bool) -> Result<Vec<String>, ToolError> {
    if path == "-" || context.surroundings.entries(path).is_none() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    collect(context, path, if recursive { DEPTH_MAX } else { 0 }, &mut files);
    if files.is_empty() {
        return Err(ToolError::plain(format!(
            "error reading [{path}]: recognized file extensions are [.json .yaml .yml]"
        )));
    }
    Ok(files)
}

fn collect(context: &Context, directory: &str, depth: usize, files: &mut Vec<String>) {
    for name in context.surroundings.entries(directory).unwrap_or_default() {
        let path = format!("{}/{name}", directory.trim_end_matches('/'));
        if context.surroundings.entries(&path).is_some() {
            if depth > 0 {
                collect(context, &path, depth - 1, files);
            }
        } else if ENDINGS.iter().any(|it| name.ends_with(it)) {
            files.push(path);
        }
    }
}

fn read(
    context: &Context,
    source: &str,
    bytes: &[u8],
    manifests: &mut Vec<Manifest>,
) -> Result<(), ToolError> {
    let text = String::from_utf8_lossy(bytes);
    let documents = yaml::parse_documents(&text)
        .map_err(|why| ToolError::plain(format!("error parsing {source}: {why}")))?;
    for document in documents {
        let is_list = document.value.get("kind").and_then(Value::as_str) == Some("List");
        if let (true, Some(items)) =
            (is_list, document.value.get("items").and_then(Value::as_array))
        {
            let items = items.iter();
            manifests.extend(items.map(|it| Manifest::new(context, source, it.clone())));
        } else {
            let manifest = Manifest::new(context, source, document.value);
            manifests.push(Manifest { duplicates: document.duplicates, ..manifest });
        }
    }
    Ok(())
}

impl Manifest {
    /// A document from a place.
    pub fn new(context: &Context, source: &str, value: Value) -> Self {
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        let kind = context.door.kinds().by_name(text("apiVersion"), text("kind"));
        Self { source: source.to_owned(), duplicates: Vec::new(), kind, value }
    }

    fn text(&self, pointer: &str) -> &str {
        self.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// The object's name, empty if the document has none.
    pub fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    /// The kind that the document is of.
    ///
    /// # Errors
    /// kubectl's complaint about `kind` and `apiVersion`.
    pub fn kind(&self) -> Result<Kind, ToolError> {
        let (name, api_version) = (self.text("/kind"), self.text("/apiVersion"));
        if let Some(kind) = self.kind {
            return Ok(kind);
        }
        let source = &self.source;
        let missing = match (name.is_empty(), api_version.is_empty()) {
            (true, true) => "[apiVersion not set, kind not set]",
            (true, false) => "kind not set",
            (false, true) => "apiVersion not set",
            (false, false) => "",
        };
        if !missing.is_empty() {
            return Err(ToolError::plain(format!(
                "error validating {source:?}: error validating data: {missing}; if you choose to ignore these errors, turn validation off with --validate=false"
            )));
        }
        Err(ToolError::plain(format!(
            "resource mapping not found for name: {:?} namespace: {:?} from {source:?}: no matches for kind {name:?} in version {api_version:?}\nensure CRDs are installed first",
            self.name(),
            self.text("/metadata/namespace"),
        )))
    }

    /// The namespace in which the object lives: the document's, or that of the call.
    ///
    /// # Errors
    /// When both name one and they differ.
    pub fn namespace(&self, context: &Context) -> Result<String, ToolError> {
        if !self.kind()?.info().namespaced {
            return Ok(String::new());
        }
        let own = self.text("/metadata/namespace");
        if own.is_empty() {
            return Ok(context.namespace.clone());
        }
        if context.namespace_is_explicit && own != context.namespace {
            return Err(ToolError::plain(format!(
                "the namespace from the provided object {own:?} does not match the namespace {:?}. You must pass '--namespace={own}' to perform this operation.",
                context.namespace
            )));
        }
        Ok(own.to_owned())
    }
}
