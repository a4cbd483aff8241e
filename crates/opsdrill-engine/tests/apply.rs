//! Server-side apply through the door: owners, conflicts, and what the control plane's own writes leave of them.

use opsdrill_engine::api::{
    Answer, Identity, Options, PatchType, Payload, Request, Subresource, Target, Verb,
};
use opsdrill_engine::{Cluster, ClusterConfig, SimTime};
use opsdrill_objects::{Kind, Status};
use serde_json::{Value, json};

fn cluster() -> Cluster {
    let mut cluster = Cluster::new(ClusterConfig::default());
    cluster.bootstrap();
    cluster
}

fn options(manager: &str) -> Options {
    Options { field_manager: manager.to_owned(), ..Options::default() }
}

fn apply(cluster: &mut Cluster, config: &Value, options: Options) -> Result<Answer, Status> {
    let text = |pointer: &str| config.pointer(pointer).and_then(Value::as_str).expect("a manifest");
    let kind = Kind::by_name(text("/apiVersion"), text("/kind")).expect("a known kind");
    let target = Target::one(kind, "default", text("/metadata/name"));
    let request = Request { verb: Verb::Patch(PatchType::Apply, config.clone()), target, options };
    cluster.handle(&Identity::admin("trainee"), request).result
}

fn stored(cluster: &mut Cluster, kind: Kind, name: &str) -> Value {
    let request = Request::get(kind, "default", name);
    cluster.handle(&Identity::admin("trainee"), request).object().expect("it is stored").to_value()
}

fn owners(object: &Value) -> Vec<String> {
    let entries = object["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    let words = |it: &Value| {
        let word = |key: &str| it[key].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", word("manager"), word("operation"), word("subresource"))
    };
    entries.iter().map(words).collect()
}

fn config_map(data: &Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "ssa" }, "data": data })
}

fn deployment(replicas: Option<i32>) -> Value {
    let mut document = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" },
        "spec": {
            "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{ "name": "web", "image": "nginx", "ports": [{ "containerPort": 80 }] }] }
            }
        }
    });
    if let Some(replicas) = replicas {
        document["spec"]["replicas"] = replicas.into();
    }
    document
}

#[test]
fn the_first_apply_makes_the_object_and_the_next_changes_it() {
    let mut cluster = cluster();
    let one = apply(&mut cluster, &config_map(&json!({ "k": "1" })), options("kubectl"));
    assert!(matches!(one, Ok(Answer::Created(_))));
    let version = cluster.resource_version();
    let again = apply(&mut cluster, &config_map(&json!({ "k": "1" })), options("kubectl"));
    assert!(matches!(again, Ok(Answer::Object(_))));
    assert_eq!(cluster.resource_version(), version, "what changes nothing is not written");
    let refused = apply(&mut cluster, &config_map(&json!({ "k": "2" })), options("other"));
    let message = r#"Apply failed with 1 conflict: conflict with "kubectl": .data.k"#;
    assert_eq!(refused.unwrap_err().message, message);
    let force = Options { force: true, ..options("other") };
    apply(&mut cluster, &config_map(&json!({ "k": "2" })), force).unwrap();
    let object = stored(&mut cluster, Kind::ConfigMap, "ssa");
    assert_eq!(object["data"]["k"], "2");
    assert_eq!(owners(&object), ["other Apply -"]);
}

#[test]
fn what_was_there_before_the_first_apply_has_an_owner_of_its_own() {
    let mut cluster = cluster();
    let request = Request::new(
        Verb::Create(Payload::Document(config_map(&json!({ "k": "1" })))),
        Target::all(Kind::ConfigMap, "default"),
    );
    cluster.handle(&Identity::admin("trainee"), request).object().unwrap();
    assert_eq!(owners(&stored(&mut cluster, Kind::ConfigMap, "ssa")), [] as [&str; 0]);
    let refused = apply(&mut cluster, &config_map(&json!({ "k": "2" })), options("kubectl"));
    let message =
        r#"Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.k"#;
    assert_eq!(refused.unwrap_err().message, message);
    apply(&mut cluster, &config_map(&json!({ "k": "1" })), options("kubectl")).unwrap();
    let owners = owners(&stored(&mut cluster, Kind::ConfigMap, "ssa"));
    assert_eq!(owners, ["kubectl Apply -", "before-first-apply Update -"]);
}

#[test]
fn a_field_that_is_left_out_goes_back_to_its_default_and_a_controllers_report_is_its_own() {
    let mut cluster = cluster();
    apply(&mut cluster, &deployment(Some(3)), options("kubectl")).unwrap();
    cluster.advance(SimTime(5_000));
    let object = stored(&mut cluster, Kind::Deployment, "web");
    assert_eq!(owners(&object), ["kubectl Apply -", "kube-controller-manager Update status"]);
    assert_eq!(object["metadata"]["generation"], 1);
    // Somebody else scales, and the applier stops to say how many there are: the number stays.
    let scaled = Request {
        options: options("scaler"),
        ..Request::scale(Target::one(Kind::Deployment, "default", "web"), 5)
    };
    cluster.handle(&Identity::admin("trainee"), scaled).result.unwrap();
    apply(&mut cluster, &deployment(None), options("kubectl")).unwrap();
    let object = stored(&mut cluster, Kind::Deployment, "web");
    assert_eq!(object["spec"]["replicas"], 5);
    let refused = apply(&mut cluster, &deployment(Some(3)), options("kubectl")).unwrap_err();
    assert_eq!(
        refused.message,
        r#"Apply failed with 1 conflict: conflict with "scaler" with subresource "scale" using apps/v1: .spec.replicas"#
    );
    let all = ["kubectl Apply -", "kube-controller-manager Update status", "scaler Update scale"];
    assert_eq!(owners(&object), all);
}

#[test]
fn an_apply_that_cannot_be_is_refused() {
    let mut cluster = cluster();
    let nameless = apply(&mut cluster, &config_map(&json!({})), Options::default()).unwrap_err();
    assert_eq!(nameless.code, 422, "a creation by apply needs a manager");
    let mut owned = config_map(&json!({}));
    owned["metadata"]["managedFields"] = json!([]);
    let owned = apply(&mut cluster, &owned, options("me")).unwrap_err();
    assert_eq!(owned.message, "metadata.managedFields must be nil");
    let mut unknown = deployment(None);
    unknown["spec"]["replica"] = json!(1);
    let unknown = apply(&mut cluster, &unknown, options("me")).unwrap_err();
    let message = "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.replica: field not declared in schema";
    assert_eq!(unknown.message, message);
    let target = Target::one(Kind::Deployment, "default", "web").with(Subresource::Status);
    let verb = Verb::Patch(PatchType::Apply, deployment(None));
    let request = Request { verb, target, options: options("me") };
    let missing = cluster.handle(&Identity::admin("trainee"), request).result.unwrap_err();
    assert_eq!(missing.code, 404);
}
