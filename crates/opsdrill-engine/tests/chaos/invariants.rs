//! What always holds, and what holds once nothing breaks any more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use opsdrill_engine::View;
use opsdrill_objects::pod::Pod;
use opsdrill_objects::quantity::Quantity;
use opsdrill_objects::{Kind, Object};
use serde_json::Value;

use crate::stage::{NODE_CPU, NODES, SPACE, Stage};

fn body(object: &Object) -> &Pod {
    object.pod().unwrap()
}

fn cpu(pod: &Object) -> i64 {
    let containers = body(pod).spec.containers.iter();
    let requests = containers.filter_map(|it| it.resources.as_ref()?.requests.as_ref()?.get("cpu"));
    requests.map(|it| Quantity::parse(&it.0).unwrap().milli_value()).sum()
}

/// What holds at every moment.
pub(crate) fn always(stage: &Stage) {
    let view = stage.view();
    addresses_and_nodes(view);
    names_and_owners(view);
    quota_counts(view);
    for (kind, path) in [
        (Kind::ReplicaSet, "/status/replicas"),
        (Kind::StatefulSet, "/status/replicas"),
        (Kind::DaemonSet, "/status/currentNumberScheduled"),
    ] {
        for object in view.list(kind, SPACE) {
            let status = object.to_value();
            let count = |path: &str| status.pointer(path).and_then(Value::as_i64).unwrap_or(0);
            let (all, ready) = (count(path), count("/status/readyReplicas"));
            let available = count("/status/availableReplicas");
            assert!(
                0 <= available && available <= ready,
                "{}: {available} of {ready}",
                object.path()
            );
            assert!(ready <= all || kind == Kind::DaemonSet, "{}: {ready} of {all}", object.path());
        }
    }
}

fn addresses_and_nodes(view: View<'_>) {
    let mut addresses = BTreeSet::new();
    let mut requested: BTreeMap<&str, i64> = BTreeMap::new();
    for object in view.list(Kind::Pod, "") {
        let (pod, path) = (body(object), object.path());
        if pod.is_finished() {
            continue;
        }
        if let Some(ip) = &pod.status.pod_ip {
            assert!(addresses.insert(ip.clone()), "two pods have {ip}, one is {path}");
        }
        for status in pod.status.container_statuses.iter().flatten() {
            let runs = status.state.as_ref().is_some_and(|it| it.running.is_some());
            assert!(runs || !status.ready, "{path} is ready and does not run");
        }
        if let Some(node) = pod.node_name.as_deref() {
            assert!(NODES.contains(&node), "{path} is on {node}");
            *requested.entry(node).or_default() += cpu(object);
        }
    }
    for (node, millis) in requested {
        assert!(millis <= NODE_CPU.cast_signed(), "{millis} m are requested on {node}");
    }
}

fn names_and_owners(view: View<'_>) {
    let mut uids = BTreeSet::new();
    let kinds = [Kind::Pod, Kind::ReplicaSet, Kind::Job, Kind::PersistentVolumeClaim];
    for object in kinds.iter().flat_map(|kind| view.list(*kind, "")) {
        assert!(uids.insert(object.meta.uid), "two objects of one UID");
        let controllers = object.meta.owners.iter().filter(|it| it.controller);
        assert!(controllers.count() <= 1, "{} has two controllers", object.path());
        for owner in object.meta.owners.iter().filter_map(|it| view.by_uid(it.uid)) {
            let same = owner.meta.namespace() == object.meta.namespace();
            assert!(same, "the owner of {} is elsewhere", object.path());
        }
    }
}

/// No quota is overdrawn by what came after it: its own count is never below what there is.
fn quota_counts(view: View<'_>) {
    let Some(quota) = view.get(Kind::ResourceQuota, SPACE, "all") else { return };
    let quota = quota.to_value();
    let hard = quota.pointer("/status/hard/requests.cpu").and_then(Value::as_str);
    let Some(hard) = hard.map(|it| Quantity::parse(it).unwrap().milli_value()) else { return };
    let pods = view.list(Kind::Pod, SPACE).filter(|it| !body(it).is_finished());
    let used: i64 = pods.map(|it| cpu(it)).sum();
    assert!(used <= hard, "{used} m of {hard} m are used");
}

/// What holds once everything has come back.
pub(crate) fn in_the_end(stage: &Stage) {
    let view = stage.view();
    nodes_are_well(view);
    owners_are_there(view);
    workloads_are_complete(view);
    endpoints_are_ready_pods(view);
    claims_are_bound(view);
    quota_is_exact(view);
    budgets_are_exact(view);
}

fn nodes_are_well(view: View<'_>) {
    for node in view.list(Kind::Node, "").map(|it| it.to_value()) {
        for condition in node["status"]["conditions"].as_array().unwrap() {
            let well = if condition["type"] == "Ready" { "True" } else { "False" };
            assert_eq!(condition["status"], well, "{node:#}");
        }
        assert_eq!(node["spec"]["taints"], Value::Null, "{node:#}");
    }
}

fn owners_are_there(view: View<'_>) {
    for object in
        [Kind::Pod, Kind::ReplicaSet, Kind::Job].iter().flat_map(|it| view.list(*it, SPACE))
    {
        assert!(!object.meta.is_terminating(), "{} is still on its way out", object.path());
        for owner in &object.meta.owners {
            assert!(view.by_uid(owner.uid).is_some(), "the owner of {} is gone", object.path());
        }
    }
}

/// The pods of an owner that have not ended.
fn active<'w>(view: View<'w>, owner: &Object) -> Vec<&'w Arc<Object>> {
    let all = view.owned_by(owner.meta.uid).into_iter().filter(|it| it.kind == Kind::Pod);
    all.filter(|it| !body(it).is_finished()).collect()
}

fn counts(object: &Value, names: &[&str]) -> Vec<i64> {
    names.iter().map(|it| object["status"][it].as_i64().unwrap_or(0)).collect()
}

fn workloads_are_complete(view: View<'_>) {
    let web = view.get(Kind::Deployment, SPACE, "web").unwrap();
    let (generation, status) = (web.meta.generation, web.to_value());
    let replicas = status["spec"]["replicas"].as_i64().unwrap();
    assert!((2..=5).contains(&replicas), "the autoscaler holds {replicas}");
    assert_eq!(status["status"]["observedGeneration"], generation);
    let names = ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"];
    assert_eq!(counts(&status, &names), [replicas; 4], "{status:#}");
    let sets = view.owned_by(web.meta.uid);
    let pods: Vec<_> = sets.iter().flat_map(|it| active(view, it)).collect();
    assert_eq!(pods.len() as i64, replicas, "the world has other pods");
    for set in view.list(Kind::ReplicaSet, SPACE) {
        let status = set.to_value();
        let pods = active(view, set);
        let ready = pods.iter().filter(|it| body(it).is_ready()).count();
        let is = [pods.len() as i64, ready as i64];
        assert_eq!(counts(&status, &["replicas", "readyReplicas"]), is, "{status:#}");
    }
    for (kind, name, names) in [
        (
            Kind::StatefulSet,
            "db",
            &["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"],
        ),
        (
            Kind::DaemonSet,
            "agent",
            &["desiredNumberScheduled", "updatedNumberScheduled", "numberReady", "numberAvailable"],
        ),
    ] {
        let set = view.get(kind, SPACE, name).unwrap();
        let status = set.to_value();
        assert_eq!(counts(&status, names), [3; 4], "{status:#}");
        let ready = active(view, set).iter().filter(|it| body(it).is_ready()).count();
        assert_eq!(ready, 3, "{name} has other pods");
    }
    for job in view.list(Kind::Job, SPACE) {
        let status = job.to_value();
        let active = active(view, job).len() as i64;
        assert_eq!(counts(&status, &["active"]), [active], "{status:#}");
    }
    let batch = view.get(Kind::Job, SPACE, "batch").unwrap().to_value();
    let done = batch["status"]["conditions"].as_array().is_some_and(|it| !it.is_empty());
    assert!(done || batch["spec"]["suspend"] == true, "{batch:#}");
}

fn endpoints_are_ready_pods(view: View<'_>) {
    for app in ["web", "db"] {
        let of_app = view.list(Kind::Pod, SPACE).filter(|it| it.meta.label("app") == Some(app));
        let ready: BTreeSet<String> = of_app
            .filter(|it| body(it).is_ready())
            .filter_map(|it| body(it).status.pod_ip.clone())
            .collect();
        let slices = view.list(Kind::EndpointSlice, SPACE);
        let slices = slices.filter(|it| it.meta.label("kubernetes.io/service-name") == Some(app));
        let told: BTreeSet<String> = slices
            .flat_map(|it| it.endpoint_slice().unwrap().endpoints.clone())
            .filter(|it| it.conditions.as_ref().and_then(|it| it.ready) == Some(true))
            .flat_map(|it| it.addresses)
            .collect();
        assert_eq!(told, ready, "{app}");
    }
}

fn claims_are_bound(view: View<'_>) {
    for ordinal in 0..3 {
        let name = format!("data-db-{ordinal}");
        let claim = view.get(Kind::PersistentVolumeClaim, SPACE, &name).unwrap().to_value();
        assert_eq!(claim["status"]["phase"], "Bound", "{claim:#}");
        let volume = claim["spec"]["volumeName"].as_str().unwrap();
        let volume = view.get(Kind::PersistentVolume, "", volume).unwrap().to_value();
        assert_eq!(volume["spec"]["claimRef"]["uid"], claim["metadata"]["uid"], "{volume:#}");
    }
}

fn quota_is_exact(view: View<'_>) {
    let quota = view.get(Kind::ResourceQuota, SPACE, "all").unwrap().to_value();
    let pods: Vec<_> = view.list(Kind::Pod, SPACE).filter(|it| !body(it).is_finished()).collect();
    let used = &quota["status"]["used"];
    assert_eq!(used["pods"], pods.len().to_string(), "{quota:#}");
    let millis: i64 = pods.iter().map(|it| cpu(it)).sum();
    let told = Quantity::parse(used["requests.cpu"].as_str().unwrap()).unwrap().milli_value();
    assert_eq!(told, millis, "{quota:#}");
}

fn budgets_are_exact(view: View<'_>) {
    for (app, least) in [("web", 1), ("db", 2)] {
        let budget = view.get(Kind::PodDisruptionBudget, SPACE, app).unwrap().to_value();
        let of_app = view.list(Kind::Pod, SPACE).filter(|it| it.meta.label("app") == Some(app));
        let healthy = of_app.filter(|it| body(it).is_ready()).count() as i64;
        let names = ["currentHealthy", "desiredHealthy", "disruptionsAllowed"];
        assert_eq!(counts(&budget, &names), [healthy, least, healthy - least], "{budget:#}");
    }
}
