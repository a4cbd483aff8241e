//! What the server said of bad objects: recorded texts first, then rules of the same source files.

#![expect(clippy::needless_pass_by_value, reason = "documents are written at the call")]

use opsdrill_objects::decode::decode_object;
use opsdrill_objects::{Kind, Object, Status};
use serde_json::{Value, json};

fn object(document: Value) -> Object {
    let text = |key: &str| document[key].as_str().expect("a text").to_owned();
    let kind = Kind::by_name(&text("apiVersion"), &text("kind")).expect("a known kind");
    let mut object = decode_object(kind, document).expect("a good document").value;
    (kind.info().default)(&mut object);
    object
}

/// The message of the refusal; empty if there is none.
fn refusal(document: Value) -> String {
    let object = object(document);
    let errors = (object.kind.info().validate)(&object);
    if errors.is_empty() {
        return String::new();
    }
    Status::invalid(object.kind, &object.meta.name, &errors).message
}

/// The message of the refusal of a change.
fn update_refusal(old: Value, new: Value) -> String {
    let (old, new) = (object(old), object(new));
    let info = new.kind.info();
    let mut errors = (info.validate)(&new);
    errors.extend((info.validate_update)(&new, &old));
    if errors.is_empty() {
        return String::new();
    }
    Status::invalid(new.kind, &new.meta.name, &errors).message
}

fn deployment(selector: Value, labels: Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": "e1", "namespace": "demo" },
        "spec": {
            "selector": selector,
            "template": {
                "metadata": { "labels": labels },
                "spec": { "containers": [{ "name": "c", "image": "nginx" }] },
            },
        },
    })
}

fn good_deployment() -> Value {
    deployment(json!({ "matchLabels": { "app": "a" } }), json!({ "app": "a" }))
}

/// A deployment with one field changed.
fn deployment_with(pointer: &str, value: Value) -> Value {
    with(good_deployment(), pointer, value)
}

fn with(mut document: Value, pointer: &str, value: Value) -> Value {
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
    document.pointer_mut(parent).expect("the parent is there")[field] = value;
    document
}

fn pod(name: &str, spec: Value) -> Value {
    let metadata = json!({ "name": name, "namespace": "demo" });
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec })
}

/// A pod of one container with these fields beside name and image.
fn pod_with(container: Value) -> Value {
    let mut container = container;
    container["name"] = "c".into();
    container["image"] = "nginx".into();
    pod("p", json!({ "containers": [container] }))
}

fn service(name: &str, spec: Value) -> Value {
    let metadata = json!({ "name": name, "namespace": "demo" });
    json!({ "apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec })
}

fn config_map(name: &str, data: Value) -> Value {
    let metadata = json!({ "name": name, "namespace": "demo" });
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data })
}

fn secret(kind: &str, data: Value) -> Value {
    let metadata = json!({ "name": "s", "namespace": "demo" });
    json!({ "apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind, "data": data })
}

#[test]
fn recorded_227_negative_replicas() {
    assert_eq!(
        refusal(deployment_with("/spec/replicas", json!(-1))),
        "Deployment.apps \"e1\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0"
    );
}

#[test]
fn recorded_249_selector_and_labels_differ() {
    assert_eq!(
        refusal(deployment(json!({ "matchLabels": { "app": "a" } }), json!({ "app": "b" }))),
        "Deployment.apps \"e1\" is invalid: spec.template.metadata.labels: Invalid value: map[string]string{\"app\":\"b\"}: `selector` does not match template `labels`"
    );
}

#[test]
fn recorded_251_no_selector() {
    assert_eq!(
        refusal(deployment(Value::Null, json!({ "app": "a" }))),
        "Deployment.apps \"e1\" is invalid: [spec.selector: Required value, spec.template.metadata.labels: Invalid value: map[string]string{\"app\":\"a\"}: `selector` does not match template `labels`]"
    );
}

#[test]
fn recorded_252_the_selector_is_immutable() {
    let other = deployment(json!({ "matchLabels": { "app": "other" } }), json!({ "app": "other" }));
    assert_eq!(
        update_refusal(good_deployment(), other),
        "Deployment.apps \"e1\" is invalid: spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string{\"app\":\"other\"}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: field is immutable"
    );
}

#[test]
fn recorded_258_bad_name() {
    assert_eq!(
        refusal(config_map("Bad_Name", json!({}))),
        "ConfigMap \"Bad_Name\" is invalid: metadata.name: Invalid value: \"Bad_Name\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    );
}

#[test]
fn recorded_267_bad_port() {
    assert_eq!(
        refusal(service("bp", json!({ "ports": [{ "port": 99999 }] }))),
        "Service \"bp\" is invalid: [spec.ports[0].port: Invalid value: 99999: must be between 1 and 65535, inclusive, spec.ports[0].targetPort: Invalid value: 99999: must be between 1 and 65535, inclusive]"
    );
}

#[test]
fn recorded_271_no_ports() {
    assert_eq!(
        refusal(service("ci", json!({}))),
        "Service \"ci\" is invalid: spec.ports: Required value"
    );
}

#[test]
fn recorded_272_memory_limit_below_the_request() {
    let resources = json!({ "requests": { "memory": "2Gi" }, "limits": { "memory": "1Gi" } });
    assert_eq!(
        refusal(pod_with(json!({ "resources": resources }))),
        "Pod \"p\" is invalid: spec.containers[0].resources.requests: Invalid value: \"2Gi\": must be less than or equal to memory limit of 1Gi"
    );
}

#[test]
fn recorded_274_a_pod_keeps_its_containers() {
    let one = json!([{ "name": "tmp", "image": "nginx:1.27" }]);
    let two =
        json!([{ "name": "other", "image": "nginx" }, { "name": "tmp", "image": "nginx:1.27" }]);
    assert_eq!(
        update_refusal(
            pod("tmp", json!({ "containers": one })),
            pod("tmp", json!({ "containers": two }))
        ),
        "Pod \"tmp\" is invalid: spec.containers: Forbidden: pod updates may not add or remove containers"
    );
}

#[test]
fn good_objects_are_not_refused() {
    for document in [
        good_deployment(),
        pod_with(json!({})),
        service("web", json!({ "ports": [{ "port": 80 }] })),
        service("db", json!({ "clusterIP": "None" })),
        service("out", json!({ "type": "ExternalName", "externalName": "db.example.com" })),
        config_map("cfg", json!({ "nginx.conf": "" })),
        secret("Opaque", json!({})),
    ] {
        assert_eq!(refusal(document.clone()), "", "{document}");
        assert_eq!(update_refusal(document.clone(), document), "");
    }
}

#[test]
fn containers() {
    for (document, complaint) in [
        (pod("p", json!({})), "spec.containers: Required value"),
        (
            pod("p", json!({ "containers": [{ "name": "c" }] })),
            "spec.containers[0].image: Required value",
        ),
        (
            pod(
                "p",
                json!({ "containers": [{ "name": "c", "image": "a" }, { "name": "c", "image": "b" }] }),
            ),
            "spec.containers[1].name: Duplicate value: \"c\"",
        ),
        (
            pod(
                "p",
                json!({ "restartPolicy": "always", "containers": [{ "name": "c", "image": "a" }] }),
            ),
            "spec.restartPolicy: Unsupported value: \"always\": supported values: \"Always\", \"OnFailure\", \"Never\"",
        ),
        (
            pod_with(json!({ "imagePullPolicy": "Sometimes" })),
            "spec.containers[0].imagePullPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"IfNotPresent\", \"Never\"",
        ),
        (
            pod_with(json!({ "volumeMounts": [{ "name": "data", "mountPath": "/data" }] })),
            "spec.containers[0].volumeMounts[0].name: Not found: \"data\"",
        ),
        (
            pod_with(json!({ "ports": [{ "containerPort": 70000 }] })),
            "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
        ),
        (
            pod_with(json!({ "ports": [{ "containerPort": 80, "protocol": "tcp" }] })),
            "spec.containers[0].ports[0].protocol: Unsupported value: \"tcp\": supported values: \"SCTP\", \"TCP\", \"UDP\"",
        ),
        (
            pod_with(json!({ "livenessProbe": { "periodSeconds": 5 } })),
            "spec.containers[0].livenessProbe: Required value: must specify a handler type",
        ),
        (
            pod_with(
                json!({ "livenessProbe": { "tcpSocket": { "port": 80 }, "successThreshold": 2 } }),
            ),
            "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
        ),
        (
            pod_with(json!({ "readinessProbe": { "httpGet": { "port": 0 } } })),
            "spec.containers[0].readinessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive",
        ),
        (
            pod_with(json!({ "resources": { "limits": { "mem": "1Gi" } } })),
            "[spec.containers[0].resources.limits[mem]: Invalid value: \"mem\": must be a standard resource type or fully qualified, spec.containers[0].resources.limits[mem]: Invalid value: \"mem\": must be a standard resource for containers, spec.containers[0].resources.requests[mem]: Invalid value: \"mem\": must be a standard resource type or fully qualified, spec.containers[0].resources.requests[mem]: Invalid value: \"mem\": must be a standard resource for containers]",
        ),
        (
            pod_with(json!({ "env": [{ "name": "A", "valueFrom": {} }] })),
            "spec.containers[0].env[0].valueFrom: Invalid value: \"\": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`",
        ),
        (
            pod_with(
                json!({ "env": [{ "name": "A", "valueFrom": { "fieldRef": { "fieldPath": "spec.nope" } } }] }),
            ),
            "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: \"spec.nope\": error converting fieldPath: field label not supported: spec.nope",
        ),
    ] {
        assert_eq!(refusal(document), format!("Pod \"p\" is invalid: {complaint}"));
    }
}

#[test]
fn what_of_a_pod_may_change() {
    let spec = |image: &str, command: &str, tolerations: Value| {
        let container = json!({ "name": "c", "image": image, "command": [command] });
        pod("p", json!({ "containers": [container], "tolerations": tolerations }))
    };
    let toleration = json!([{ "key": "a", "operator": "Exists" }]);
    let old = || spec("nginx:1", "sh", Value::Null);
    assert_eq!(update_refusal(old(), spec("nginx:2", "sh", toleration.clone())), "");
    assert_eq!(
        update_refusal(spec("nginx:1", "sh", toleration), old()),
        "Pod \"p\" is invalid: spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"
    );
    let message = update_refusal(old(), spec("nginx:1", "bash", Value::Null));
    let (first, rest) = message.split_once('\n').expect("a difference");
    assert_eq!(
        first,
        "Pod \"p\" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
    );
    assert!(rest.contains("\n- \t\t\t\t\"sh\",\n+ \t\t\t\t\"bash\",\n"), "{rest}");
}

#[test]
fn strategies() {
    for (strategy, complaint) in [
        (
            json!({ "type": "Recreate", "rollingUpdate": { "maxSurge": 1 } }),
            "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
        ),
        (
            json!({ "rollingUpdate": { "maxSurge": 0, "maxUnavailable": 0 } }),
            "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: intstr.IntOrString{Type:0, IntVal:0, StrVal:\"\"}: may not be 0 when `maxSurge` is 0",
        ),
        (
            json!({ "rollingUpdate": { "maxSurge": "1", "maxUnavailable": 0 } }),
            "[spec.strategy.rollingUpdate.maxSurge: Invalid value: intstr.IntOrString{Type:1, IntVal:0, StrVal:\"1\"}: a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%'), spec.strategy.rollingUpdate.maxUnavailable: Invalid value: intstr.IntOrString{Type:0, IntVal:0, StrVal:\"\"}: may not be 0 when `maxSurge` is 0]",
        ),
    ] {
        assert_eq!(
            refusal(deployment_with("/spec/strategy", strategy)),
            format!("Deployment.apps \"e1\" is invalid: {complaint}")
        );
    }
    assert_eq!(
        refusal(deployment_with("/spec/progressDeadlineSeconds", json!(0))),
        "Deployment.apps \"e1\" is invalid: spec.progressDeadlineSeconds: Invalid value: 0: must be greater than minReadySeconds"
    );
}

#[test]
fn services() {
    let ports = json!([{ "port": 80 }, { "port": 81 }]);
    assert_eq!(
        refusal(service("web", json!({ "ports": ports }))),
        "Service \"web\" is invalid: [spec.ports[0].name: Required value, spec.ports[1].name: Required value]"
    );
    assert_eq!(
        refusal(service("web", json!({ "ports": [{ "port": 80, "nodePort": 30080 }] }))),
        "Service \"web\" is invalid: spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"
    );
    assert_eq!(
        refusal(service("web", json!({ "type": "External", "ports": [{ "port": 80 }] }))),
        "Service \"web\" is invalid: spec.type: Unsupported value: \"External\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\""
    );
    assert!(
        refusal(service("1web", json!({ "ports": [{ "port": 80 }] }))).contains("a DNS-1035 label")
    );
    let at =
        |address: &str| service("web", json!({ "clusterIP": address, "ports": [{ "port": 80 }] }));
    assert_eq!(
        update_refusal(at("10.96.0.5"), at("None")),
        "Service \"web\" is invalid: spec.clusterIPs[0]: Invalid value: []string{\"None\"}: may not change once set"
    );
}

#[test]
fn data_of_config_maps_and_secrets() {
    assert!(refusal(config_map("c", json!({ "a b": "" }))).starts_with(
        "ConfigMap \"c\" is invalid: data[a b]: Invalid value: \"a b\": a valid config key must consist of"
    ));
    assert_eq!(
        refusal(config_map("c", json!({ "a": "x".repeat(1024 * 1024 + 1) }))),
        "ConfigMap \"c\" is invalid: : Too long: may not be more than 1048576 bytes"
    );
    let frozen =
        |value: &str| with(config_map("c", json!({ "a": value })), "/immutable", json!(true));
    assert_eq!(
        update_refusal(frozen("1"), frozen("2")),
        "ConfigMap \"c\" is invalid: data: Forbidden: field is immutable when `immutable` is set"
    );
    assert_eq!(
        refusal(secret("kubernetes.io/tls", json!({}))),
        "Secret \"s\" is invalid: [data[tls.crt]: Required value, data[tls.key]: Required value]"
    );
    let tls = secret("kubernetes.io/tls", json!({ "tls.crt": "", "tls.key": "" }));
    assert_eq!(
        update_refusal(secret("Opaque", json!({ "tls.crt": "", "tls.key": "" })), tls),
        "Secret \"s\" is invalid: type: Invalid value: \"kubernetes.io/tls\": field is immutable"
    );
}

#[test]
fn metadata() {
    let labelled = |labels: Value| with(config_map("c", json!({})), "/metadata/labels", labels);
    assert!(refusal(labelled(json!({ "a": "bad value" }))).starts_with(
        "ConfigMap \"c\" is invalid: metadata.labels: Invalid value: \"bad value\": a valid label must be an empty string or consist of"
    ));
    assert_eq!(
        refusal(config_map("", json!({}))),
        "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required"
    );
    let taint = json!({ "key": "a", "effect": "Never" });
    let node = json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "n" }, "spec": { "taints": [taint] } });
    assert_eq!(
        refusal(node),
        "Node \"n\" is invalid: spec.taints[0].effect: Unsupported value: \"Never\": supported values: \"NoSchedule\", \"PreferNoSchedule\", \"NoExecute\""
    );
}
