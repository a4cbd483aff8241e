//! The scenario file: every field that an author may write.
//!
//! `scenario.yaml` declares one incident. What several incidents share (the company's cluster, images, services) is a
//! *platform*: a folder under `_platforms/` with the same shape, named by `platform:`. Manifests, models and texts of a
//! platform come first, those of the scenario after them.
//!
//! Every text may hold `${parameter}`; a variant, chosen by the seed, gives the parameters their values.

mod registries;

use std::collections::BTreeMap;

use opsdrill_checks::Seen;
use opsdrill_engine::physical::traffic::TrafficSource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::faults;

pub use registries::{ChartRepository, Image, Registry, Userland};

/// A text in the languages of the trainees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// English.
    pub en: String,
    /// French.
    pub fr: String,
}

impl From<&Seen> for Text {
    fn from(seen: &Seen) -> Self {
        Self { en: seen.en.clone(), fr: seen.fr.clone() }
    }
}

/// `scenario.yaml`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// Version of this format: 1.
    pub format_version: u32,
    /// What the list shows; names the symptom, never the cause.
    pub title: Text,
    /// How hard it is.
    pub level: Level,
    /// Minutes that a trainee of this level needs.
    pub minutes: u32,
    /// The platform that this incident happens on.
    #[serde(default)]
    pub platform: Option<String>,
    /// The date and time when the trainee sits down, RFC 3339.
    pub date: String,
    /// How long the world has run by then, so that pods have an age, logs and events; such as `2h`.
    #[serde(default = "default_warm_up")]
    pub warm_up: String,
    /// When the workspace's manifests were deployed, such as `-25m`: until then the platform's own ones ran, so that
    /// the release that the trainee finds has a past. Without it they have run from the beginning.
    #[serde(default)]
    pub released: Option<String>,
    /// How the deploy job of that time ended; the trainee finds what it printed in `~/ci/deploy.log` if there are releases.
    #[serde(default)]
    pub release_ends: End,
    /// Services of the platform that come from charts here; all others come from plain manifests.
    #[serde(default)]
    pub from_charts: Vec<String>,
    /// What was done with releases before the trainee sat down, beside the first installation and `released`.
    #[serde(default)]
    pub history: Vec<Past>,
    /// The trainee's namespace in the kubeconfig.
    pub namespace: String,
    /// The ticket as the trainee receives it.
    pub ticket: Text,
    /// Hints, from vague to plain; each costs.
    pub hints: Vec<Hint>,
    /// The sets of parameters of which the seed takes one.
    pub variants: Vec<BTreeMap<String, String>>,
    /// Parts of the world that this incident adds to its platform.
    #[serde(default)]
    pub world: World,
    /// What breaks, and when.
    #[serde(default)]
    pub faults: Vec<Timed>,
    /// Whether there is nothing to solve: a cluster to try things on.
    #[serde(default)]
    pub free: bool,
    /// What must be reached, and then be held.
    pub objectives: Vec<Objective>,
    /// What must hold all the time.
    #[serde(default)]
    pub safeguards: Vec<Safeguard>,
    /// How points are given.
    #[serde(default)]
    pub rubric: Rubric,
    /// How long after the ticket the lead must know of it if users still suffer, such as `10m`.
    #[serde(default = "default_lead_within")]
    pub lead_within: String,
    /// What is really wrong, compared with the trainee's `diagnose`.
    pub truth: Truth,
    /// What happens after `submit`.
    #[serde(default)]
    pub night: Night,
    /// What the trainee reads at the end.
    pub debrief: Text,
}

/// `platform.yaml`: what several incidents share.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlatformFile {
    /// Version of this format: 1.
    pub format_version: u32,
    /// The parts of the world.
    #[serde(default)]
    pub world: World,
}

/// Parts of the simulated world.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct World {
    /// Nodes.
    #[serde(default)]
    pub nodes: Vec<Node>,
    /// Private registries.
    #[serde(default)]
    pub registries: Vec<Registry>,
    /// Images in them, with what is inside.
    #[serde(default)]
    pub images: Vec<Image>,
    /// Namespaces that exist.
    #[serde(default)]
    pub namespaces: Vec<String>,
    /// Files below `workspace/` that the deploy job applies at the start and whenever it runs, in this order;
    /// folders mean all their files in order of name.
    #[serde(default)]
    pub manifests: Vec<String>,
    /// Releases that the deploy job makes of charts in `workspace/`, after the manifests and in this order, as
    /// `helm upgrade --install NAME CHART -f VALUES` does.
    #[serde(default)]
    pub releases: Vec<Release>,
    /// Files below `cluster/` that are in the cluster but not in the trainee's workspace.
    #[serde(default)]
    pub cluster_manifests: Vec<String>,
    /// Who uses the services.
    #[serde(default)]
    #[schemars(with = "Vec<serde_json::Value>")]
    pub traffic: Vec<TrafficSource>,
    /// What reports call these users; without a title it is their name.
    #[serde(default)]
    pub user_titles: BTreeMap<String, Text>,
    /// Where charts are had from.
    #[serde(default)]
    pub chart_repositories: Vec<ChartRepository>,
    /// Names beyond the cluster, and their addresses.
    #[serde(default)]
    pub hosts: BTreeMap<String, String>,
    /// The addresses that the cloud has for Services of type `LoadBalancer`; without any these wait for ever.
    #[serde(default)]
    pub load_balancers: Vec<String>,
    /// Nobody serves `metrics.k8s.io`: autoscalers learn nothing of CPU and memory.
    #[serde(default)]
    pub without_metrics: bool,
    /// The cluster shows what kubeadm puts into it: CoreDNS, on which the DNS depends then, kube-proxy, a network plugin, and
    /// the control plane's static pods on nodes with `control_plane`.
    #[serde(default)]
    pub kube_system: bool,
}

/// A release that is made of a chart.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// The chart's folder below `workspace/`, such as `helm/payment-service`.
    pub chart: String,
    /// The files of `-f` below `workspace/`, such as `helm/payment-service/values-production.yaml`.
    #[serde(default)]
    pub values: Vec<String>,
    /// Further values files below `workspace/`, each of another environment, with which CI renders the chart, too
    /// (`helm template NAME CHART -f FILE`). From the start on, a chart that does not render with one of them is as bad
    /// as one that cannot be deployed.
    #[serde(default)]
    pub also_renders: Vec<String>,
    /// Whether the job waits until everything is ready (`--wait`).
    #[serde(default)]
    pub wait: bool,
    /// The plain manifests below `workspace/` that are there instead where a scenario of the platform does not name this
    /// release in `from_charts`; folders mean all their files.
    #[serde(default)]
    pub replaces: Vec<String>,
}

/// Something that was done with a release before the trainee sat down.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Past {
    /// When, such as `-2h`.
    pub at: String,
    /// The release.
    pub release: String,
    /// The folder below the scenario's `past/` that holds the files of that time, such as `2`; the platform's own files
    /// are those that it does not hold.
    #[serde(default)]
    pub files: Option<String>,
    /// What the deploy job was given with `--set`, such as `image.tag=2.1.0`.
    #[serde(default)]
    pub set: Vec<String>,
    /// Somebody went back to this revision; nothing was deployed.
    #[serde(default)]
    pub rollback: Option<u32>,
    /// The colleague who did it by hand, under this user name: the deploy job's log says nothing of it. Without one the
    /// deploy job did it.
    #[serde(default)]
    pub by: Option<String>,
    /// How it ended.
    #[serde(default)]
    pub ends: End,
}

/// How a run of the deploy job ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// Everything was deployed.
    #[default]
    Well,
    /// Something could not be deployed.
    Failed,
    /// The job was killed while it waited for the first release that was not ready at once.
    Killed,
}

/// A node of the cluster.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// CPU as a quantity, such as `4`.
    pub cpu: String,
    /// Memory as a quantity, such as `16Gi`.
    pub memory: String,
    /// Topology zone.
    #[serde(default)]
    pub zone: Option<String>,
    /// Further labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Whether it belongs to the control plane (and is tainted so).
    #[serde(default)]
    pub control_plane: bool,
}

/// How hard a scenario is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Hints lead the way.
    Guided,
    /// One cause, plain symptoms.
    Junior,
    /// The symptom is away from the cause.
    Regular,
    /// More than one thing is wrong, or the obvious repair does not last.
    Senior,
}

/// A hint.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hint {
    /// Points that it costs.
    pub cost: u32,
    /// What it says.
    pub text: Text,
}

/// A fault of the catalogue at a time.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timed {
    /// When, before (`-20m`) or after (`5m`) the trainee sits down, or in the night after its start.
    pub at: String,
    /// The fault: one name of the catalogue and its parameters.
    #[schemars(schema_with = "faults::schema")]
    pub fault: BTreeMap<String, serde_json::Value>,
}

/// Something that must be reached and then be held.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    /// What the report calls it.
    pub title: Text,
    /// The check: one name of the catalogue and its parameters.
    pub check: BTreeMap<String, serde_json::Value>,
    /// How long it must have held when the trainee submits, such as `2m`.
    #[serde(default = "default_hold")]
    pub hold: String,
    /// How much of the night it may be broken, such as `3m`: restarts and reboots take their time.
    #[serde(default = "default_slack")]
    pub night_slack: String,
}

/// Something that must hold all the time; what breaks it makes the verdict UNSAFE or FAIL.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Safeguard {
    /// What the report calls it.
    pub title: Text,
    /// The check: one name of the catalogue and its parameters.
    pub check: BTreeMap<String, serde_json::Value>,
    /// What a breach means.
    #[serde(default)]
    pub breach: Breach,
    /// Whether it is judged from the start (or only once the trainee submits and after).
    #[serde(default)]
    pub from_start: bool,
    /// For how long it may be broken, such as `3m`: what it looks at may be away for a moment.
    #[serde(default = "default_no_slack")]
    pub slack: String,
}

/// What a broken safeguard means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Breach {
    /// The repair works, but something was endangered.
    #[default]
    Unsafe,
    /// The repair is none.
    Fail,
}

/// How points are given; out of 100 before costs.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rubric {
    /// Version: an old session can be graded again by its own.
    pub version: u32,
    /// Points for objectives reached.
    pub outcome: u32,
    /// Points for a quiet night.
    pub durability: u32,
    /// Points for safeguards kept.
    pub safety: u32,
    /// Points for time: all within half of `minutes`, none after twice that.
    pub time: u32,
    /// Points for evidence before change, verification after it, and nothing risky or idle in between.
    pub method: u32,
    /// Points for the diagnosis: half for the claim, half for evidence that was looked at.
    pub diagnosis: u32,
    /// Points for telling the lead when the team's rule says so, and only then.
    pub communication: u32,
}

/// What is really wrong.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Truth {
    /// The object at fault, such as `deployment/payment-service`; any of these counts.
    pub objects: Vec<String>,
    /// The mechanism, one word of the list that `diagnose` shows; any of these counts.
    pub mechanisms: Vec<String>,
    /// The objects that show it to who looks at them, such as `pod/payment-service-*`; any of these counts.
    pub evidence: Vec<String>,
}

/// What happens after `submit`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Night {
    /// How long it is.
    pub duration: String,
    /// When the source manifests are deployed again, after its start.
    pub redeploy_at: Vec<String>,
    /// When a pod of these labels is deleted: `5h: namespace/key=value`.
    pub delete_pod: BTreeMap<String, String>,
    /// When a node is rebooted: `7h: worker-1`.
    pub reboot_node: BTreeMap<String, String>,
    /// Further faults.
    pub faults: Vec<Timed>,
}

impl Default for Night {
    fn default() -> Self {
        Self {
            duration: "12h".into(),
            redeploy_at: vec!["3h".into()],
            delete_pod: BTreeMap::new(),
            reboot_node: BTreeMap::new(),
            faults: Vec::new(),
        }
    }
}

impl Default for Rubric {
    fn default() -> Self {
        Self {
            version: 3,
            outcome: 40,
            durability: 20,
            safety: 10,
            time: 10,
            method: 5,
            diagnosis: 10,
            communication: 5,
        }
    }
}

fn default_warm_up() -> String {
    "2h".into()
}

fn default_lead_within() -> String {
    "10m".into()
}

fn default_hold() -> String {
    "1m".into()
}

fn default_no_slack() -> String {
    "0s".into()
}

fn default_slack() -> String {
    "5m".into()
}
