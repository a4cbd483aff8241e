//! What a pod asks of a node, compiled once for each specification.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{
    Container, NodeSelectorRequirement, NodeSelectorTerm, PodAffinityTerm, PodSpec,
    TopologySpreadConstraint,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as WireQuantity;
use opsdrill_objects::quantity::Quantity;
use opsdrill_objects::selector::{Operator, Requirement, Selector};

use crate::storage;

/// CPU that a container without a request counts for in scores, in thousandths of a core.
const DEFAULT_CPU_MILLIS: i64 = 100;
/// Memory that a container without a request counts for in scores, in bytes.
const DEFAULT_MEMORY_BYTES: i64 = 200 << 20;

/// Amounts of resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Amounts {
    /// Thousandths of a core.
    pub cpu_millis: i64,
    /// Bytes of memory.
    pub memory: i64,
    /// Bytes of ephemeral storage.
    pub storage: i64,
    /// Extended resources and huge pages.
    pub extended: BTreeMap<String, i64>,
}

impl Amounts {
    /// Reads a resource list; what cannot be read counts as nothing (the API has refused it before).
    pub(super) fn of(list: Option<&BTreeMap<String, WireQuantity>>) -> Self {
        let mut amounts = Self::default();
        for (name, quantity) in list.into_iter().flatten() {
            let Ok(quantity) = Quantity::parse(&quantity.0) else { continue };
            match name.as_str() {
                "cpu" => amounts.cpu_millis = quantity.milli_value(),
                "memory" => amounts.memory = quantity.value(),
                "ephemeral-storage" => amounts.storage = quantity.value(),
                "pods" => {}
                _ => {
                    amounts.extended.insert(name.clone(), quantity.value());
                }
            }
        }
        amounts
    }

    /// Adds (`sign` 1) or takes away (`sign` -1).
    pub(super) fn change(&mut self, other: &Self, sign: i64) {
        self.cpu_millis += sign * other.cpu_millis;
        self.memory += sign * other.memory;
        self.storage += sign * other.storage;
        for (name, amount) in &other.extended {
            *self.extended.entry(name.clone()).or_default() += sign * amount;
        }
    }

    /// Raises each amount to that of `other`.
    fn raise_to(&mut self, other: &Self) {
        self.cpu_millis = self.cpu_millis.max(other.cpu_millis);
        self.memory = self.memory.max(other.memory);
        self.storage = self.storage.max(other.storage);
        for (name, amount) in &other.extended {
            let mine = self.extended.entry(name.clone()).or_default();
            *mine = (*mine).max(*amount);
        }
    }
}

/// A port of the node that a pod occupies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HostPort {
    /// Port number.
    pub port: i32,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// Address, `0.0.0.0` for all.
    pub ip: String,
}

impl HostPort {
    /// Whether both cannot be had on one node.
    pub(super) fn conflicts(&self, other: &Self) -> bool {
        let same_address = self.ip == other.ip || self.ip == "0.0.0.0" || other.ip == "0.0.0.0";
        self.port == other.port && self.protocol == other.protocol && same_address
    }
}

/// One alternative of a node affinity; all of it must hold.
#[derive(Clone, Debug)]
pub(super) struct NodeTerm {
    /// On the node's labels.
    labels: Selector,
    /// On `metadata.name`.
    names: Vec<(bool, Vec<String>)>,
    /// A term without any requirement matches nothing.
    empty: bool,
}

impl NodeTerm {
    /// Compiles a term.
    pub(super) fn of(term: &NodeSelectorTerm) -> Self {
        let expressions = term.match_expressions.as_deref().unwrap_or_default();
        let fields = term.match_fields.as_deref().unwrap_or_default();
        let name = |it: &NodeSelectorRequirement| {
            (it.operator == "In", it.values.clone().unwrap_or_default())
        };
        Self {
            labels: node_selector(expressions),
            names: fields.iter().filter(|it| it.key == "metadata.name").map(name).collect(),
            empty: expressions.is_empty() && fields.is_empty(),
        }
    }

    /// Whether a node is meant.
    pub(super) fn matches(&self, name: &str, labels: &BTreeMap<String, String>) -> bool {
        !self.empty
            && self.labels.matches(labels)
            && self.names.iter().all(|(is_in, names)| names.iter().any(|it| it == name) == *is_in)
    }

    /// The only nodes that the term can mean, if it names them.
    fn named_nodes(&self) -> Option<&[String]> {
        self.names.iter().find(|(is_in, _)| *is_in).map(|(_, names)| names.as_slice())
    }
}

/// A pod affinity term.
#[derive(Clone, Debug)]
pub(super) struct PodTerm {
    /// Which pods.
    pub selector: Selector,
    /// Their namespaces; empty means the pod's own.
    pub namespaces: Vec<String>,
    /// Label of nodes that says what "together" means.
    pub topology_key: String,
    /// Weight; 0 for required terms.
    pub weight: i64,
}

impl PodTerm {
    fn of(term: &PodAffinityTerm, weight: i64) -> Self {
        Self {
            selector: Selector::from_label_selector(term.label_selector.as_ref())
                .unwrap_or_else(|_| Selector::nothing()),
            namespaces: term.namespaces.clone().unwrap_or_default(),
            topology_key: term.topology_key.clone(),
            weight,
        }
    }

    /// The namespaces for a pod that lives in `own`.
    pub(super) fn namespaces<'a>(&'a self, own: &'a str) -> Vec<&'a str> {
        if self.namespaces.is_empty() {
            return vec![own];
        }
        self.namespaces.iter().map(String::as_str).collect()
    }

    /// Whether the term of a pod in `own` means a pod with these labels in `namespace`.
    pub(super) fn means(
        &self,
        own: &str,
        namespace: &str,
        labels: &BTreeMap<String, String>,
    ) -> bool {
        self.namespaces(own).contains(&namespace) && self.selector.matches(labels)
    }
}

/// A topology spread constraint.
#[derive(Clone, Debug)]
pub(super) struct Spread {
    /// Which pods are counted.
    pub selector: Selector,
    /// Keys of the pod's labels that narrow the selector.
    pub label_keys: Vec<String>,
    /// Label of nodes that divides them.
    pub topology_key: String,
    /// The largest difference.
    pub max_skew: i64,
    /// Fewer divisions than this count as one empty one more.
    pub min_domains: Option<i32>,
    /// `DoNotSchedule` rather than `ScheduleAnyway`.
    pub required: bool,
    /// Whether nodes that the pod's affinity excludes are left out.
    pub honor_affinity: bool,
    /// Whether nodes that the pod does not tolerate are left out.
    pub honor_taints: bool,
}

impl Spread {
    fn of(constraint: &TopologySpreadConstraint) -> Self {
        Self {
            selector: Selector::from_label_selector(constraint.label_selector.as_ref())
                .unwrap_or_else(|_| Selector::nothing()),
            label_keys: constraint.match_label_keys.clone().unwrap_or_default(),
            topology_key: constraint.topology_key.clone(),
            max_skew: i64::from(constraint.max_skew),
            min_domains: constraint.min_domains,
            required: constraint.when_unsatisfiable == "DoNotSchedule",
            honor_affinity: constraint.node_affinity_policy.as_deref() != Some("Ignore"),
            honor_taints: constraint.node_taints_policy.as_deref() == Some("Honor"),
        }
    }

    /// The selector for a pod with these labels.
    pub(super) fn selector_for(&self, labels: &BTreeMap<String, String>) -> Selector {
        if self.label_keys.is_empty() {
            return self.selector.clone();
        }
        let mut requirements = self.selector.requirements().to_vec();
        for key in &self.label_keys {
            let Some(value) = labels.get(key) else { continue };
            requirements.extend(Requirement::new(key, Operator::Equals, vec![value.clone()]));
        }
        Selector::all_of(requirements)
    }
}

/// What a pod asks of a node.
#[derive(Clone, Debug, Default)]
pub(super) struct Demand {
    /// Requests, as the fit filter counts them.
    pub requests: Amounts,
    /// CPU as the scores count it.
    pub score_cpu: i64,
    /// Memory as the scores count it.
    pub score_memory: i64,
    /// Ports of the node.
    pub ports: Vec<HostPort>,
    /// `nodeSelector`.
    pub node_selector: Option<BTreeMap<String, String>>,
    /// Required node affinity: one of these.
    pub node_terms: Option<Vec<NodeTerm>>,
    /// Preferred node affinity with weights.
    pub preferred_nodes: Vec<(i64, NodeTerm)>,
    /// Required pod affinity.
    pub together: Vec<PodTerm>,
    /// Required pod anti-affinity.
    pub apart: Vec<PodTerm>,
    /// Preferred pod affinity; anti-affinity has negative weights.
    pub preferred_pods: Vec<PodTerm>,
    /// Topology spread constraints.
    pub spreads: Vec<Spread>,
    /// Claims of persistent volumes.
    pub claims: Vec<String>,
}

impl Demand {
    /// Compiles a specification.
    pub(super) fn of(spec: &PodSpec) -> Self {
        let mut demand = Self { requests: requests(spec), ..Self::default() };
        for container in &spec.containers {
            let amounts = request_of(container);
            let cpu = amounts.cpu_millis;
            demand.score_cpu += if cpu == 0 { DEFAULT_CPU_MILLIS } else { cpu };
            let memory = amounts.memory;
            demand.score_memory += if memory == 0 { DEFAULT_MEMORY_BYTES } else { memory };
        }
        demand.ports = host_ports(spec);
        demand.node_selector.clone_from(&spec.node_selector);
        demand.spreads =
            spec.topology_spread_constraints.iter().flatten().map(Spread::of).collect();
        demand.claims = storage::claims_of(spec).map(ToOwned::to_owned).collect();
        demand.read_affinity(spec);
        demand
    }

    fn read_affinity(&mut self, spec: &PodSpec) {
        let Some(affinity) = &spec.affinity else { return };
        if let Some(node) = &affinity.node_affinity {
            let required = node.required_during_scheduling_ignored_during_execution.as_ref();
            self.node_terms =
                required.map(|it| it.node_selector_terms.iter().map(NodeTerm::of).collect());
            let preferred = &node.preferred_during_scheduling_ignored_during_execution;
            let weighted = preferred.iter().flatten();
            self.preferred_nodes =
                weighted.map(|it| (i64::from(it.weight), NodeTerm::of(&it.preference))).collect();
        }
        if let Some(pod) = &affinity.pod_affinity {
            let required = pod.required_during_scheduling_ignored_during_execution.iter();
            self.together = required.flatten().map(|it| PodTerm::of(it, 0)).collect();
            let preferred = pod.preferred_during_scheduling_ignored_during_execution.iter();
            let terms = preferred
                .flatten()
                .map(|it| PodTerm::of(&it.pod_affinity_term, i64::from(it.weight)));
            self.preferred_pods.extend(terms);
        }
        if let Some(pod) = &affinity.pod_anti_affinity {
            let required = pod.required_during_scheduling_ignored_during_execution.iter();
            self.apart = required.flatten().map(|it| PodTerm::of(it, 0)).collect();
            let preferred = pod.preferred_during_scheduling_ignored_during_execution.iter();
            let terms = preferred
                .flatten()
                .map(|it| PodTerm::of(&it.pod_affinity_term, -i64::from(it.weight)));
            self.preferred_pods.extend(terms);
        }
    }

    /// Whether the node selector and the required node affinity mean a node.
    pub(super) fn wants_node(&self, name: &str, labels: &BTreeMap<String, String>) -> bool {
        let selected = self.node_selector.as_ref().is_none_or(|selector| {
            selector.iter().all(|(key, value)| labels.get(key) == Some(value))
        });
        let liked = self
            .node_terms
            .as_ref()
            .is_none_or(|terms| terms.iter().any(|it| it.matches(name, labels)));
        selected && liked
    }

    /// The only nodes that can be meant, if every term of the affinity names nodes (as for a DaemonSet's pods).
    pub(super) fn named_nodes(&self) -> Option<Vec<&str>> {
        let terms = self.node_terms.as_ref()?;
        let names: Option<Vec<&[String]>> = terms.iter().map(NodeTerm::named_nodes).collect();
        names.map(|it| it.into_iter().flatten().map(String::as_str).collect())
    }

    /// Whether where other pods are matters.
    pub(super) fn looks_at_pods(&self) -> bool {
        !(self.together.is_empty()
            && self.apart.is_empty()
            && self.preferred_pods.is_empty()
            && self.spreads.is_empty())
    }
}

fn node_selector(expressions: &[NodeSelectorRequirement]) -> Selector {
    let mut requirements = Vec::new();
    for it in expressions {
        let operator = match it.operator.as_str() {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            "Gt" => Operator::GreaterThan,
            "Lt" => Operator::LessThan,
            _ => return Selector::nothing(),
        };
        match Requirement::new(&it.key, operator, it.values.clone().unwrap_or_default()) {
            Ok(requirement) => requirements.push(requirement),
            // The real scheduler cannot match such a term either.
            Err(_) => return Selector::nothing(),
        }
    }
    Selector::all_of(requirements)
}

fn request_of(container: &Container) -> Amounts {
    Amounts::of(container.resources.as_ref().and_then(|it| it.requests.as_ref()))
}

/// A pod's requests: its containers and sidecars together, or more if an init container needs more while it runs.
fn requests(spec: &PodSpec) -> Amounts {
    let mut total = Amounts::default();
    for container in &spec.containers {
        total.change(&request_of(container), 1);
    }
    let mut sidecars = Amounts::default();
    let mut peak = Amounts::default();
    for container in spec.init_containers.iter().flatten() {
        let mut needed = request_of(container);
        if container.restart_policy.as_deref() == Some("Always") {
            total.change(&needed, 1);
            sidecars.change(&needed, 1);
            peak.raise_to(&sidecars);
        } else {
            needed.change(&sidecars, 1);
            peak.raise_to(&needed);
        }
    }
    total.raise_to(&peak);
    if let Some(overhead) = &spec.overhead {
        total.change(&Amounts::of(Some(overhead)), 1);
    }
    total
}

fn host_ports(spec: &PodSpec) -> Vec<HostPort> {
    let ports = spec.containers.iter().flat_map(|it| it.ports.iter().flatten());
    let taken = ports.filter_map(|it| {
        let number = it.host_port.filter(|port| *port > 0)?;
        let ip = it.host_ip.as_deref().filter(|ip| !ip.is_empty()).unwrap_or("0.0.0.0");
        let protocol = it.protocol.as_deref().unwrap_or("TCP");
        Some(HostPort { port: number, protocol: protocol.to_owned(), ip: ip.to_owned() })
    });
    taken.collect()
}

/// Compiled demands by specification: the pods of one template share both.
#[derive(Debug, Default)]
pub(super) struct Demands {
    /// Keyed by the address of the specification, which is kept alive beside its demand.
    known: BTreeMap<usize, (Arc<PodSpec>, Arc<Demand>)>,
}

impl Demands {
    /// How many demands are kept.
    const LIMIT: usize = 4096;

    /// The demand of a specification.
    pub(super) fn of(&mut self, spec: &Arc<PodSpec>) -> Arc<Demand> {
        let address = Arc::as_ptr(spec).addr();
        if let Some((_, demand)) = self.known.get(&address) {
            return demand.clone();
        }
        if self.known.len() >= Self::LIMIT {
            self.known.clear();
        }
        let demand = Arc::new(Demand::of(spec));
        self.known.insert(address, (spec.clone(), demand.clone()));
        demand
    }
}
