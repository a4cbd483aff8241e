//! The catalogue of checks: what grades, one file each. Checks read and never write.
//!
//! Absence never passes: every check wants a positive witness. A namespace that is gone has no failing pods, and no
//! users that are served either.

mod catalogue;

use k8s_openapi::api::apps::v1::DeploymentSpec;
use k8s_openapi::api::core::v1::Container;
use opsdrill_engine::{Cluster, SimDuration, SimTime};
use opsdrill_objects::Kind;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use catalogue::CHECKS;

/// What a check may look at.
#[derive(Clone, Copy)]
pub struct Evidence<'a> {
    /// The cluster: objects, audit and the physical world, for reading.
    pub cluster: &'a Cluster,
    /// The trainee's user name in the audit.
    pub trainee: &'a str,
    /// The deploy job's user name in the audit: since the trainee sat down, the source that it applies is the trainee's.
    pub deployer: &'a str,
    /// When the trainee sat down.
    pub start: SimTime,
    /// The span over which rates are judged, ending now.
    pub window: SimDuration,
}

impl<'a> Evidence<'a> {
    /// What a deployment asks for, or the finding that it is not there.
    fn deployment(self, namespace: &str, name: &str) -> Result<&'a DeploymentSpec, Finding> {
        let found = self.cluster.view().get(Kind::Deployment, namespace, name);
        let spec = found.and_then(|it| it.deployment()?.spec.as_ref());
        spec.ok_or_else(|| Finding::no_deployment(namespace, name))
    }

    /// The same with one of its containers.
    fn container(
        self,
        namespace: &str,
        deployment: &str,
        name: &str,
    ) -> Result<(&'a DeploymentSpec, &'a Container), Finding> {
        let spec = self.deployment(namespace, deployment)?;
        let containers = spec.template.spec.iter().flat_map(|it| &it.containers);
        let found = containers.into_iter().find(|it| it.name == name);
        Ok((spec, found.ok_or_else(|| Finding::no_container(name))?))
    }
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether what the check wants is so now.
    pub met: bool,
    /// What was seen: a fact, for the report.
    pub evidence: Seen,
}

/// A fact in the languages of the report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// English.
    pub en: String,
    /// French.
    pub fr: String,
}

impl Seen {
    /// A fact from its two texts.
    pub fn new(en: impl Into<String>, fr: impl Into<String>) -> Self {
        Self { en: en.into(), fr: fr.into() }
    }
}

impl Finding {
    /// A finding from a condition and what was seen, in English and in French.
    pub fn new(met: bool, en: impl Into<String>, fr: impl Into<String>) -> Self {
        Self { met, evidence: Seen::new(en, fr) }
    }

    /// The finding that an object is not there.
    fn no_deployment(namespace: &str, name: &str) -> Self {
        Self::new(
            false,
            format!("deployment {namespace}/{name} does not exist"),
            format!("le déploiement {namespace}/{name} n'existe pas"),
        )
    }

    /// The finding that a deployment has no container of a name.
    fn no_container(name: &str) -> Self {
        Self::new(
            false,
            format!("container {name} does not exist"),
            format!("le conteneur {name} n'existe pas"),
        )
    }
}

/// One thing that is judged.
pub trait Check: DeserializeOwned + 'static {
    /// Its name in scenario files; the file's name in kebab-case.
    const NAME: &'static str;
    /// What it wants, in one sentence.
    const SUMMARY: &'static str;

    /// Judges the moment.
    fn judge(&self, evidence: Evidence<'_>) -> Finding;
}

/// A check with its parameters.
pub type Judge = Box<dyn Fn(Evidence<'_>) -> Finding>;

/// A row of the catalogue.
pub struct CheckKind {
    /// Name in scenario files.
    pub name: &'static str,
    /// What it wants.
    pub summary: &'static str,
    /// Reads the parameters.
    pub load: fn(Value) -> Result<Judge, String>,
}

impl CheckKind {
    const fn of<C: Check>() -> Self {
        Self {
            name: C::NAME,
            summary: C::SUMMARY,
            load: |parameters| {
                let check: C =
                    serde_json::from_value(parameters).map_err(|error| error.to_string())?;
                Ok(Box::new(move |evidence| check.judge(evidence)))
            },
        }
    }
}

/// Finds a check and reads its parameters.
///
/// # Errors
/// An unknown name (with the known ones) or parameters that do not fit.
pub fn load(name: &str, parameters: Value) -> Result<Judge, String> {
    let row = CHECKS.iter().find(|it| it.name == name).ok_or_else(|| {
        let names: Vec<&str> = CHECKS.iter().map(|it| it.name).collect();
        format!("no check is called {name:?}; there are {}", names.join(", "))
    })?;
    (row.load)(parameters)
}
