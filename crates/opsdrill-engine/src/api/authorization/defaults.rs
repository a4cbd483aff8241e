//! Roles, bindings, priorities and the other objects that stand in a cluster before its first request.

use std::sync::LazyLock;

use bevy_ecs::world::World;
use opsdrill_objects::decode::decode_object;
use opsdrill_objects::kinds::KINDS;
use opsdrill_objects::{Kind, Object, Uid};
use rand::Rng;
use serde_json::{Value, json};

use super::Authorizer;
use super::default_roles::{BINDINGS, DefaultBinding, DefaultRole, ROLES};
use crate::api::now_unix;
use crate::chance::Chance;
use crate::store;

const GROUP: &str = "rbac.authorization.k8s.io";

/// All of them, read once in a process.
static OBJECTS: LazyLock<Vec<Object>> = LazyLock::new(|| {
    let roles = ROLES.iter().map(|it| (Kind::ClusterRole, role(it)));
    let bindings = BINDINGS.iter().map(|it| (Kind::ClusterRoleBinding, binding(it)));
    let documents = roles
        .chain(bindings)
        .chain(priority_classes())
        .chain(api_services())
        .chain(flow_control())
        .chain(components());
    documents.map(|(kind, document)| object(kind, document)).collect()
});

/// Puts them into the store: before its history begins, without a draw of chance.
pub(in crate::api) fn bootstrap(world: &mut World) {
    let created = now_unix(world);
    for known in &*OBJECTS {
        let mut object = known.clone();
        object.meta.created = created;
        object.meta.uid = uid(world, &object);
        world.resource_mut::<Authorizer>().add(&object);
        store::seed(world, object);
    }
}

fn uid(world: &World, object: &Object) -> Uid {
    let key = format!("{}/{}", object.kind.info().plural, object.meta.name);
    let mut stream = world.resource::<Chance>().stream("default object", &key);
    let random = (u128::from(stream.next_u64()) << 64) | u128::from(stream.next_u64());
    Uid::random(random)
}

fn object(kind: Kind, document: Value) -> Object {
    let decoded = decode_object(kind, document).expect("our own objects are good");
    assert!(decoded.unknown.is_empty(), "our own objects have known fields: {:?}", decoded.unknown);
    let mut object = decoded.value;
    (kind.info().default)(&mut object);
    if kind.info().has_generation {
        object.meta.generation = 1;
    }
    object
}

/// Metadata of an object that the server keeps up to date itself.
fn metadata(name: &str) -> Value {
    json!({
        "name": name,
        "annotations": { "rbac.authorization.kubernetes.io/autoupdate": "true" },
        "labels": { "kubernetes.io/bootstrapping": "rbac-defaults" },
    })
}

fn role(role: &DefaultRole) -> Value {
    let mut metadata = metadata(role.name);
    for whole in role.part_of {
        metadata["labels"][format!("{GROUP}/aggregate-to-{whole}")] = "true".into();
    }
    let mut document = json!({ "metadata": metadata, "rules": rules(role) });
    if role.is_sum {
        let label = format!("{GROUP}/aggregate-to-{}", role.name);
        document["aggregationRule"] =
            json!({ "clusterRoleSelectors": [{ "matchLabels": { label: "true" } }] });
    }
    document
}

/// The rules of a role; those of a sum are those of its parts, in order of their names, each once.
fn rules(role: &DefaultRole) -> Vec<Value> {
    let own = role.rules.iter().map(|it| rule(it));
    let parts = ROLES.iter().filter(|it| role.is_sum && it.part_of.contains(&role.name));
    let mut all: Vec<Value> = Vec::new();
    for rule in own.chain(parts.flat_map(rules)) {
        if !all.contains(&rule) {
            all.push(rule);
        }
    }
    all
}

/// A rule of the table.
fn rule(text: &str) -> Value {
    let words: Vec<&str> = text.split(' ').collect();
    let list = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
    let verbs = list(words[0]);
    if words[1].starts_with('/') {
        let path = |it: &&str| if *it == "/*all" { "*".to_owned() } else { (*it).to_owned() };
        let paths: Vec<String> = words[1..].iter().map(path).collect();
        return json!({ "nonResourceURLs": paths, "verbs": verbs });
    }
    let groups: Vec<String> = list(words[1])
        .into_iter()
        .map(|it| if it == "core" { String::new() } else { it })
        .collect();
    let mut rule = json!({ "apiGroups": groups, "resources": list(words[2]), "verbs": verbs });
    if let Some(names) = words.get(3).and_then(|it| it.strip_prefix('@')) {
        rule["resourceNames"] = list(names).into();
    }
    rule
}

fn binding(binding: &DefaultBinding) -> Value {
    let subject = |text: &&str| {
        let (kind, name) = text.split_once(' ').expect("a kind and a name");
        match kind {
            "ServiceAccount" => json!({ "kind": kind, "name": name, "namespace": "kube-system" }),
            _ => json!({ "kind": kind, "name": name, "apiGroup": GROUP }),
        }
    };
    json!({
        "metadata": metadata(binding.name),
        "roleRef": { "apiGroup": GROUP, "kind": "ClusterRole", "name": binding.name },
        "subjects": binding.subjects.iter().map(subject).collect::<Vec<_>>(),
    })
}

/// Recording 071; the descriptions are those of `pkg/apis/scheduling`.
fn priority_classes() -> impl Iterator<Item = (Kind, Value)> {
    let rows = [
        (
            "system-cluster-critical",
            2_000_000_000,
            "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
        ),
        (
            "system-node-critical",
            2_000_001_000,
            "Used for system critical pods that must not be moved from their current node.",
        ),
    ];
    rows.into_iter().map(|(name, value, description)| {
        let document =
            json!({ "metadata": { "name": name }, "value": value, "description": description });
        (Kind::PriorityClass, document)
    })
}

/// The priorities of the groups, as `kube-apiserver` registers them.
const GROUP_PRIORITIES: [(&str, i32); 19] = [
    ("", 18_000),
    ("admissionregistration.k8s.io", 16_700),
    ("apiextensions.k8s.io", 16_700),
    ("apps", 17_800),
    ("authentication.k8s.io", 17_700),
    ("authorization.k8s.io", 17_600),
    ("autoscaling", 17_500),
    ("batch", 17_400),
    ("certificates.k8s.io", 17_300),
    ("coordination.k8s.io", 16_500),
    ("discovery.k8s.io", 16_200),
    ("events.k8s.io", 17_750),
    ("flowcontrol.apiserver.k8s.io", 16_100),
    ("networking.k8s.io", 17_200),
    ("node.k8s.io", 16_300),
    ("policy", 17_100),
    ("rbac.authorization.k8s.io", 17_000),
    ("scheduling.k8s.io", 16_600),
    ("storage.k8s.io", 16_800),
];

/// Recording 075: one for each version of each group that the server answers itself.
fn api_services() -> impl Iterator<Item = (Kind, Value)> {
    let own = KINDS.iter().map(|it| (it.group, it.version));
    let others = KINDS.iter().flat_map(|it| it.other_versions).map(|it| (it.group, it.version));
    let versions: std::collections::BTreeSet<_> = own.chain(others).collect();
    let served = versions.into_iter().filter(|it| it.0 != "apiregistration.k8s.io");
    served.map(|(group, version)| {
        let priority = GROUP_PRIORITIES.iter().find(|it| it.0 == group).map_or(1000, |it| it.1);
        let version_priority = match (group, version) {
            ("", _) => 1,
            ("autoscaling", "v2") => 30,
            ("events.k8s.io", _) => 5,
            ("flowcontrol.apiserver.k8s.io", _) => 21,
            _ => 15,
        };
        let spec = json!({ "group": group, "version": version, "groupPriorityMinimum": priority,
            "versionPriority": version_priority });
        let condition = json!({ "type": "Available", "status": "True", "reason": "Local",
            "message": "Local APIServices are always available" });
        let metadata = json!({ "name": format!("{version}.{group}"),
            "labels": { "kube-aggregator.kubernetes.io/automanaged": "onstart" } });
        let document =
            json!({ "metadata": metadata, "spec": spec, "status": { "conditions": [condition] } });
        (Kind::APIService, document)
    })
}

/// Flow schemas by name, level, precedence and what keeps flows apart: recording 084. Their rules are left out.
const FLOWS: [(&str, &str, i32, &str); 13] = [
    ("catch-all", "catch-all", 10_000, "ByUser"),
    ("endpoint-controller", "workload-high", 150, "ByUser"),
    ("exempt", "exempt", 1, ""),
    ("global-default", "global-default", 9900, "ByUser"),
    ("kube-controller-manager", "workload-high", 800, "ByNamespace"),
    ("kube-scheduler", "workload-high", 800, "ByNamespace"),
    ("kube-system-service-accounts", "workload-high", 900, "ByNamespace"),
    ("probes", "exempt", 2, ""),
    ("service-accounts", "workload-low", 9000, "ByUser"),
    ("system-leader-election", "leader-election", 100, "ByUser"),
    ("system-node-high", "node-high", 400, "ByUser"),
    ("system-nodes", "system", 500, "ByUser"),
    ("workload-leader-election", "leader-election", 200, "ByUser"),
];

/// Priority levels by name, shares, queues and hand size: recording 085. No queues: requests are rejected.
const LEVELS: [(&str, i32, i32, i32); 7] = [
    ("catch-all", 5, 0, 0),
    ("global-default", 20, 128, 6),
    ("leader-election", 10, 16, 4),
    ("node-high", 40, 64, 6),
    ("system", 30, 64, 6),
    ("workload-high", 40, 128, 6),
    ("workload-low", 100, 128, 6),
];

fn flow_control() -> impl Iterator<Item = (Kind, Value)> {
    let schemas = FLOWS.iter().map(|(name, level, precedence, distinguisher)| {
        let mut spec = json!({ "priorityLevelConfiguration": { "name": level },
            "matchingPrecedence": precedence });
        if !distinguisher.is_empty() {
            spec["distinguisherMethod"] = json!({ "type": distinguisher });
        }
        let condition = json!({ "type": "Dangling", "status": "False", "reason": "Found",
            "message": format!("This FlowSchema references the PriorityLevelConfiguration object named {level:?} and it exists") });
        let document = json!({ "metadata": { "name": name }, "spec": spec,
            "status": { "conditions": [condition] } });
        (Kind::FlowSchema, document)
    });
    let levels = LEVELS.iter().map(|(name, shares, queues, hand)| {
        let response = match queues {
            0 => json!({ "type": "Reject" }),
            _ => json!({ "type": "Queue", "queuing": { "queues": queues, "handSize": hand } }),
        };
        let limited = json!({ "nominalConcurrencyShares": shares, "limitResponse": response });
        (*name, json!({ "type": "Limited", "limited": limited }))
    });
    let exempt = ("exempt", json!({ "type": "Exempt", "exempt": {} }));
    let levels = levels.chain([exempt]).map(|(name, spec)| {
        (Kind::PriorityLevelConfiguration, json!({ "metadata": { "name": name }, "spec": spec }))
    });
    schemas.chain(levels)
}

/// The parts of the control plane, all well: whether they are is not simulated.
fn components() -> impl Iterator<Item = (Kind, Value)> {
    ["controller-manager", "etcd-0", "scheduler"].into_iter().map(|name| {
        let condition = json!({ "type": "Healthy", "status": "True", "message": "ok" });
        (Kind::ComponentStatus, json!({ "metadata": { "name": name }, "conditions": [condition] }))
    })
}
