//! Nodes: how they join, and what their kubelets report of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::{
    ContainerImage, DaemonEndpoint, Node, NodeAddress, NodeCondition, NodeDaemonEndpoints,
    NodeSpec as WireSpec, NodeStatus, NodeSystemInfo, Taint,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use opsdrill_objects::event::EventType::Normal;
use opsdrill_objects::{Kind, Meta, Object, Status};

use super::eviction::{DISK_BYTES, Pressure};
use super::network::Range;
use super::status::time;
use super::{KubeletEvent, Kubelets, eviction, network, report, take_on};
use crate::agenda::{Agenda, Event};
use crate::api::{self, Identity, Request};
use crate::chance::Chance;
use crate::physical::images::Reference;
use crate::time::{SimDuration, SimTime};
use crate::view::View;

/// The version that all kubelets report.
const VERSION: &str = "v1.32.13";
/// How often the status is reported although nothing has changed (`nodeStatusReportFrequency`).
const REPORT_PERIOD: SimDuration = SimDuration::minutes(5);
/// How soon a change is reported (`nodeStatusUpdateFrequency`).
pub(super) const UPDATE_PERIOD: SimDuration = SimDuration::seconds(10);
/// The most images that a status names (`nodeStatusMaxImages`).
const IMAGES_MAX: usize = 50;

/// What a node is to be like.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeSpec {
    /// Name.
    pub name: String,
    /// CPU in thousandths of a core.
    pub cpu_millis: u64,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// How many pods it takes.
    pub pods: u32,
    /// Labels beside those that every node has.
    pub labels: BTreeMap<String, String>,
    /// Taints.
    pub taints: Vec<Taint>,
    /// `topology.kubernetes.io/zone`.
    pub zone: Option<String>,
}

impl NodeSpec {
    /// A node with 4 cores, 16 GiB and 110 pods.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            cpu_millis: 4000,
            memory_bytes: 16 << 30,
            pods: 110,
            labels: BTreeMap::new(),
            taints: Vec::new(),
            zone: None,
        }
    }
}

/// A node's agent.
#[derive(Debug)]
pub(super) struct NodeAgent {
    /// The node's name.
    pub name: Arc<str>,
    /// Who it is to the API.
    pub identity: Identity,
    /// The node's address.
    pub ip: Arc<str>,
    /// Addresses for pods.
    pub range: Range,
    /// Since when the agent does not run.
    pub silent_since: Option<SimTime>,
    /// Where in each second it lists the runtime's containers.
    pub relist_phase: u64,
    /// When the pulls that were asked for are done.
    pub pulling_until: SimTime,
    /// Images on the node, by full name, with their size.
    pub images: BTreeMap<String, u64>,
    /// What is known of its memory and disk.
    pub pressure: Pressure,
    /// When the next report is due.
    pub next_report: SimTime,
    /// Whether the agent has told that the node takes no pods.
    pub cordoned: bool,
    /// How often the node has booted.
    pub boots: u32,
    /// What identifies the machine since it booted last.
    pub machine: NodeSystemInfo,
}

/// Adds a node and starts its kubelet.
///
/// # Errors
/// The API's refusal, such as a node of that name.
pub fn register_node(world: &mut World, spec: &NodeSpec) -> Result<Arc<Object>, Status> {
    let number = world.resource::<Kubelets>().nodes.len();
    let ip: Arc<str> = format!("172.18.{}.{}", number / 250, number % 250 + 2).into();
    let cidr = pod_cidr(number);
    let mut meta = Meta::named(None, &spec.name);
    meta.labels = Arc::new(labels(spec));
    meta.annotations =
        Arc::new(BTreeMap::from([("node.alpha.kubernetes.io/ttl".to_owned(), "0".to_owned())]));
    let wire = WireSpec {
        pod_cidr: Some(cidr.clone()),
        pod_cidrs: Some(vec![cidr.clone()]),
        taints: (!spec.taints.is_empty()).then(|| spec.taints.clone()),
        ..WireSpec::default()
    };
    let node = Node { spec: Some(wire), ..Node::default() };
    let request = Request::create(Object::new(meta, node));
    let identity = Identity::system(&format!("system:node:{}", spec.name));
    let object = api::handle(world, &identity, request).object()?;
    let now = world.resource::<Agenda>().now();
    let relist_phase = world.resource::<Chance>().between("relist", &spec.name, 0, 999);
    let agent = NodeAgent {
        name: object.meta.name.clone(),
        identity,
        ip: ip.clone(),
        range: Range::of(&cidr).expect("our own ranges are well-formed"),
        silent_since: None,
        relist_phase,
        pulling_until: now,
        images: BTreeMap::new(),
        pressure: Pressure::of_node(spec.memory_bytes),
        next_report: SimTime(u64::MAX),
        cordoned: false,
        boots: 0,
        machine: system_info(world, &spec.name, 0),
    };
    let name = object.meta.name.clone();
    world.resource_mut::<Kubelets>().nodes.insert(name.clone(), agent);
    let status = initial_status(world, spec, &ip);
    let mut next = (*object).clone();
    if let Some(node) = next.node_mut() {
        node.status = Some(status);
    }
    report::write_status(world, &name, next);
    greet(world, &name);
    plan_report(world, &name, now + REPORT_PERIOD);
    let view = View::new(world);
    let bound: Vec<Arc<Object>> = view.pods_on(&name).into_iter().cloned().collect();
    for pod in bound {
        take_on(world, &pod, &name);
    }
    Ok(View::new(world).get(Kind::Node, "", &name).cloned().unwrap_or(object))
}

/// The events of a kubelet that starts.
pub(super) fn greet(world: &mut World, name: &str) {
    report::node_event(world, name, Normal, "Starting", "Starting kubelet.".to_owned());
    for reason in
        ["NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID", "NodeReady"]
    {
        let message = format!("Node {name} status is now: {reason}");
        report::node_event(world, name, Normal, reason, message);
    }
}

/// The range of the n-th node: `10.244.N.0/24`, and beyond 256 nodes ranges below it.
fn pod_cidr(number: usize) -> String {
    match number / 256 {
        0 => format!("10.244.{number}.0/24"),
        more => format!("10.{}.{}.0/24", 112 + more, number % 256),
    }
}

fn labels(spec: &NodeSpec) -> BTreeMap<String, String> {
    let mut labels = spec.labels.clone();
    let mut put = |key: &str, value: &str| {
        labels.entry(key.to_owned()).or_insert_with(|| value.to_owned());
    };
    for group in ["beta.kubernetes.io", "kubernetes.io"] {
        put(&format!("{group}/arch"), "amd64");
        put(&format!("{group}/os"), "linux");
    }
    put("kubernetes.io/hostname", &spec.name);
    if let Some(zone) = &spec.zone {
        put("topology.kubernetes.io/zone", zone);
    }
    labels
}

fn initial_status(world: &World, spec: &NodeSpec, ip: &str) -> NodeStatus {
    let now = report::unix_now(world);
    let memory = format!("{}Ki", spec.memory_bytes / 1024);
    let cpu = opsdrill_objects::quantity::Quantity::from_milli_value(
        spec.cpu_millis.cast_signed(),
        opsdrill_objects::quantity::Format::Decimal,
    );
    let amounts = BTreeMap::from([
        ("cpu".to_owned(), Quantity(cpu.to_string())),
        ("ephemeral-storage".to_owned(), Quantity(format!("{}Ki", DISK_BYTES >> 10))),
        ("memory".to_owned(), Quantity(memory)),
        ("pods".to_owned(), Quantity(spec.pods.to_string())),
    ]);
    let address = |type_: &str, address: &str| NodeAddress {
        type_: type_.to_owned(),
        address: address.to_owned(),
    };
    NodeStatus {
        addresses: Some(vec![address("InternalIP", ip), address("Hostname", &spec.name)]),
        allocatable: Some(amounts.clone()),
        capacity: Some(amounts),
        conditions: Some(all_conditions(&Pressure::default(), &[], now)),
        daemon_endpoints: Some(NodeDaemonEndpoints {
            kubelet_endpoint: Some(DaemonEndpoint { port: 10250 }),
        }),
        node_info: Some(system_info(world, &spec.name, 0)),
        ..NodeStatus::default()
    }
}

/// What identifies the machine; the boot ID changes with each boot.
pub(super) fn system_info(world: &World, name: &str, boots: u32) -> NodeSystemInfo {
    let seed = world.resource::<Chance>().seed();
    let digest = |what: &str| blake3::hash(format!("{seed}/{name}/{what}").as_bytes()).to_hex();
    let uuid = |what: &str| {
        let hex = digest(what);
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32])
    };
    NodeSystemInfo {
        architecture: "amd64".to_owned(),
        boot_id: uuid(&format!("boot {boots}")),
        container_runtime_version: "containerd://1.7.27".to_owned(),
        kernel_version: "6.8.0-60-generic".to_owned(),
        kube_proxy_version: VERSION.to_owned(),
        kubelet_version: VERSION.to_owned(),
        machine_id: digest("machine")[..32].to_owned(),
        operating_system: "linux".to_owned(),
        os_image: "Ubuntu 24.04.2 LTS".to_owned(),
        system_uuid: uuid("system"),
        ..NodeSystemInfo::default()
    }
}

/// How many conditions are the kubelet's own.
const OWN: usize = 4;

/// The kubelet's conditions: type, status, reason, message.
fn found(pressure: &Pressure) -> [(&'static str, &'static str, &'static str, &'static str); OWN] {
    let [memory, disk] = pressure.conditions();
    let sufficient = "kubelet has sufficient PID available";
    [
        memory,
        disk,
        ("PIDPressure", "False", "KubeletHasSufficientPID", sufficient),
        ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    ]
}

/// Reports how the node is, as a rule as before: then only the times of the report are new.
fn update_conditions(pressure: &Pressure, conditions: &mut Vec<NodeCondition>, now: i64) {
    let mut both = conditions.iter().zip(found(pressure));
    let same = both.all(|(it, (name, status, reason, message))| {
        (&*it.type_, &*it.status) == (name, status)
            && it.reason.as_deref() == Some(reason)
            && it.message.as_deref() == Some(message)
            && it.last_transition_time.is_some()
    });
    if same && conditions.len() >= OWN {
        for condition in &mut conditions[..OWN] {
            condition.last_heartbeat_time = time(now);
        }
    } else {
        *conditions = all_conditions(pressure, conditions, now);
    }
}

fn all_conditions(pressure: &Pressure, old: &[NodeCondition], now: i64) -> Vec<NodeCondition> {
    let found = found(pressure);
    let condition = |(name, status, reason, message): (&str, &str, &str, &str)| {
        let same = old.iter().find(|it| it.type_ == name && it.status == status);
        NodeCondition {
            type_: name.to_owned(),
            status: status.to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message.to_owned()),
            last_heartbeat_time: time(now),
            last_transition_time: same
                .and_then(|it| it.last_transition_time.clone())
                .or_else(|| time(now)),
        }
    };
    let others = old.iter().filter(|it| found.iter().all(|(name, ..)| *name != it.type_));
    let others: Vec<NodeCondition> = others.cloned().collect();
    found.into_iter().map(condition).chain(others).collect()
}

/// Plans the next report, unless an earlier one is planned.
pub(super) fn plan_report(world: &mut World, name: &Arc<str>, at: SimTime) {
    let mut kubelets = world.resource_mut::<Kubelets>();
    let Some(agent) = kubelets.nodes.get_mut(name) else { return };
    if agent.next_report <= at {
        return;
    }
    agent.next_report = at;
    world.resource_mut::<Agenda>().at(at, Event::Kubelet(KubeletEvent::NodeStatus(name.clone())));
}

/// Reports the state of a node; also its heartbeat.
pub(super) fn report_status(world: &mut World, name: &Arc<str>) {
    let now = world.resource::<Agenda>().now();
    let mut kubelets = world.resource_mut::<Kubelets>();
    let Some(agent) = kubelets.nodes.get_mut(name) else { return };
    if agent.silent_since.is_some() || agent.next_report != now {
        return;
    }
    agent.next_report = SimTime(u64::MAX);
    post(world, name);
    plan_report(world, name, now + REPORT_PERIOD);
}

/// Writes the node's status: conditions, images, machine.
pub(super) fn post(world: &mut World, name: &Arc<str>) {
    let Some(object) = View::new(world).get(Kind::Node, "", name).cloned() else { return };
    let Some(agent) = world.resource::<Kubelets>().nodes.get(name) else { return };
    let mut images: Vec<ContainerImage> = agent
        .images
        .iter()
        .map(|(image, size)| ContainerImage {
            names: Some(vec![image.clone()]),
            size_bytes: Some(size.cast_signed()),
        })
        .collect();
    images.sort_by_key(|it| std::cmp::Reverse(it.size_bytes));
    images.truncate(IMAGES_MAX);
    let now = report::unix_now(world);
    let mut next = (*object).clone();
    let Some(status) = next.node_mut().map(|it| it.status.get_or_insert_default()) else { return };
    update_conditions(&agent.pressure, status.conditions.get_or_insert_default(), now);
    if status.images.as_deref().unwrap_or_default() != images {
        status.images = (!images.is_empty()).then_some(images);
    }
    if status.node_info.as_ref() != Some(&agent.machine) {
        status.node_info = Some(agent.machine.clone());
    }
    report::write_status(world, name, next);
}

/// Notes that an image has arrived on a node.
pub(super) fn note_image(world: &mut World, node: &Arc<str>, image: &str, size: u64) {
    let Ok(reference) = Reference::parse(image) else { return };
    let now = world.resource::<Agenda>().now();
    let mut kubelets = world.resource_mut::<Kubelets>();
    let Some(agent) = kubelets.nodes.get_mut(node) else { return };
    if agent.images.insert(reference.to_string(), size) != Some(size) {
        let crowded = agent.images.values().sum::<u64>() > DISK_BYTES / 2;
        plan_report(world, node, now + UPDATE_PERIOD);
        if crowded {
            eviction::plan(world, node);
        }
    }
}

/// Sets a worker's network aside when its node has lost it.
pub(super) fn lose_network(world: &mut World, worker: &mut super::Worker) {
    network::release(world, worker);
    worker.ip = None;
}
