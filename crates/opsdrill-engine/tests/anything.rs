//! Whatever is asked at the door, however spoilt the document: an answer, no panic, and nothing changed by what was refused.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]

use opsdrill_engine::api::{Identity, Options, PatchType, Payload, Request, Target, Verb};
use opsdrill_engine::{Cluster, ClusterConfig, SimDuration};
use opsdrill_objects::Kind;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Manifests that are good as they are.
#[expect(clippy::too_many_lines, reason = "it is a list")]
fn manifests() -> Vec<Value> {
    let template = json!({
        "metadata": { "labels": { "app": "web" } },
        "spec": {
            "containers": [{
                "name": "web", "image": "nginx:1.27", "args": ["-g"], "ports": [{ "containerPort": 80, "name": "http" }],
                "env": [{ "name": "A", "value": "1" }, { "name": "B", "valueFrom": { "fieldRef": { "fieldPath": "metadata.name" } } }],
                "resources": { "requests": { "cpu": "100m" }, "limits": { "memory": "64Mi" } },
                "readinessProbe": { "httpGet": { "path": "/", "port": "http" }, "periodSeconds": 5 },
                "volumeMounts": [{ "name": "data", "mountPath": "/data" }],
            }],
            "volumes": [{ "name": "data", "configMap": { "name": "web", "items": [{ "key": "a", "path": "b" }] } }],
            "tolerations": [{ "key": "a", "operator": "Exists" }],
            "affinity": { "podAntiAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": [{
                "topologyKey": "kubernetes.io/hostname", "labelSelector": { "matchLabels": { "app": "web" } },
            }] } },
        },
    });
    let selector = json!({ "matchLabels": { "app": "web" } });
    let object = |version: &str, kind: &str, fields: Value| {
        let mut object = json!({ "apiVersion": version, "kind": kind, "metadata": {
            "name": "web", "labels": { "app": "web" }, "annotations": { "a": "b" },
        } });
        object.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        object
    };
    let metric = json!({ "type": "Resource", "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 50 } } });
    vec![
        object("v1", "Pod", json!({ "spec": template["spec"] })),
        object("v1", "ConfigMap", json!({ "data": { "a": "b" }, "binaryData": { "c": "AAAA" } })),
        object("v1", "Secret", json!({ "type": "Opaque", "data": { "a": "Yg==" } })),
        object(
            "v1",
            "Service",
            json!({ "spec": { "type": "NodePort", "selector": { "app": "web" }, "ports": [{ "port": 80, "targetPort": "http", "nodePort": 30080 }] } }),
        ),
        object(
            "apps/v1",
            "Deployment",
            json!({ "spec": {
            "replicas": 2, "selector": selector, "template": template,
            "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxSurge": "25%", "maxUnavailable": 1 } },
        } }),
        ),
        object(
            "apps/v1",
            "StatefulSet",
            json!({ "spec": { "serviceName": "web", "selector": selector, "template": template } }),
        ),
        object(
            "apps/v1",
            "DaemonSet",
            json!({ "spec": { "selector": selector, "template": template } }),
        ),
        object(
            "batch/v1",
            "CronJob",
            json!({ "spec": { "schedule": "*/5 * * * *", "jobTemplate": { "spec": { "template": template } } } }),
        ),
        object(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            json!({ "spec": { "maxReplicas": 3, "metrics": [metric], "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" } } }),
        ),
        object(
            "policy/v1",
            "PodDisruptionBudget",
            json!({ "spec": { "minAvailable": "50%", "selector": selector } }),
        ),
        object(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            json!({ "spec": { "podSelector": selector, "ingress": [{ "ports": [{ "port": 80 }], "from": [{ "ipBlock": { "cidr": "10.0.0.0/8" } }] }] } }),
        ),
        object(
            "networking.k8s.io/v1",
            "Ingress",
            json!({ "spec": { "rules": [{ "host": "a.b", "http": { "paths": [{ "path": "/", "pathType": "Prefix", "backend": { "service": { "name": "web", "port": { "number": 80 } } } }] } }] } }),
        ),
        object(
            "rbac.authorization.k8s.io/v1",
            "Role",
            json!({ "rules": [{ "apiGroups": [""], "resources": ["pods"], "verbs": ["get"] }] }),
        ),
        object(
            "v1",
            "ResourceQuota",
            json!({ "spec": { "hard": { "pods": "4", "requests.cpu": "2" } } }),
        ),
        object(
            "v1",
            "PersistentVolumeClaim",
            json!({ "spec": { "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } } } }),
        ),
    ]
}

/// What a field may be spoilt with.
fn spoilt() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!({})),
        Just(json!([])),
        Just(json!([null])),
        Just(json!([{}])),
        Just(json!({ "$patch": "replace" })),
        Just(json!({ "$patch": "delete", "name": "web" })),
        Just(json!([{ "$patch": "delete" }])),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop_oneof![Just(-1_i64), Just(0), Just(1 << 31), Just(i64::MAX), Just(65_536)]
            .prop_map(Value::from),
        Just(json!(1.5)),
        "[ -~]{0,12}".prop_map(Value::from),
        prop_oneof![
            Just("9".repeat(400)),
            Just("a".repeat(300)),
            Just("-1".into()),
            Just("999999999999Gi".into()),
            Just("1e99".into()),
            Just("../..".into()),
            Just("10.0.0.0/99".into()),
            Just("\u{0}é".into()),
            Just("0 0 31 2 *".into()),
            Just("101%".into()),
        ]
        .prop_map(Value::from),
    ]
}

/// Puts a value in place of the `at`-th part of a document, or takes that part out.
fn spoil(document: &mut Value, at: usize, value: Option<&Value>) {
    let mut pointers = Vec::new();
    parts(document, &mut String::new(), &mut pointers);
    // Name and kind stay: without them nothing is reached.
    pointers.retain(|it| {
        !["", "/kind", "/apiVersion", "/metadata", "/metadata/name"].contains(&it.as_str())
    });
    let pointer = &pointers[at % pointers.len()];
    if let Some(value) = value {
        *document.pointer_mut(pointer).unwrap() = value.clone();
        return;
    }
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Object(fields) => drop(fields.remove(key)),
        Value::Array(items) => drop(items.remove(key.parse().unwrap())),
        _ => unreachable!("a part is in something"),
    }
}

fn parts(value: &Value, at: &mut String, pointers: &mut Vec<String>) {
    pointers.push(at.clone());
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => {
            fields.iter().map(|(key, it)| (key.replace('~', "~0").replace('/', "~1"), it)).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, it)| (index.to_string(), it)).collect()
        }
        _ => Vec::new(),
    };
    for (key, child) in children.into_iter().filter(|it| !it.0.contains('~')) {
        let length = at.len();
        at.push('/');
        at.push_str(&key);
        parts(child, at, pointers);
        at.truncate(length);
    }
}

/// One request: which manifest, how it is spoilt, and what is done with it.
#[derive(Clone, Debug)]
struct Step {
    manifest: usize,
    spoilt: Vec<(usize, Option<Value>)>,
    verb: u8,
}

fn step() -> impl Strategy<Value = Step> {
    let spoilt =
        prop::collection::vec((any::<usize>(), prop::option::weighted(0.8, spoilt())), 0..3);
    (0..manifests().len(), spoilt, 0..7_u8).prop_map(|(manifest, spoilt, verb)| Step {
        manifest,
        spoilt,
        verb,
    })
}

/// The request of a step.
fn request(step: &Step) -> Request {
    let mut document = manifests().swap_remove(step.manifest);
    for (at, value) in &step.spoilt {
        spoil(&mut document, *at, value.as_ref());
    }
    let text = |key: &str| document[key].as_str().unwrap().to_owned();
    let kind = Kind::by_name(&text("apiVersion"), &text("kind")).unwrap();
    let target = Target::one(kind, "default", if step.verb == 0 { "" } else { "web" });
    let operations = || {
        let mut pointers = Vec::new();
        parts(&document, &mut String::new(), &mut pointers);
        let replace =
            |it: &String| json!({ "op": "replace", "path": it, "value": document.pointer(it) });
        Value::from(pointers.iter().skip(1).map(replace).collect::<Vec<_>>())
    };
    let verb = match step.verb {
        0 => Verb::Create(Payload::Document(document.clone())),
        1 => Verb::Update(Payload::Document(document.clone())),
        2 => Verb::Patch(PatchType::Strategic, document.clone()),
        3 => Verb::Patch(PatchType::Merge, document.clone()),
        4 => Verb::Patch(PatchType::Apply, document.clone()),
        5 => Verb::Patch(PatchType::Json, operations()),
        _ => Verb::Delete,
    };
    let options = Options {
        field_manager: format!("m{}", step.spoilt.len()),
        force: true,
        ..Options::default()
    };
    Request { verb, target, options }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn an_answer_and_nothing_broken(steps in prop::collection::vec(step(), 1..12)) {
        let mut cluster = Cluster::new(ClusterConfig::default());
        cluster.bootstrap();
        let me = Identity::admin("trainee");
        for step in &steps {
            let request = request(step);
            let look = Request::get(request.target.kind, "default", "web");
            let stored = |cluster: &mut Cluster| cluster.handle(&me, look.clone()).object().ok().map(|it| it.to_value());
            let before = stored(&mut cluster);
            match cluster.handle(&me, request).result {
                Ok(_) => {
                    let later = cluster.now() + SimDuration::seconds(2);
                    cluster.advance(later);
                }
                Err(status) => {
                    prop_assert!((400..600).contains(&status.code), "{status:?}");
                    prop_assert!(!status.message.is_empty());
                    prop_assert_eq!(before, stored(&mut cluster));
                }
            }
        }
    }
}
