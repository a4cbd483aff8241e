//! Which objects a line means: `TYPE`, `TYPE NAME…`, `TYPE/NAME…`, `a,b`, `all`, selectors and files.

use std::collections::BTreeMap;
use std::sync::Arc;

use opsdrill_objects::custom::kinds::Kinds;
use opsdrill_objects::{Kind, Object};

use super::context::Context;
use super::errors::ToolError;
use super::flags::Arguments;
use super::manifests::Sources;

/// In which file an object is named, by kind, namespace and name.
pub type NamedIn = BTreeMap<(Kind, Arc<str>, Arc<str>), String>;

/// What a line says about the objects that it means.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Arguments that are no flags.
    pub words: Vec<String>,
    /// `-l`.
    pub labels: String,
    /// `--field-selector`.
    pub fields: String,
    /// `-A`.
    pub all_namespaces: bool,
    /// `--all`.
    pub all: bool,
    /// `-f`, `-k` and `-R`.
    pub sources: Sources,
    /// Whether a type alone means all of its objects, as for `get`.
    pub types_mean_all: bool,
}

/// Objects that are to be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// One, by name.
    One {
        /// Its kind.
        kind: Kind,
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// All of a kind that the query's selectors choose.
    All {
        /// The kind.
        kind: Kind,
        /// Their namespace; empty for all.
        namespace: String,
    },
}

/// What a query comes down to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// The objects, in the order of the line.
    pub list: Vec<Want>,
    /// Whether the line names exactly one object.
    pub single: bool,
}

impl Want {
    /// The kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::One { kind, .. } | Self::All { kind, .. } => *kind,
        }
    }
}

impl Query {
    /// The query of a verb whose arguments all name objects. Flags that the verb lacks are left out.
    pub fn of(arguments: &Arguments) -> Self {
        let text = |name: &str| {
            if arguments.has(name) { arguments.text(name).to_owned() } else { String::new() }
        };
        let switch = |name: &str| arguments.has(name) && arguments.switch(name);
        Self {
            words: arguments.positional.clone(),
            labels: text("selector"),
            fields: text("field-selector"),
            all_namespaces: switch("all-namespaces"),
            all: switch("all"),
            sources: Sources::of(arguments),
            types_mean_all: false,
        }
    }

    /// The same, a type alone meaning all of its objects.
    #[must_use]
    pub fn types_mean_all(mut self) -> Self {
        self.types_mean_all = true;
        self
    }

    fn selects(&self) -> bool {
        !self.labels.is_empty() || !self.fields.is_empty() || self.all
    }

    /// What the query comes down to.
    ///
    /// # Errors
    /// kubectl's complaint.
    pub fn resolve(&self, context: &mut Context) -> Result<Wants, ToolError> {
        if !self.sources.is_empty() {
            return self.wants_files(context);
        }
        let namespace = if self.all_namespaces { String::new() } else { context.namespace.clone() };
        let slashes = self.words.iter().filter(|it| it.contains('/')).count();
        if slashes > 0 && slashes < self.words.len() {
            return Err(ToolError::plain(
                "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
            ));
        }
        if slashes > 0 {
            return self.wants_pairs(context, &namespace);
        }
        let Some((types, names)) = self.words.split_first() else {
            return Err(ToolError::plain(MISSING));
        };
        let kinds = kinds_of(&context.door.kinds(), types)?;
        if !names.is_empty() {
            return self.wants_names(&kinds, names, &namespace);
        }
        if !self.selects() && !self.types_mean_all {
            return Err(ToolError::plain("resource(s) were provided, but no name was specified"));
        }
        let all = |kind| Want::All { kind, namespace: namespace_of(kind, &namespace) };
        Ok(Wants { list: kinds.into_iter().map(all).collect(), single: false })
    }

    fn wants_pairs(&self, context: &Context, namespace: &str) -> Result<Wants, ToolError> {
        let mut list = Vec::new();
        for word in &self.words {
            let parts: Vec<&str> = word.split('/').collect();
            let [types, name] = parts[..] else {
                return Err(ToolError::plain(
                    "arguments in resource/name form may not have more than one slash",
                ));
            };
            if types.is_empty() || name.is_empty() || types.contains(',') {
                return Err(ToolError::plain(
                    "arguments in resource/name form must have a single resource and name",
                ));
            }
            let kind = context.kind_of(types)?;
            list.push(self.one(kind, namespace, name)?);
        }
        if self.selects() {
            return Err(ToolError::plain(
                "selectors and the all flag cannot be used when passing resource/name arguments",
            ));
        }
        Ok(Wants { single: list.len() == 1, list })
    }

    fn wants_names(
        &self,
        kinds: &[Kind],
        names: &[String],
        namespace: &str,
    ) -> Result<Wants, ToolError> {
        if self.selects() {
            return Err(ToolError::plain("name cannot be provided when a selector is specified"));
        }
        let mut list = Vec::new();
        for kind in kinds {
            for name in names {
                list.push(self.one(*kind, namespace, name)?);
            }
        }
        Ok(Wants { single: list.len() == 1, list })
    }

    fn one(&self, kind: Kind, namespace: &str, name: &str) -> Result<Want, ToolError> {
        if self.all_namespaces && kind.info().namespaced {
            return Err(ToolError::plain(
                "a resource cannot be retrieved by name across all namespaces",
            ));
        }
        Ok(Want::One { kind, namespace: namespace_of(kind, namespace), name: name.to_owned() })
    }

    /// In which file each object is named, if files name them.
    ///
    /// # Errors
    /// kubectl's complaint about a file.
    pub fn sources_of_targets(&self, context: &mut Context) -> Result<NamedIn, ToolError> {
        let mut sources = BTreeMap::new();
        if self.sources.is_empty() {
            return Ok(sources);
        }
        // What a kustomization warns of was said when the objects were looked for.
        for manifest in self.sources.load_again(context)? {
            let (kind, namespace) = (manifest.kind()?, manifest.namespace(context)?);
            let namespace = namespace_of(kind, &namespace);
            let key = (kind, namespace.as_str().into(), manifest.name().into());
            sources.insert(key, manifest.source.clone());
        }
        Ok(sources)
    }

    fn wants_files(&self, context: &mut Context) -> Result<Wants, ToolError> {
        if !self.words.is_empty() {
            return Err(ToolError::plain(
                "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
            ));
        }
        let mut list = Vec::new();
        for manifest in self.sources.load(context)? {
            let kind = manifest.kind()?;
            let namespace = manifest.namespace(context)?;
            list.push(self.one(kind, &namespace, manifest.name())?);
        }
        Ok(Wants { single: list.len() == 1 && self.sources.is_one(), list })
    }

    /// Looks up what is wanted: the objects, and what went wrong with the others.
    pub fn fetch(
        &self,
        context: &mut Context,
        wants: &[Want],
    ) -> (Vec<Arc<Object>>, Vec<ToolError>) {
        let mut objects = Vec::new();
        let mut errors = Vec::new();
        for want in wants {
            match want {
                Want::One { kind, namespace, name } => match context.get(*kind, name, namespace) {
                    Ok(object) => objects.push(object),
                    Err(refusal) => errors.push(refusal.into()),
                },
                Want::All { kind, namespace } => {
                    match context.list(*kind, namespace, &self.labels, &self.fields) {
                        Ok((items, _)) => objects.extend(items),
                        Err(refusal) => errors.push(refusal.into()),
                    }
                }
            }
        }
        (objects, errors)
    }
}

/// kubectl's text when nothing says what is meant.
pub const MISSING: &str = "You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'";

/// The namespace in which objects of a kind live: none for cluster-scoped kinds.
fn namespace_of(kind: Kind, namespace: &str) -> String {
    if kind.info().namespaced { namespace.to_owned() } else { String::new() }
}

/// The built-in kind that a word names, for verbs that are about pods.
///
/// # Errors
/// That the server has no such type.
pub fn kind_of(word: &str) -> Result<Kind, ToolError> {
    if let Some(kind) = Kind::by_resource(word) {
        return Ok(kind);
    }
    Err(ToolError::plain(format!("the server doesn't have a resource type {word:?}")))
}

/// The kinds that a comma-separated word names, `all` included.
///
/// # Errors
/// That the server has no such type.
pub fn kinds_of(known: &Kinds, word: &str) -> Result<Vec<Kind>, ToolError> {
    let mut kinds = Vec::new();
    for part in word.split(',') {
        if part.is_empty() {
            continue;
        }
        let mut named = kinds_in(known, part);
        if named.is_empty() {
            named = vec![known.by_resource(part).ok_or_else(|| {
                ToolError::plain(format!("the server doesn't have a resource type {part:?}"))
            })?];
        }
        for kind in named {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }
    if kinds.is_empty() {
        return Err(ToolError::plain(format!("the server doesn't have a resource type {word:?}")));
    }
    Ok(kinds)
}

/// The kinds of a category, such as those of `kubectl get all`: by group, core first, then by plural.
fn kinds_in(known: &Kinds, category: &str) -> Vec<Kind> {
    let mut rows: Vec<_> = known.rows().filter(|it| it.is_in(category)).collect();
    rows.sort_by_key(|it| (it.group, it.plural));
    rows.iter().map(|it| it.kind).collect()
}

/// `pod`, `deployment.apps`: how names are prefixed when several kinds are printed.
pub fn prefix_of(kind: Kind) -> String {
    let info = kind.info();
    if info.group.is_empty() {
        info.singular.to_owned()
    } else {
        format!("{}.{}", info.singular, info.group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_means_workloads_and_services_core_group_first() {
        let kinds = kinds_of(&Kinds::default(), "all").unwrap();
        let expected = [
            Kind::Pod,
            Kind::ReplicationController,
            Kind::Service,
            Kind::DaemonSet,
            Kind::Deployment,
            Kind::ReplicaSet,
            Kind::StatefulSet,
            Kind::HorizontalPodAutoscaler,
            Kind::CronJob,
            Kind::Job,
        ];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn a_type_that_nobody_has_is_said_to_be_none() {
        let text = |word: &str| kind_of(word).unwrap_err().text("kubectl get");
        assert_eq!(text("foobars"), "error: the server doesn't have a resource type \"foobars\"\n");
        assert_eq!(kind_of("tokenreviews").unwrap(), Kind::TokenReview);
    }
}
