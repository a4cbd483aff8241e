//! The door to the cluster's objects: what it stores, refuses and remembers.

use opsdrill_engine::api::{
    Answer, Identity, Options, PatchType, Payload, Propagation, Request, Subresource, Target, Verb,
    WatchChange, WatchEvent,
};
use opsdrill_engine::{Cluster, ClusterConfig, SimTime};
use opsdrill_objects::{Kind, Object, Status};
use serde_json::{Value, json};

fn cluster() -> Cluster {
    let mut cluster = Cluster::new(ClusterConfig::default());
    cluster.bootstrap();
    cluster
}

fn me() -> Identity {
    Identity::admin("trainee")
}

fn create(
    cluster: &mut Cluster,
    kind: Kind,
    namespace: &str,
    document: Value,
) -> Result<Value, Status> {
    let request =
        Request::new(Verb::Create(Payload::Document(document)), Target::one(kind, namespace, ""));
    Ok(cluster.handle(&me(), request).object()?.to_value())
}

#[test]
fn a_config_map_is_stored_once() {
    let mut cluster = cluster();
    let document = json!({ "metadata": { "name": "settings" }, "data": { "A": "1" } });
    let stored = create(&mut cluster, Kind::ConfigMap, "default", document.clone()).unwrap();
    assert_eq!(stored["data"]["A"], "1");
    assert_eq!(stored["metadata"]["namespace"], "default");
    assert!(stored["metadata"]["uid"].as_str().unwrap().len() == 36);
    let again = create(&mut cluster, Kind::ConfigMap, "default", document).unwrap_err();
    assert_eq!(again.message, "configmaps \"settings\" already exists");
    assert_eq!(again.code, 409);
}

#[test]
fn a_namespace_must_exist() {
    let status =
        create(&mut cluster(), Kind::ConfigMap, "nosuchns", json!({ "metadata": { "name": "x" } }))
            .unwrap_err();
    assert_eq!(status.message, "namespaces \"nosuchns\" not found");
    assert_eq!(status.code, 404);
}

#[test]
fn a_write_on_an_old_version_is_refused() {
    let mut cluster = cluster();
    create(&mut cluster, Kind::ConfigMap, "default", json!({ "metadata": { "name": "settings" } }))
        .unwrap();
    let old = cluster
        .handle(&me(), Request::get(Kind::ConfigMap, "default", "settings"))
        .object()
        .unwrap();
    let mut first = (*old).clone();
    first.meta.set_label("a", Some("1"));
    let second = first.clone();
    cluster.handle(&me(), Request::update(first)).object().unwrap();
    let status = cluster.handle(&me(), Request::update(second)).object().unwrap_err();
    assert_eq!(
        status.message,
        "Operation cannot be fulfilled on configmaps \"settings\": the object has been modified; \
         please apply your changes to the latest version and try again"
    );
}

#[test]
fn a_watch_tells_what_changed_and_a_finalizer_holds_an_object() {
    let mut cluster = cluster();
    let start =
        match cluster.handle(&me(), Request::list(Kind::ConfigMap, "default")).result.unwrap() {
            Answer::List { resource_version, .. } => resource_version,
            other => panic!("{other:?}"),
        };
    let held = json!({ "metadata": { "name": "held", "finalizers": ["example.com/hold"] } });
    create(&mut cluster, Kind::ConfigMap, "default", held).unwrap();
    cluster.handle(&me(), Request::delete(Kind::ConfigMap, "default", "held")).object().unwrap();
    let mut marked = (*cluster
        .handle(&me(), Request::get(Kind::ConfigMap, "default", "held"))
        .object()
        .unwrap())
    .clone();
    assert!(marked.meta.is_terminating());
    marked.meta.finalizers.clear();
    cluster.handle(&me(), Request::update(marked)).object().unwrap();
    let gone = cluster
        .handle(&me(), Request::get(Kind::ConfigMap, "default", "held"))
        .object()
        .unwrap_err();
    assert_eq!(gone.message, "configmaps \"held\" not found");
    let options = Options { resource_version: start, ..Options::default() };
    let watch =
        Request { options, ..Request::new(Verb::Watch, Target::all(Kind::ConfigMap, "default")) };
    let Answer::Changes(events, _) = cluster.handle(&me(), watch).result.unwrap() else {
        panic!("a watch was asked for")
    };
    let changes: Vec<_> = events.iter().map(|it| it.change).collect();
    assert_eq!(
        changes,
        [WatchChange::Added, WatchChange::Modified, WatchChange::Modified, WatchChange::Deleted]
    );
}

#[test]
fn what_changed_is_forgotten_after_some_minutes() {
    let mut cluster = cluster();
    let change = |cluster: &mut Cluster, number: usize| {
        let document = json!({ "metadata": { "name": format!("settings-{number}") } });
        create(cluster, Kind::ConfigMap, "default", document).unwrap();
    };
    let begin = cluster.resource_version();
    for number in 0..400 {
        change(&mut cluster, number);
    }
    let remembered = |cluster: &Cluster, after| {
        let own = |it: &(u64, &WatchEvent)| it.1.object.meta.name.starts_with("settings-");
        cluster.changes_after(after).map(|it| it.filter(own).count())
    };
    // Whoever looked less than five minutes ago goes on from there, however much has changed.
    cluster.advance(SimTime(299_000));
    change(&mut cluster, 400);
    assert_eq!(remembered(&cluster, begin), Some(401));
    cluster.advance(SimTime(301_000));
    change(&mut cluster, 401);
    assert_eq!(remembered(&cluster, begin), Some(402));
    cluster.advance(SimTime(602_000));
    change(&mut cluster, 402);
    assert_eq!(remembered(&cluster, begin), None);
    // A few stay however old they are.
    assert!(remembered(&cluster, cluster.resource_version() - 300).is_some());
}

#[test]
fn services_get_addresses_and_give_them_back() {
    let mut cluster = cluster();
    let service = |name: &str, port: i32| json!({ "metadata": { "name": name }, "spec": { "type": "NodePort", "ports": [{ "port": 80, "nodePort": port }] } });
    let stored = create(&mut cluster, Kind::Service, "default", service("one", 30080)).unwrap();
    assert!(stored["spec"]["clusterIP"].as_str().unwrap().starts_with("10.96."));
    let taken = create(&mut cluster, Kind::Service, "default", service("two", 30080)).unwrap_err();
    assert_eq!(
        taken.message,
        "Service \"two\" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated"
    );
    cluster.handle(&me(), Request::delete(Kind::Service, "default", "one")).object().unwrap();
    create(&mut cluster, Kind::Service, "default", service("two", 30080)).unwrap();
}

#[test]
fn some_namespaces_may_not_be_deleted_and_foreground_deletion_waits() {
    let mut cluster = cluster();
    let status = cluster
        .handle(&me(), Request::delete(Kind::Namespace, "", "kube-system"))
        .object()
        .unwrap_err();
    assert_eq!(
        status.message,
        "namespaces \"kube-system\" is forbidden: this namespace may not be deleted"
    );
    create(&mut cluster, Kind::Secret, "default", json!({ "metadata": { "name": "s" } })).unwrap();
    let options = Options { propagation: Some(Propagation::Orphan), ..Options::default() };
    let request = Request { options, ..Request::delete(Kind::Secret, "default", "s") };
    let marked = cluster.handle(&me(), request).object().unwrap();
    assert_eq!(marked.meta.finalizers, ["orphan"]);
}

#[test]
fn the_audit_knows_every_request_and_equal_histories_hash_equal() {
    let run = || {
        let mut cluster = cluster();
        create(
            &mut cluster,
            Kind::ConfigMap,
            "default",
            json!({ "metadata": { "generateName": "x-" } }),
        )
        .unwrap();
        let created = cluster.audit().records().last().unwrap();
        assert!(created.name.starts_with("x-"), "a creation is recorded under the name it got");
        cluster
            .handle(&me(), Request::get(Kind::ConfigMap, "default", "none"))
            .object()
            .unwrap_err();
        let last = cluster.audit().records().last().unwrap();
        assert_eq!((last.verb, last.code, &*last.user), ("get", 404, "trainee"));
        cluster.state_hash()
    };
    assert_eq!(run(), run());
}

fn patch(cluster: &mut Cluster, target: Target, patch: Value) -> Result<Value, Status> {
    let request = Request::new(Verb::Patch(PatchType::Strategic, patch), target);
    Ok(cluster.handle(&me(), request).object()?.to_value())
}

#[test]
fn ephemeral_containers_are_added_and_stay_as_they_are() {
    let mut cluster = cluster();
    let spec = json!({ "containers": [{ "name": "c", "image": "nginx" }] });
    let pod = json!({ "metadata": { "name": "tmp" }, "spec": spec });
    cluster.advance(SimTime(5_000));
    create(&mut cluster, Kind::Pod, "default", pod).unwrap();
    let target = Target::one(Kind::Pod, "default", "tmp").with(Subresource::EphemeralContainers);
    let of = |container: Value| json!({ "spec": { "ephemeralContainers": [container] } });
    // Recording 351.
    let debugger = json!({
        "image": "busybox", "name": "dbg", "resources": {}, "targetContainerName": "c",
        "terminationMessagePolicy": "File",
    });
    let patched = patch(&mut cluster, target.clone(), of(debugger)).unwrap();
    assert_eq!(
        patched["spec"]["ephemeralContainers"],
        json!([{
            "image": "busybox", "imagePullPolicy": "Always", "name": "dbg", "resources": {},
            "targetContainerName": "c", "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File",
        }])
    );
    let other = of(json!({ "name": "dbg", "image": "nginx" }));
    let changed = patch(&mut cluster, target.clone(), other).unwrap_err();
    assert_eq!(
        changed.message,
        "Pod \"tmp\" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers \"dbg\" may not be changed\n"
    );
    let wrong = of(json!({
        "name": "c", "image": "nginx", "targetContainerName": "x",
        "livenessProbe": { "tcpSocket": { "port": 1 } },
    }));
    let refused = patch(&mut cluster, target, wrong).unwrap_err();
    assert_eq!(
        refused.message,
        "Pod \"tmp\" is invalid: [spec.ephemeralContainers[0].name: Duplicate value: \"c\", spec.ephemeralContainers[0].targetContainerName: Not found: \"x\", spec.ephemeralContainers[0].livenessProbe: Forbidden: cannot be set for an Ephemeral Container]"
    );
}

#[test]
fn a_namespaces_own_finalizers_are_changed_at_finalize_only() {
    let mut cluster = cluster();
    create(&mut cluster, Kind::Namespace, "", json!({ "metadata": { "name": "stuck" } })).unwrap();
    let get = |cluster: &mut Cluster| {
        cluster.handle(&me(), Request::get(Kind::Namespace, "", "stuck")).object().unwrap()
    };
    let emptied = |object: &Object| {
        let mut next = object.clone();
        next.namespace_mut().unwrap().spec.as_mut().unwrap().finalizers = None;
        next
    };
    let old = get(&mut cluster);
    cluster.handle(&me(), Request::update(emptied(&old))).object().unwrap();
    assert_eq!(get(&mut cluster).to_value()["spec"]["finalizers"], json!(["kubernetes"]));
    let old = get(&mut cluster);
    cluster.handle(&me(), Request::finalize(emptied(&old))).object().unwrap();
    assert_eq!(get(&mut cluster).to_value()["spec"].get("finalizers"), None);
}
