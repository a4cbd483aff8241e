//! What the server filled in, as recorded: requests of `kubectl apply` and the server's answers.

use opsdrill_objects::decode::decode_object;
use opsdrill_objects::{Kind, Object};
use serde_json::{Value, json};

fn defaulted(document: Value) -> Object {
    let text = |key: &str| document[key].as_str().expect("a text").to_owned();
    let kind = Kind::by_name(&text("apiVersion"), &text("kind")).expect("a known kind");
    let decoded = decode_object(kind, document).expect("a good document");
    assert_eq!(decoded.unknown, Vec::<String>::new());
    let mut object = decoded.value;
    (kind.info().default)(&mut object);
    object
}

/// The object as the server would answer it, without metadata.
fn answer(document: Value) -> Value {
    let object = defaulted(document);
    let mut again = object.clone();
    (object.kind.info().default)(&mut again);
    assert_eq!(again, object, "filling in twice changes nothing");
    let mut value = object.to_value();
    value.as_object_mut().expect("an object").remove("metadata");
    value
}

#[test]
fn secret_web_secret() {
    let request = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web-secret",
        "namespace": "demo"}, "stringData": {"password": "hunter2"}, "type": "Opaque"});
    let expected = json!({"kind": "Secret", "apiVersion": "v1", "data": {"password": "aHVudGVyMg=="},
        "type": "Opaque"});
    assert_eq!(answer(request), expected);
}

#[test]
fn deployment_web() {
    let request = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"labels": {"app": "web"}, "name": "web", "namespace": "demo"}, "spec": {"replicas": 3,
        "selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"env": [{"name": "PW", "valueFrom": {"secretKeyRef": {"key": "password",
        "name": "web-secret"}}}, {"name": "NODE",
        "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
        "envFrom": [{"configMapRef": {"name": "web-cfg"}}], "image": "nginx:1.27",
        "livenessProbe": {"httpGet": {"path": "/ok", "port": 80}, "periodSeconds": 5}, "name": "nginx",
        "ports": [{"containerPort": 80, "name": "http"}], "readinessProbe": {"httpGet": {"path": "/ready",
        "port": "http"}, "periodSeconds": 2}, "resources": {"limits": {"cpu": "200m", "memory": "128Mi"},
        "requests": {"cpu": "100m", "memory": "64Mi"}}, "volumeMounts": [{"mountPath": "/etc/cfg",
        "name": "cfg"}]}], "volumes": [{"configMap": {"name": "web-cfg"}, "name": "cfg"}]}}}});
    let expected = json!({"kind": "Deployment", "apiVersion": "apps/v1", "spec": {"replicas": 3,
        "selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"creationTimestamp": null,
        "labels": {"app": "web"}}, "spec": {"volumes": [{"name": "cfg", "configMap": {"name": "web-cfg",
        "defaultMode": 420}}], "containers": [{"name": "nginx", "image": "nginx:1.27",
        "ports": [{"name": "http", "containerPort": 80, "protocol": "TCP"}],
        "envFrom": [{"configMapRef": {"name": "web-cfg"}}], "env": [{"name": "PW",
        "valueFrom": {"secretKeyRef": {"name": "web-secret", "key": "password"}}}, {"name": "NODE",
        "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "spec.nodeName"}}}],
        "resources": {"limits": {"cpu": "200m", "memory": "128Mi"}, "requests": {"cpu": "100m",
        "memory": "64Mi"}}, "volumeMounts": [{"name": "cfg", "mountPath": "/etc/cfg"}],
        "livenessProbe": {"httpGet": {"path": "/ok", "port": 80, "scheme": "HTTP"}, "timeoutSeconds": 1,
        "periodSeconds": 5, "successThreshold": 1, "failureThreshold": 3},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": "http", "scheme": "HTTP"},
        "timeoutSeconds": 1, "periodSeconds": 2, "successThreshold": 1, "failureThreshold": 3},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent"}], "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst", "securityContext": {},
        "schedulerName": "default-scheduler"}}, "strategy": {"type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}}, "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600}, "status": {}});
    assert_eq!(answer(request), expected);
}

#[test]
fn service_web() {
    let request = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web",
        "namespace": "demo"}, "spec": {"ports": [{"port": 80, "targetPort": "http"}],
        "selector": {"app": "web"}}});
    let expected = json!({"kind": "Service", "apiVersion": "v1", "spec": {"ports": [{"protocol": "TCP",
        "port": 80, "targetPort": "http"}], "selector": {"app": "web"}, "type": "ClusterIP",
        "sessionAffinity": "None", "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
        "internalTrafficPolicy": "Cluster"}, "status": {"loadBalancer": {}}});
    assert_eq!(answer(request), expected);
}

#[test]
fn service_web_np() {
    let request = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web-np",
        "namespace": "demo"}, "spec": {"ports": [{"nodePort": 30080, "port": 80, "targetPort": 80}],
        "selector": {"app": "web"}, "type": "NodePort"}});
    let expected = json!({"kind": "Service", "apiVersion": "v1", "spec": {"ports": [{"protocol": "TCP",
        "port": 80, "targetPort": 80, "nodePort": 30080}], "selector": {"app": "web"}, "type": "NodePort",
        "sessionAffinity": "None", "externalTrafficPolicy": "Cluster", "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack", "internalTrafficPolicy": "Cluster"},
        "status": {"loadBalancer": {}}});
    assert_eq!(answer(request), expected);
}

#[test]
fn service_web_lb() {
    let request = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web-lb",
        "namespace": "demo"}, "spec": {"ports": [{"port": 443, "targetPort": 80}],
        "selector": {"app": "web"}, "type": "LoadBalancer"}});
    let expected = json!({"kind": "Service", "apiVersion": "v1", "spec": {"ports": [{"protocol": "TCP",
        "port": 443, "targetPort": 80}], "selector": {"app": "web"}, "type": "LoadBalancer",
        "sessionAffinity": "None", "externalTrafficPolicy": "Cluster", "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack", "allocateLoadBalancerNodePorts": true,
        "internalTrafficPolicy": "Cluster"}, "status": {"loadBalancer": {}}});
    assert_eq!(answer(request), expected);
}

#[test]
fn service_db() {
    let request = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "db",
        "namespace": "demo"}, "spec": {"clusterIP": "None", "ports": [{"port": 5432}],
        "selector": {"app": "db"}}});
    let expected = json!({"kind": "Service", "apiVersion": "v1", "spec": {"ports": [{"protocol": "TCP",
        "port": 5432, "targetPort": 5432}], "selector": {"app": "db"}, "clusterIP": "None",
        "clusterIPs": ["None"], "type": "ClusterIP", "sessionAffinity": "None", "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack", "internalTrafficPolicy": "Cluster"},
        "status": {"loadBalancer": {}}});
    assert_eq!(answer(request), expected);
}

/// Without what admission adds.
#[test]
fn pod_f_badname() {
    let request = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "f-badname",
        "namespace": "demo"}, "spec": {"containers": [{"image": "nginx:UPPER CASE", "name": "c"}]}});
    let expected = json!({"kind": "Pod", "apiVersion": "v1", "spec": {"containers": [{"name": "c",
        "image": "nginx:UPPER CASE", "resources": {}, "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File", "imagePullPolicy": "IfNotPresent"}], "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst", "securityContext": {},
        "schedulerName": "default-scheduler", "enableServiceLinks": true}, "status": {"phase": "Pending",
        "qosClass": "BestEffort"}});
    assert_eq!(answer(request), expected);
}

/// Without what admission adds.
#[test]
fn pod_f_oom() {
    let request = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "f-oom",
        "namespace": "demo"}, "spec": {"containers": [{"env": [{"name": "SIM_EXIT_CODE", "value": "137"},
        {"name": "SIM_EXIT_REASON", "value": "OOMKilled"}, {"name": "SIM_EXIT_AFTER_MS", "value": "1500"}],
        "image": "busybox:1.36", "name": "c", "resources": {"limits": {"memory": "32Mi"}}}]}});
    let expected = json!({"kind": "Pod", "apiVersion": "v1", "spec": {"containers": [{"name": "c",
        "image": "busybox:1.36", "env": [{"name": "SIM_EXIT_CODE", "value": "137"},
        {"name": "SIM_EXIT_REASON", "value": "OOMKilled"}, {"name": "SIM_EXIT_AFTER_MS", "value": "1500"}],
        "resources": {"limits": {"memory": "32Mi"}, "requests": {"memory": "32Mi"}},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent"}], "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst", "securityContext": {},
        "schedulerName": "default-scheduler", "enableServiceLinks": true}, "status": {"phase": "Pending",
        "qosClass": "Burstable"}});
    assert_eq!(answer(request), expected);
}

/// Without what admission adds.
#[test]
fn pod_f_liveness() {
    let request = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "f-liveness",
        "namespace": "demo"}, "spec": {"containers": [{"image": "nginx:1.27",
        "livenessProbe": {"failureThreshold": 2, "httpGet": {"path": "/fail", "port": 80},
        "periodSeconds": 2}, "name": "c"}], "terminationGracePeriodSeconds": 2}});
    let expected = json!({"kind": "Pod", "apiVersion": "v1", "spec": {"containers": [{"name": "c",
        "image": "nginx:1.27", "resources": {}, "livenessProbe": {"httpGet": {"path": "/fail", "port": 80,
        "scheme": "HTTP"}, "timeoutSeconds": 1, "periodSeconds": 2, "successThreshold": 1,
        "failureThreshold": 2}, "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File", "imagePullPolicy": "IfNotPresent"}], "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 2, "dnsPolicy": "ClusterFirst", "securityContext": {},
        "schedulerName": "default-scheduler", "enableServiceLinks": true}, "status": {"phase": "Pending",
        "qosClass": "BestEffort"}});
    assert_eq!(answer(request), expected);
}

/// Without what admission adds.
#[test]
fn pod_f_nosecretvol() {
    let request = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "f-nosecretvol",
        "namespace": "demo"}, "spec": {"containers": [{"image": "nginx:1.27", "name": "c",
        "volumeMounts": [{"mountPath": "/s", "name": "s"}]}], "volumes": [{"name": "s",
        "secret": {"secretName": "missing-secret"}}]}});
    let expected = json!({"kind": "Pod", "apiVersion": "v1", "spec": {"volumes": [{"name": "s",
        "secret": {"secretName": "missing-secret", "defaultMode": 420}}], "containers": [{"name": "c",
        "image": "nginx:1.27", "resources": {}, "volumeMounts": [{"name": "s", "mountPath": "/s"}],
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent"}], "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst", "securityContext": {},
        "schedulerName": "default-scheduler", "enableServiceLinks": true}, "status": {"phase": "Pending",
        "qosClass": "BestEffort"}});
    assert_eq!(answer(request), expected);
}

/// Without what admission adds.
#[test]
fn pod_f_initok() {
    let request = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "f-initok",
        "namespace": "demo"}, "spec": {"containers": [{"image": "nginx:1.27", "name": "c"}],
        "initContainers": [{"env": [{"name": "SIM_EXIT_CODE", "value": "0"}, {"name": "SIM_EXIT_AFTER_MS",
        "value": "1500"}], "image": "busybox:1.36", "name": "i"}, {"image": "busybox:1.36",
        "name": "sidecar", "restartPolicy": "Always"}]}});
    let expected = json!({"kind": "Pod", "apiVersion": "v1", "spec": {"initContainers": [{"name": "i",
        "image": "busybox:1.36", "env": [{"name": "SIM_EXIT_CODE", "value": "0"},
        {"name": "SIM_EXIT_AFTER_MS", "value": "1500"}], "resources": {},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent"}, {"name": "sidecar", "image": "busybox:1.36", "resources": {},
        "restartPolicy": "Always", "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File", "imagePullPolicy": "IfNotPresent"}],
        "containers": [{"name": "c", "image": "nginx:1.27", "resources": {},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent"}], "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst", "securityContext": {},
        "schedulerName": "default-scheduler", "enableServiceLinks": true}, "status": {"phase": "Pending",
        "qosClass": "BestEffort"}});
    assert_eq!(answer(request), expected);
}

/// Without what admission adds.
#[test]
fn pod_f_priv() {
    let request = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "f-priv",
        "namespace": "demo"}, "spec": {"containers": [{"image": "nginx:1.27", "name": "a",
        "securityContext": {"privileged": true}}]}});
    let expected = json!({"kind": "Pod", "apiVersion": "v1", "spec": {"containers": [{"name": "a",
        "image": "nginx:1.27", "resources": {}, "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File", "imagePullPolicy": "IfNotPresent",
        "securityContext": {"privileged": true}}], "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst", "securityContext": {},
        "schedulerName": "default-scheduler", "enableServiceLinks": true}, "status": {"phase": "Pending",
        "qosClass": "BestEffort"}});
    assert_eq!(answer(request), expected);
}
