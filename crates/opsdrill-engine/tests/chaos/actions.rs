//! What is done to the cluster, and how it is mended.

use opsdrill_engine::api::{Options, Payload, Propagation, Request, Subresource, Target, Verb};
use opsdrill_engine::kubelet;
use opsdrill_engine::physical::{self, Parameter, ProcessSelector};
use opsdrill_objects::{Kind, Object};
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::stage::{NODES, SPACE, Stage, job};

/// Workloads with replicas.
const SCALED: [(Kind, &str); 2] = [(Kind::Deployment, "web"), (Kind::StatefulSet, "db")];
/// All workloads with a template.
const WORKLOADS: [(Kind, &str); 3] =
    [(Kind::Deployment, "web"), (Kind::StatefulSet, "db"), (Kind::DaemonSet, "agent")];

type Action = fn(&mut Stage, &mut ChaCha8Rng) -> String;

const ACTIONS: &[Action] = &[
    scale,
    scale,
    image,
    image,
    delete_pod,
    delete_pod,
    delete_workload,
    apply,
    cordon,
    drain,
    drain,
    partition,
    heal,
    reboot,
    urgent,
    urgent,
    batch,
    suspend,
    claim,
    quota,
    budget,
    autoscaler,
    kill,
    greed,
    disk,
    configure,
    relabel,
    restart,
    crash,
    rest,
];

/// Does something; says what.
pub(crate) fn act(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    ACTIONS.choose(chance).unwrap()(stage, chance)
}

fn one<T: Copy>(chance: &mut ChaCha8Rng, list: &[T]) -> T {
    *list.choose(chance).unwrap()
}

fn any(stage: &Stage, chance: &mut ChaCha8Rng, kind: Kind) -> Option<Target> {
    let all: Vec<Target> = stage.view().list(kind, SPACE).map(|it| Target::of(it)).collect();
    all.choose(chance).cloned()
}

fn scale(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let ((kind, name), replicas) = (one(chance, &SCALED), chance.random_range(0..6));
    stage.patch(kind, SPACE, name, json!({ "spec": { "replicas": replicas } }));
    format!("scale {name} to {replicas}")
}

fn template(name: &str, image: &str, command: &Value) -> Value {
    let container = json!({
        "name": "main", "image": image, "command": command,
        "resources": { "requests": { "cpu": "100m", "memory": "32Mi" } },
        "volumeMounts": if name == "db" { json!([{ "name": "data", "mountPath": "/data" }]) } else { Value::Null },
    });
    json!({ "spec": { "template": { "spec": { "containers": [container] } } } })
}

fn image(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let (kind, name) = one(chance, &WORKLOADS);
    let image = one(chance, &["nginx:1.26", "nginx:no-such-tag", "redis:7.2", "redis:8"]);
    stage.patch(kind, SPACE, name, template(name, image, &Value::Null));
    format!("image of {name} is {image}")
}

fn crash(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let (kind, name) = one(chance, &WORKLOADS);
    stage.patch(kind, SPACE, name, template(name, "busybox:1.36", &json!(["sh", "-c", "exit 1"])));
    format!("{name} crashes")
}

fn restart(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let (kind, name) = one(chance, &WORKLOADS);
    let stamp = json!({ "restarted": stage.cluster.now().0.to_string() });
    let patch = json!({ "spec": { "template": { "metadata": { "annotations": stamp } } } });
    stage.patch(kind, SPACE, name, patch);
    format!("restart {name}")
}

fn delete(stage: &mut Stage, target: Target, options: Options) -> bool {
    stage.request(Request { options, ..Request::new(Verb::Delete, target) }).result.is_ok()
}

fn delete_pod(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let Some(pod) = any(stage, chance, Kind::Pod) else { return "no pod".into() };
    let grace = chance.random_bool(0.3).then_some(0);
    let name = pod.name.clone();
    delete(stage, pod, Options { grace_period_seconds: grace, ..Options::default() });
    format!("delete pod {name}, grace {grace:?}")
}

fn delete_workload(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let kinds = [
        Kind::Deployment,
        Kind::StatefulSet,
        Kind::ReplicaSet,
        Kind::Service,
        Kind::Job,
        Kind::DaemonSet,
    ];
    let kind = one(chance, &kinds);
    let Some(target) = any(stage, chance, kind) else { return "nothing".into() };
    let ways = [Propagation::Background, Propagation::Foreground, Propagation::Orphan];
    let propagation = Some(one(chance, &ways));
    let words = format!("delete {:?} {}, {propagation:?}", target.kind, target.name);
    delete(stage, target, Options { propagation, ..Options::default() });
    words
}

fn apply(stage: &mut Stage, _: &mut ChaCha8Rng) -> String {
    // A scarce namespace refuses nothing of this: quotas count pods only.
    stage.apply_all();
    "apply".into()
}

fn cordon(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let (node, on) = (one(chance, &NODES), chance.random_bool(0.5));
    stage.patch(Kind::Node, "", node, json!({ "spec": { "unschedulable": on } }));
    format!("cordon {node}: {on}")
}

/// Evicts what a node has, as `kubectl drain` does; a budget must hold whatever is evicted.
fn drain(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let node = one(chance, &NODES);
    stage.patch(Kind::Node, "", node, json!({ "spec": { "unschedulable": true } }));
    let pods: Vec<_> = stage.view().pods_on(node).into_iter().cloned().collect();
    let mut evicted = 0;
    for pod in pods {
        let budget = |stage: &Stage| allowed(stage, &pod);
        let before = budget(stage);
        let name = &*pod.meta.name;
        let eviction = json!({ "metadata": { "name": name, "namespace": SPACE } });
        let target = Target::of(&pod).with(Subresource::Eviction);
        let ready = pod.pod().unwrap().is_ready();
        let done = stage.ask(Verb::Create(Payload::Document(eviction)), target);
        evicted += usize::from(done);
        if done && ready && !pod.meta.is_terminating() {
            assert!(before != Some(0), "{name} was evicted in spite of its budget");
        }
    }
    format!("drain {node}: {evicted} evicted")
}

/// How many pods of a pod's budget may be taken away.
fn allowed(stage: &Stage, pod: &Object) -> Option<i32> {
    let app = pod.meta.label("app")?;
    let budget = stage.view().get(Kind::PodDisruptionBudget, pod.meta.namespace(), app)?;
    Some(budget.pod_disruption_budget()?.status.as_ref()?.disruptions_allowed)
}

fn partition(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let node = one(chance, &NODES);
    kubelet::stop_kubelet(stage.cluster.world_mut(), node);
    format!("{node} is cut off")
}

fn heal(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let node = one(chance, &NODES);
    kubelet::start_kubelet(stage.cluster.world_mut(), node);
    format!("{node} is heard again")
}

fn reboot(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let node = one(chance, &NODES);
    kubelet::reboot_node(stage.cluster.world_mut(), node, 60_000);
    format!("{node} reboots")
}

/// A pod for which others have to go.
fn urgent(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let number = chance.random_range(0..4);
    let cpu = one(chance, &["500m", "1500m", "1900m", "5000m"]);
    let container = json!({ "name": "main", "image": "nginx:1.27", "resources": { "requests": { "cpu": cpu } } });
    let name = format!("urgent-{number}");
    let spec = json!({ "priorityClassName": "high", "containers": [container] });
    let done =
        stage.create(Kind::Pod, SPACE, json!({ "metadata": { "name": name }, "spec": spec }));
    format!("{name} asks for {cpu}: {done}")
}

fn batch(stage: &mut Stage, _: &mut ChaCha8Rng) -> String {
    let there = Target::one(Kind::Job, SPACE, "batch");
    let propagation = Some(Propagation::Background);
    delete(stage, there, Options { propagation, ..Options::default() });
    format!("another batch: {}", stage.create(Kind::Job, SPACE, job()))
}

fn suspend(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let on = chance.random_bool(0.5);
    let (kind, name) = one(chance, &[(Kind::Job, "batch"), (Kind::CronJob, "tick")]);
    stage.patch(kind, SPACE, name, json!({ "spec": { "suspend": on } }));
    format!("suspend {name}: {on}")
}

fn claim(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let Some(claim) = any(stage, chance, Kind::PersistentVolumeClaim) else {
        return "no claim".into();
    };
    let name = claim.name.clone();
    delete(stage, claim, Options::default());
    format!("delete claim {name}")
}

fn quota(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let pods = one(chance, &["4", "12", "24"]);
    let patch = json!({ "spec": { "hard": { "pods": pods } } });
    stage.patch(Kind::ResourceQuota, SPACE, "all", patch);
    format!("quota of {pods} pods")
}

fn budget(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let (app, least) = (one(chance, &["web", "db"]), chance.random_range(0..4));
    let patch = json!({ "spec": { "minAvailable": least } });
    stage.patch(Kind::PodDisruptionBudget, SPACE, app, patch);
    format!("budget of {app} is {least}")
}

fn autoscaler(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let (least, most) = (chance.random_range(1..4), chance.random_range(4..7));
    let patch = json!({ "spec": { "minReplicas": least, "maxReplicas": most } });
    stage.patch(Kind::HorizontalPodAutoscaler, SPACE, "web", patch);
    format!("web has {least} to {most} replicas")
}

fn selector(workload: &str) -> ProcessSelector {
    ProcessSelector { workload: Some(workload.into()), ..ProcessSelector::default() }
}

fn kill(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let name = one(chance, &["web", "db", "agent", "batch"]);
    let killed = physical::kill_matching(stage.cluster.world_mut(), &selector(name));
    format!("kill {killed} of {name}")
}

fn hold(stage: &mut Stage, workload: &str, mib: u64) {
    let world = stage.cluster.world_mut();
    physical::set_parameter(world, &selector(workload), Parameter::MemoryBytes, mib << 20);
}

fn greed(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let (name, mib) = (one(chance, &["web", "db", "agent"]), one(chance, &[0, 200, 500, 900]));
    hold(stage, name, mib);
    format!("{name} holds {mib} MiB")
}

fn disk(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let (node, gib) = (one(chance, &NODES), one(chance, &[0_u64, 50, 95]));
    kubelet::fill_disk(stage.cluster.world_mut(), node, gib << 30);
    format!("{gib} GiB on the disk of {node}")
}

fn configure(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let level: u32 = chance.random();
    let patch = json!({ "data": { "level": level.to_string() } });
    stage.patch(Kind::ConfigMap, SPACE, "settings", patch);
    "other settings".into()
}

fn relabel(stage: &mut Stage, chance: &mut ChaCha8Rng) -> String {
    let Some(pod) = any(stage, chance, Kind::Pod) else { return "no pod".into() };
    let app = one(chance, &["stray", "web", "db"]);
    stage.patch(Kind::Pod, SPACE, &pod.name, json!({ "metadata": { "labels": { "app": app } } }));
    format!("{} is {app} now", pod.name)
}

fn rest(stage: &mut Stage, _: &mut ChaCha8Rng) -> String {
    stage.pass(300_000);
    "rest".into()
}

/// Ends all that is broken, and applies the manifests again.
pub(crate) fn repair(stage: &mut Stage) {
    for node in NODES {
        kubelet::fill_disk(stage.cluster.world_mut(), node, 0);
        kubelet::start_kubelet(stage.cluster.world_mut(), node);
        stage.patch(Kind::Node, "", node, json!({ "spec": { "unschedulable": false } }));
    }
    for workload in ["web", "db", "agent"] {
        hold(stage, workload, 0);
    }
    // A reboot that is under way ends.
    stage.pass(120_000);
    let selected = |it: &Object| it.meta.controller().is_none();
    let strays: Vec<_> = stage
        .view()
        .list(Kind::Pod, SPACE)
        .filter(|it| selected(it))
        .map(|it| Target::of(it))
        .collect();
    for pod in strays {
        delete(stage, pod, Options::default());
    }
    let orphans: Vec<_> = [Kind::ReplicaSet, Kind::Job]
        .iter()
        .flat_map(|kind| stage.view().list(*kind, SPACE))
        .filter(|it| selected(it))
        .map(|it| Target::of(it))
        .collect();
    for orphan in orphans {
        let propagation = Some(Propagation::Background);
        delete(stage, orphan, Options { propagation, ..Options::default() });
    }
    stage.pass(60_000);
    stage.apply_all();
    // A StatefulSet waits for a pod of its former template for ever, in life as here.
    let former =
        stage.view().list(Kind::Pod, SPACE).filter(|it| it.meta.label("app") == Some("db"));
    let former: Vec<_> =
        former.filter(|it| !it.pod().unwrap().is_ready()).map(|it| Target::of(it)).collect();
    for pod in former {
        delete(stage, pod, Options::default());
    }
}
