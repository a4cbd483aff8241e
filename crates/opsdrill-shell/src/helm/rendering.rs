//! A chart's templates on values: hooks, manifest and notes.

use opsdrill_engine::api::version::VERSION;
use opsdrill_helm::release::Hook;
use opsdrill_helm::render::{Capabilities, Lookup, Nothing};
use opsdrill_helm::values::coalesce::{Nulls, coalesce};
use opsdrill_helm::values::convert;
use opsdrill_helm::{Chart, Generation, Release, Rendering, manifest, schema};
use opsdrill_objects::Kind;
use opsdrill_objects::kinds::KINDS;
use opsdrill_sprig::version::{Constraint, Version};
use serde_json::{Map, Value, json};

use crate::kubectl::metrics;

use super::context::Helm;
use super::failure::{Failure, Outcome};

/// What stands where a Secret is hidden.
const HIDDEN: &str = "# HIDDEN: The Secret output has been suppressed";

/// How a chart is rendered.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Plan {
    /// The release.
    pub(super) release: Release,
    /// What the cluster can do.
    pub(super) capabilities: Capabilities,
    /// Whether templates may look things up in the cluster.
    pub(super) asks_cluster: bool,
    /// Whether the notes of subcharts are kept, too.
    pub(super) with_sub_notes: bool,
    /// Whether `crds/` is a part of the manifest.
    pub(super) with_crds: bool,
    /// Whether schemas of values are not heeded.
    pub(super) skips_schema: bool,
    /// Whether Secrets are not shown.
    pub(super) hides_secrets: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Rendered {
    /// What is run around the release.
    pub(super) hooks: Vec<Hook>,
    /// What is installed.
    pub(super) manifest: String,
    /// What the user is told.
    pub(super) notes: String,
}

/// Why nothing came of it.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    /// Before anything was rendered.
    Before(Failure),
    /// While templates were rendered, with what they had printed.
    During(Failure, String),
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Before(failure) | Trouble::During(failure, _) => failure,
        }
    }
}

struct Cluster<'h, 'a>(&'h mut Helm<'a>);

impl Lookup for Cluster<'_, '_> {
    fn lookup(
        &mut self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Value, String> {
        let empty = json!({});
        if let Err(why) = self.0.served(api_version) {
            return Err(self.0.note_of_lookup(api_version, kind, &why));
        }
        if api_version.starts_with(metrics::GROUP) {
            return Err(format!("opsdrill: not simulated: lookups of {api_version}"));
        }
        let Some(kind) = self.0.kube.door.kinds().by_name(api_version, kind) else {
            return Ok(empty);
        };
        let namespace = if kind.info().namespaced { namespace } else { "" };
        if name.is_empty() {
            let items = self.0.all(kind, namespace, "").map_err(|why| why.message)?;
            let items: Vec<Value> = items.iter().map(|it| it.to_value_in(api_version)).collect();
            let list = format!("{}List", kind.info().name);
            return Ok(json!({"apiVersion": api_version, "kind": list, "items": items}));
        }
        match self.0.read(kind, namespace, name) {
            Ok(object) => Ok(object.to_value_in(api_version)),
            Err(why) if why.code == 404 => Ok(empty),
            Err(why) => Err(why.message),
        }
    }
}

impl Helm<'_> {
    /// Looks whether the cluster serves an API version.
    fn served(&self, api_version: &str) -> Result<(), String> {
        if self.capabilities().api_versions.iter().any(|it| it == api_version) {
            return Ok(());
        }
        Err("the server could not find the requested resource".to_owned())
    }

    /// What Helm's log and the template's error say of a kind that cannot be looked up.
    fn note_of_lookup(&mut self, api_version: &str, kind: &str, why: &str) -> String {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let named = format!("{group}/{version}, Kind={kind}");
        self.err(&format!(
            "lookup_func.go:130: [ERROR] unable to retrieve resource list for: {api_version} , error: {why}\nlookup_func.go:104: [ERROR] unable to get apiresource from unstructured: {named} , error {why}\n"
        ));
        format!("unable to get apiresource from unstructured: {named}: {why}")
    }

    /// What the cluster can do.
    pub(super) fn capabilities(&self) -> Capabilities {
        let kinds = self.kube.door.kinds();
        let built_in = KINDS.iter().map(|it| (it.api_version(), it.name));
        let other = KINDS.iter().flat_map(|it| {
            it.other_versions.iter().map(|version| (version.api_version(), it.name))
        });
        let custom = kinds.definitions().flat_map(|it| &it.versions).map(|it| {
            let info = it.kind.info();
            (info.api_version(), info.name)
        });
        let measured = metrics::resources(&kinds)
            .map(|it| (format!("{}/{}", metrics::GROUP, metrics::VERSION), it.kind));
        let served: Vec<(String, &str)> =
            built_in.chain(other).chain(custom).chain(measured).collect();
        let mut versions: Vec<String> = Vec::new();
        for (version, _) in &served {
            if !versions.contains(version) {
                versions.push(version.clone());
            }
        }
        versions.extend(served.iter().map(|(version, kind)| format!("{version}/{kind}")));
        Capabilities::of_cluster(VERSION, versions)
    }

    /// Renders a chart whose dependencies have been processed.
    pub(super) fn render(
        &mut self,
        chart: &Chart,
        given: &Map<String, Value>,
        plan: &Plan,
    ) -> Result<Rendered, Trouble> {
        let generation = self.words.generation;
        let before = |why: String| Trouble::Before(why.into());
        if !plan.skips_schema {
            let values = coalesce(chart, given, Nulls::Remove, generation).map_err(before)?;
            let values = convert::document(&values).map_err(before)?;
            schema::check(chart, &values).map_err(before)?;
        }
        let during = |why: String| Trouble::During(why.into(), String::new());
        check_kube_version(chart, &plan.capabilities.kube_version).map_err(during)?;
        let rendering = Rendering {
            release: plan.release.clone(),
            capabilities: plan.capabilities.clone(),
            generation,
            lints: false,
            skips_schema: true,
            seed: self.kube.door.random_u64("helm templates").to_be_bytes().to_vec(),
            now: self.now(),
        };
        let printed = if plan.asks_cluster {
            rendering.render(chart, given, &mut Cluster(self))
        } else {
            rendering.render(chart, given, &mut Nothing)
        };
        let printed = printed.map_err(during)?;
        let sorted = manifest::sort(&printed, chart.name(), generation);
        let mut sorted = sorted.map_err(|why| {
            let is_shown =
                |path: &str, text: &str| !path.ends_with("NOTES.txt") && !text.trim().is_empty();
            let shown = printed.iter().filter(|(path, text)| is_shown(path, text));
            let blob =
                shown.map(|(path, text)| format!("---\n# Source: {path}\n{text}\n")).collect();
            Trouble::During(why.into(), blob)
        })?;
        let mut text = String::new();
        if plan.with_crds {
            for file in chart.crds() {
                text.push_str(&format!("---\n# Source: {}\n{}\n", file.name, file.text()));
            }
        }
        if plan.hides_secrets {
            for manifest in sorted.manifests.iter_mut().filter(|it| it.kind == "Secret") {
                HIDDEN.clone_into(&mut manifest.content);
            }
        }
        text.push_str(&sorted.text());
        let mut notes = sorted.notes.clone();
        if plan.with_sub_notes {
            let all = printed.iter().filter(|(path, _)| path.ends_with("NOTES.txt"));
            let all: Vec<&str> = all.map(|(_, text)| text.as_str()).collect();
            notes = all.join("\n");
        }
        let hooks = sorted.hooks.into_iter().map(Hook::from).collect();
        Ok(Rendered { hooks, manifest: text, notes })
    }

    /// Installs the definitions of `crds/` that are not there yet.
    pub(super) fn install_definitions(&mut self, chart: &Chart) -> Outcome<()> {
        let mut made = Vec::new();
        for file in chart.crds() {
            let name = file.name.split_once('/').map_or(file.name.as_str(), |it| it.1).to_owned();
            let doing = format!("failed to install CRD {name}");
            let resources = self.build(&file.text()).map_err(|why| why.while_doing(&doing))?;
            for resource in &resources {
                let there = self.read(resource.kind, &resource.namespace, &resource.name).is_ok();
                if there && resource.kind == Kind::CustomResourceDefinition {
                    continue;
                }
                self.create(resource).map_err(|why| {
                    Failure::Plain(format!("{doing}: 1 error occurred:\n\t* {}\n\n", why.text()))
                })?;
                made.push(resource.clone());
            }
        }
        self.wait_ready(&made, false, 60_000)
    }
}

fn check_kube_version(chart: &Chart, version: &str) -> Result<(), String> {
    let wanted = &chart.metadata.kube_version;
    if wanted.is_empty() {
        return Ok(());
    }
    let fits = match (Constraint::parse(wanted), Version::parse(version)) {
        (Ok(wanted), Ok(version)) => wanted.allows(&version),
        _ => false,
    };
    if fits {
        return Ok(());
    }
    Err(format!(
        "chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {version}"
    ))
}

/// Values with a chart's defaults, as Helm shows them.
///
/// # Errors
/// When a subchart's values are no map.
pub(super) fn computed(
    chart: &Chart,
    given: &Map<String, Value>,
    generation: Generation,
) -> Outcome<Value> {
    let values = coalesce(chart, given, Nulls::Remove, generation)?;
    Ok(convert::value(&values)?)
}
