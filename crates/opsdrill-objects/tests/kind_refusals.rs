//! What the server said of bad objects of the kinds beyond pods and services: recorded texts first.

use opsdrill_objects::decode::decode_object;
use opsdrill_objects::{Kind, Object, Status, Uid};
use serde_json::{Value, json};

fn object(api_version: &str, kind: &str, name: &str, mut document: Value) -> Object {
    let kind = Kind::by_name(api_version, kind).expect("a known kind");
    document["apiVersion"] = api_version.into();
    document["metadata"]["name"] = name.into();
    if kind.info().namespaced {
        document["metadata"]["namespace"] = "demo".into();
    }
    let mut object = decode_object(kind, document).expect("a good document").value;
    object.meta.uid = Uid(1);
    (kind.info().default)(&mut object);
    object
}

/// The message of the refusal; empty if there is none.
fn refusal(api_version: &str, kind: &str, name: &str, document: Value) -> String {
    let object = object(api_version, kind, name, document);
    let errors = (object.kind.info().validate)(&object);
    if errors.is_empty() {
        return String::new();
    }
    Status::invalid(object.kind, &object.meta.name, &errors).message
}

fn pod(restart_policy: &str) -> Value {
    json!({ "spec": { "restartPolicy": restart_policy, "containers": [{ "name": "m", "image": "busybox" }] } })
}

/// Recording 278.
#[test]
fn a_job_ends() {
    assert_eq!(
        refusal("batch/v1", "Job", "jr", json!({ "spec": { "template": pod("Always") } })),
        "Job.batch \"jr\" is invalid: spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\""
    );
    assert_eq!(
        refusal("batch/v1", "Job", "jr", json!({ "spec": { "template": pod("Never") } })),
        ""
    );
}

/// Recording 279.
#[test]
fn a_schedule_has_five_fields() {
    let spec =
        json!({ "schedule": "bad", "jobTemplate": { "spec": { "template": pod("Never") } } });
    assert_eq!(
        refusal("batch/v1", "CronJob", "cb", json!({ "spec": spec })),
        "CronJob.batch \"cb\" is invalid: spec.schedule: Invalid value: \"bad\": expected exactly 5 fields, found 1: [bad]"
    );
}

/// Recording 280.
#[test]
fn a_path_of_an_ingress_has_a_type() {
    let backend = json!({ "service": { "name": "web", "port": { "number": 80 } } });
    let paths = json!([{ "path": "/", "backend": backend }]);
    let document = json!({ "spec": { "rules": [{ "http": { "paths": paths } }] } });
    assert_eq!(
        refusal("networking.k8s.io/v1", "Ingress", "i2", document),
        "Ingress.networking.k8s.io \"i2\" is invalid: spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified"
    );
}

/// Recording 286.
#[test]
fn the_most_is_not_less_than_the_least() {
    let spec = json!({ "minReplicas": 5, "maxReplicas": 2, "scaleTargetRef": { "kind": "Deployment", "name": "web" } });
    for version in ["autoscaling/v2", "autoscaling/v1"] {
        assert_eq!(
            refusal(version, "HorizontalPodAutoscaler", "h2", json!({ "spec": spec })),
            "HorizontalPodAutoscaler.autoscaling \"h2\" is invalid: spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`"
        );
    }
}

/// Recording 275.
#[test]
fn a_claim_does_not_shrink() {
    let claim = |storage: &str| {
        let requests = json!({ "requests": { "storage": storage } });
        let spec = json!({ "accessModes": ["ReadWriteOnce"], "storageClassName": "manual", "resources": requests });
        let status = json!({ "phase": "Bound", "capacity": { "storage": "2Gi" } });
        object("v1", "PersistentVolumeClaim", "data", json!({ "spec": spec, "status": status }))
    };
    let (old, new) = (claim("1Gi"), claim("512Mi"));
    let errors = (new.kind.info().validate_update)(&new, &old);
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        ["spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"]
    );
}

/// `ValidateStatefulSetUpdate`.
#[test]
fn most_of_a_stateful_set_stays() {
    let set = |service: &str, image: &str| {
        let labels = json!({ "app": "db" });
        let template = json!({ "metadata": { "labels": labels },
            "spec": { "containers": [{ "name": "pg", "image": image }] } });
        let spec = json!({ "serviceName": service, "selector": { "matchLabels": labels }, "template": template });
        object("apps/v1", "StatefulSet", "db", json!({ "spec": spec }))
    };
    let old = set("db", "postgres:16");
    assert_eq!((old.kind.info().validate_update)(&set("db", "postgres:17"), &old), []);
    let errors = (old.kind.info().validate_update)(&set("other", "postgres:16"), &old);
    assert_eq!(
        errors[0].to_string(),
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
         'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
    );
}

/// `pkg/apis/rbac/validation`.
#[test]
fn rules_name_what_they_are_about() {
    let group = "rbac.authorization.k8s.io/v1";
    assert_eq!(
        refusal(
            group,
            "Role",
            "r",
            json!({ "rules": [{ "apiGroups": [""], "resources": ["pods"], "verbs": [] }] })
        ),
        "Role.rbac.authorization.k8s.io \"r\" is invalid: rules[0].verbs: Required value: verbs must contain at least one value"
    );
    let reference = |name: &str| json!({ "roleRef": { "kind": "Role", "name": name } });
    let old = object(group, "RoleBinding", "b", reference("a"));
    let new = object(group, "RoleBinding", "b", reference("c"));
    let errors = (new.kind.info().validate_update)(&new, &old);
    assert_eq!(
        errors[0].to_string(),
        "roleRef: Invalid value: rbac.RoleRef{APIGroup:\"rbac.authorization.k8s.io\", Kind:\"Role\", Name:\"c\"}: cannot change roleRef"
    );
}

/// `ValidatePersistentVolumeSpec`, `ValidateStorageClassUpdate` and `ValidatePriorityClass`.
#[test]
fn storage_and_priority() {
    assert_eq!(
        refusal(
            "v1",
            "PersistentVolume",
            "pv",
            json!({ "spec": { "capacity": { "storage": "1Gi" } } })
        ),
        "PersistentVolume \"pv\" is invalid: [spec.accessModes: Required value: at least 1 access mode is required, \
         spec: Required value: must specify a volume type]"
    );
    let class = |provisioner: &str| {
        object("storage.k8s.io/v1", "StorageClass", "s", json!({ "provisioner": provisioner }))
    };
    let errors = (Kind::StorageClass.info().validate_update)(&class("a"), &class("b"));
    assert_eq!(
        errors[0].to_string(),
        "provisioner: Forbidden: updates to provisioner are forbidden."
    );
    assert_eq!(
        refusal("scheduling.k8s.io/v1", "PriorityClass", "p", json!({ "value": 2_000_000_000 })),
        "PriorityClass.scheduling.k8s.io \"p\" is invalid: value: Forbidden: maximum allowed value of a user defined priority is 1000000000"
    );
}
