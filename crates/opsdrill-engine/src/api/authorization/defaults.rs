//! Roles, bindings, priorities and the other objects that stand in a cluster before its first request.

use std::sync::{Arc, LazyLock};

use bevy_ecs::world::World;
use k8s_openapi::api::rbac::v1::{
    AggregationRule, ClusterRole, ClusterRoleBinding, PolicyRule, RoleRef, Subject,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use opsdrill_objects::decode::decode_object;
use opsdrill_objects::kinds::KINDS;
use opsdrill_objects::meta::StringMap;
use opsdrill_objects::{Kind, Meta, Object, Uid};
use rand::Rng;
use serde_json::{Value, json};

use super::Authorizer;
use super::controller_roles::{CONTROLLER_ROLES, ControllerRole};
use super::default_roles::{BINDINGS, DefaultBinding, DefaultRole, ROLES};
use crate::api::now_unix;
use crate::chance::Chance;
use crate::store;

const GROUP: &str = "rbac.authorization.k8s.io";

/// All of them, read once in a process.
static OBJECTS: LazyLock<Vec<Object>> = LazyLock::new(|| {
    let documents = priority_classes()
        .chain(api_services())
        .chain(flow_control())
        .chain(components())
        .map(|(kind, document)| object(kind, document));
    let roles = ROLES.iter().map(role).chain(BINDINGS.iter().map(binding));
    roles.chain(CONTROLLER_ROLES.iter().flat_map(controller)).chain(documents).collect()
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
    finished(decoded.value)
}

/// What the server adds to an object when it stores it.
fn finished(mut object: Object) -> Object {
    let info = object.kind.info();
    (info.default)(&mut object);
    object.meta.generation = i64::from(info.has_generation);
    object
}

/// Metadata of an object that the server keeps up to date itself.
fn metadata(name: String, parts: &[&str]) -> Meta {
    static LABELS: LazyLock<StringMap> =
        LazyLock::new(|| map([("kubernetes.io/bootstrapping".to_owned(), "rbac-defaults")]));
    static ANNOTATIONS: LazyLock<StringMap> =
        LazyLock::new(|| map([("rbac.authorization.kubernetes.io/autoupdate".to_owned(), "true")]));
    let mut labels = LABELS.clone();
    if !parts.is_empty() {
        let own = LABELS.iter().map(|(key, value)| (key.clone(), &**value));
        labels = map(own.chain(parts.iter().map(|it| (aggregated(it), "true"))));
    }
    Meta { name: name.into(), labels, annotations: ANNOTATIONS.clone(), ..Meta::default() }
}

fn map<'v>(pairs: impl IntoIterator<Item = (String, &'v str)>) -> StringMap {
    Arc::new(pairs.into_iter().map(|(key, value)| (key, value.to_owned())).collect())
}

/// The label of the parts of a role.
fn aggregated(whole: &str) -> String {
    format!("{GROUP}/aggregate-to-{whole}")
}

fn role(role: &DefaultRole) -> Object {
    let aggregation_rule = role.is_sum.then(|| AggregationRule {
        cluster_role_selectors: Some(vec![LabelSelector {
            match_labels: Some([(aggregated(role.name), "true".to_owned())].into()),
            ..LabelSelector::default()
        }]),
    });
    let body = ClusterRole { aggregation_rule, rules: Some(rules(role)), ..ClusterRole::default() };
    finished(Object::new(metadata(role.name.to_owned(), role.part_of), body))
}

/// The rules of a role; those of a sum are those of its parts, in order of their names, each once.
fn rules(role: &DefaultRole) -> Vec<PolicyRule> {
    let own = role.rules.iter().map(|it| rule(it));
    let parts = ROLES.iter().filter(|it| role.is_sum && it.part_of.contains(&role.name));
    let mut all: Vec<PolicyRule> = Vec::new();
    for rule in own.chain(parts.flat_map(rules)) {
        if !all.contains(&rule) {
            all.push(rule);
        }
    }
    all
}

/// A rule of the table.
fn rule(text: &str) -> PolicyRule {
    let words: Vec<&str> = text.split(' ').collect();
    let list = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
    let verbs = list(words[0]);
    if words[1].starts_with('/') {
        let path = |it: &&str| if *it == "/*all" { "*".to_owned() } else { (*it).to_owned() };
        let paths = words[1..].iter().map(path).collect();
        return PolicyRule { non_resource_urls: Some(paths), verbs, ..PolicyRule::default() };
    }
    let group = |it: String| if it == "core" { String::new() } else { it };
    PolicyRule {
        api_groups: Some(list(words[1]).into_iter().map(group).collect()),
        resources: Some(list(words[2])),
        resource_names: words.get(3).and_then(|it| it.strip_prefix('@')).map(list),
        verbs,
        ..PolicyRule::default()
    }
}

fn binding(binding: &DefaultBinding) -> Object {
    let subject = |text: &&str| {
        let (kind, name) = text.split_once(' ').expect("a kind and a name");
        let is_account = kind == "ServiceAccount";
        Subject {
            api_group: (!is_account).then(|| GROUP.to_owned()),
            kind: kind.to_owned(),
            name: name.to_owned(),
            namespace: is_account.then(|| "kube-system".to_owned()),
        }
    };
    bound(binding.name.to_owned(), binding.subjects.iter().map(subject).collect())
}

/// Binds a role to somebody, under its own name.
fn bound(name: String, subjects: Vec<Subject>) -> Object {
    let role_ref =
        RoleRef { api_group: GROUP.to_owned(), kind: "ClusterRole".to_owned(), name: name.clone() };
    let body = ClusterRoleBinding { role_ref, subjects: Some(subjects), ..Default::default() };
    finished(Object::new(metadata(name, &[]), body))
}

/// The role of a controller, and that it has it.
fn controller(controller: &ControllerRole) -> [Object; 2] {
    let name = format!("system:controller:{}", controller.name);
    let rules = controller.rules.iter().map(|it| rule(it)).collect();
    let body = ClusterRole { rules: Some(rules), ..ClusterRole::default() };
    let subject = Subject {
        api_group: None,
        kind: "ServiceAccount".to_owned(),
        name: controller.name.to_owned(),
        namespace: Some("kube-system".to_owned()),
    };
    let role = finished(Object::new(metadata(name.clone(), &[]), body));
    [role, bound(name, vec![subject])]
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
