//! What admission adds and refuses beside validation: quotas, limits, pod security, priorities, budgets.

use opsdrill_engine::api::{Identity, PatchType, Payload, Request, Subresource, Target, Verb};
use opsdrill_engine::time::SimTime;
use opsdrill_engine::{Cluster, ClusterConfig};
use opsdrill_objects::{Kind, Status};
use serde_json::{Value, json};

fn me() -> Identity {
    Identity::admin("trainee")
}

/// A cluster with a namespace `q`, a second after its creation.
fn cluster() -> Cluster {
    let mut cluster = Cluster::new(ClusterConfig::default());
    cluster.bootstrap();
    create(&mut cluster, Kind::Namespace, "", json!({ "metadata": { "name": "q" } }))
        .expect("an administrator may");
    cluster.advance(SimTime(1_000));
    cluster
}

fn create(
    cluster: &mut Cluster,
    kind: Kind,
    namespace: &str,
    document: Value,
) -> Result<Value, Status> {
    let target = Target::one(kind, namespace, "");
    let request = Request::new(Verb::Create(Payload::Document(document)), target);
    Ok(cluster.handle(&me(), request).object()?.to_value())
}

fn pod(name: &str, container: Value) -> Value {
    let mut container = container;
    container["name"] = name.into();
    container["image"] = "nginx".into();
    json!({ "metadata": { "name": name }, "spec": { "containers": [container] } })
}

/// Recordings 293, 296 (its limits), 301 and 302.
#[test]
fn quotas_and_limits_as_recorded() {
    let mut cluster = cluster();
    let spec = json!({ "hard": { "pods": "2", "requests.cpu": "1", "configmaps": "3" } });
    let quota = json!({ "metadata": { "name": "rq" }, "spec": spec });
    create(&mut cluster, Kind::ResourceQuota, "q", quota).unwrap();
    let limits = json!([{ "type": "Container", "default": { "cpu": "200m" },
        "defaultRequest": { "cpu": "100m" }, "max": { "cpu": "500m" } }]);
    let range = json!({ "metadata": { "name": "lr" }, "spec": { "limits": limits } });
    create(&mut cluster, Kind::LimitRange, "q", range).unwrap();
    cluster.advance(SimTime(2_000));
    let first = create(&mut cluster, Kind::Pod, "q", pod("a", json!({}))).unwrap();
    assert_eq!(
        first["spec"]["containers"][0]["resources"],
        json!({ "limits": { "cpu": "200m" }, "requests": { "cpu": "100m" } })
    );
    assert_eq!(first["status"]["qosClass"], "Burstable");
    assert_eq!(
        first["metadata"]["annotations"]["kubernetes.io/limit-ranger"],
        "LimitRanger plugin set: cpu request for container a; cpu limit for container a"
    );
    let big = pod("big", json!({ "resources": { "limits": { "cpu": "2" } } }));
    assert_eq!(
        create(&mut cluster, Kind::Pod, "q", big).unwrap_err().message,
        "pods \"big\" is forbidden: maximum cpu usage per Container is 500m, but limit is 2"
    );
    create(&mut cluster, Kind::Pod, "q", pod("b", json!({}))).unwrap();
    assert_eq!(
        create(&mut cluster, Kind::Pod, "q", pod("more", json!({}))).unwrap_err().message,
        "pods \"more\" is forbidden: exceeded quota: rq, requested: pods=1, used: pods=2, limited: pods=2"
    );
    let used = |cluster: &Cluster| {
        let quota = cluster.view().get(Kind::ResourceQuota, "q", "rq").expect("it is there");
        quota.to_value()["status"]["used"].clone()
    };
    let full = json!({ "configmaps": "1", "pods": "2", "requests.cpu": "200m" });
    assert_eq!(used(&cluster), full);
    cluster.handle(&me(), Request::delete(Kind::Pod, "q", "a")).result.unwrap();
    cluster.advance(SimTime(3_000));
    assert_eq!(used(&cluster), json!({ "configmaps": "1", "pods": "1", "requests.cpu": "100m" }));
}

#[test]
fn who_has_a_quota_of_memory_says_how_much() {
    let mut cluster = cluster();
    let quota =
        json!({ "metadata": { "name": "m" }, "spec": { "hard": { "limits.memory": "1Gi" } } });
    create(&mut cluster, Kind::ResourceQuota, "q", quota).unwrap();
    assert_eq!(
        create(&mut cluster, Kind::Pod, "q", pod("p", json!({}))).unwrap_err().message,
        "pods \"p\" is forbidden: failed quota: m: must specify limits.memory for: p"
    );
}

/// Recordings 304 to 306.
#[test]
fn pod_security_refuses_pods_and_warns_about_templates() {
    let mut cluster = cluster();
    let labels = json!({ "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/warn": "restricted" });
    let psa = json!({ "metadata": { "name": "psa", "labels": labels } });
    create(&mut cluster, Kind::Namespace, "", psa).unwrap();
    cluster.advance(SimTime(2_000));
    let complaint = |name: &str| {
        format!(
            "\"restricted:latest\": allowPrivilegeEscalation != false (container \"{name}\" must set \
             securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container \"{name}\" must set \
             securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true (pod or container \"{name}\" must set \
             securityContext.runAsNonRoot=true), seccompProfile (pod or container \"{name}\" must set \
             securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")"
        )
    };
    assert_eq!(
        create(&mut cluster, Kind::Pod, "psa", pod("x", json!({}))).unwrap_err().message,
        format!("pods \"x\" is forbidden: violates PodSecurity {}", complaint("x"))
    );
    let labels = json!({ "app": "x" });
    let template = json!({ "metadata": { "labels": labels },
        "spec": { "containers": [{ "name": "nginx", "image": "nginx" }] } });
    let document = json!({ "metadata": { "name": "x" },
        "spec": { "selector": { "matchLabels": labels }, "template": template } });
    let target = Target::one(Kind::Deployment, "psa", "");
    let request = Request::new(Verb::Create(Payload::Document(document)), target);
    let reply = cluster.handle(&me(), request);
    assert_eq!(reply.warnings, [format!("would violate PodSecurity {}", complaint("nginx"))]);
    assert!(reply.result.is_ok());
}

#[test]
fn a_pod_has_the_priority_of_its_class() {
    let mut cluster = cluster();
    let mut document = pod("p", json!({}));
    document["spec"]["priorityClassName"] = "system-node-critical".into();
    let stored = create(&mut cluster, Kind::Pod, "q", document.clone()).unwrap();
    assert_eq!(stored["spec"]["priority"], 2_000_001_000);
    document["spec"]["priorityClassName"] = "nope".into();
    document["metadata"]["name"] = "other".into();
    assert_eq!(
        create(&mut cluster, Kind::Pod, "q", document).unwrap_err().message,
        "pods \"other\" is forbidden: no PriorityClass with name nope was found"
    );
}

/// What `kubectl debug --copy-to` sends: the copy has the other pod's token volume, and a container without it.
#[test]
fn the_copy_of_a_pod_has_one_token() {
    let mut cluster = cluster();
    let first = create(&mut cluster, Kind::Pod, "q", pod("first", json!({}))).unwrap();
    let mut copy = json!({ "metadata": { "name": "copy" }, "spec": first["spec"] });
    let more = json!({ "name": "debugger", "image": "busybox" });
    copy["spec"]["containers"].as_array_mut().unwrap().push(more);
    let stored = create(&mut cluster, Kind::Pod, "q", copy).unwrap();
    assert_eq!(stored["spec"]["volumes"], first["spec"]["volumes"]);
    let mounts = &first["spec"]["containers"][0]["volumeMounts"];
    for container in stored["spec"]["containers"].as_array().unwrap() {
        assert_eq!(container["volumeMounts"], *mounts);
    }
}

#[test]
fn a_budget_that_is_spent_keeps_a_pod() {
    let mut cluster = cluster();
    let spec = json!({ "minAvailable": 1, "selector": { "matchLabels": { "app": "x" } } });
    let budget = json!({ "metadata": { "name": "x" }, "spec": spec });
    create(&mut cluster, Kind::PodDisruptionBudget, "q", budget).unwrap();
    let mut document = pod("p", json!({}));
    document["metadata"]["labels"] = json!({ "app": "x" });
    create(&mut cluster, Kind::Pod, "q", document).unwrap();
    let mut running = (**cluster.view().get(Kind::Pod, "q", "p").expect("stored")).clone();
    running.pod_mut().expect("a pod").status.phase = Some("Running".into());
    cluster.handle(&me(), Request::update_status(running)).result.unwrap();
    cluster.advance(SimTime(2_000));
    let target = Target::one(Kind::Pod, "q", "p").with(Subresource::Eviction);
    let request = Request::new(Verb::Create(Payload::Document(json!({}))), target);
    let refused = cluster.handle(&me(), request).result.unwrap_err();
    assert_eq!((refused.code, refused.reason), (429, "TooManyRequests"));
    assert_eq!(
        refused.to_value()["details"]["causes"],
        json!([{ "reason": "DisruptionBudget",
            "message": "The disruption budget x needs 1 healthy pods and has 0 currently" }])
    );
    let budget = cluster.view().get(Kind::PodDisruptionBudget, "q", "x").expect("stored");
    assert_eq!(budget.to_value()["status"]["conditions"][0]["reason"], "InsufficientPods");
}

/// `WarningsOnCreate` and `WarningsOnUpdate` of the kinds that hold a template of pods.
#[test]
fn templates_are_warned_of_wherever_they_stand() {
    let mut cluster = cluster();
    let key = "seccomp.security.alpha.kubernetes.io/pod";
    let template = json!({
        "metadata": { "labels": { "app": "web" }, "annotations": { key: "runtime/default" } },
        "spec": { "restartPolicy": "Always", "containers": [{ "name": "c", "image": "nginx" }] },
    });
    let mut once = template.clone();
    once["spec"]["restartPolicy"] = "Never".into();
    let job = json!({ "spec": { "template": once } });
    let controller = json!({ "metadata": { "name": "web" }, "spec": { "template": template } });
    let cron = json!({ "metadata": { "name": "web" }, "spec": { "schedule": "0 0 1 1 *", "jobTemplate": job } });
    let bare = json!({ "metadata": { "name": "web" }, "template": template });
    for (kind, document, place) in [
        (Kind::ReplicationController, controller, "spec.template."),
        (Kind::CronJob, cron, "spec.jobTemplate.spec.template."),
        (Kind::PodTemplate, bare, "template."),
    ] {
        let target = Target::one(kind, "q", "");
        let request = Request::new(Verb::Create(Payload::Document(document)), target);
        let warning = format!(
            "{place}metadata.annotations[{key}]: non-functional in v1.27+; use the \"seccompProfile\" field instead"
        );
        let told = cluster.handle(&me(), request).warnings;
        assert_eq!(told, std::slice::from_ref(&warning), "{kind:?}");
        let mut patch = |patch: Value| {
            let verb = Verb::Patch(PatchType::Merge, patch);
            cluster.handle(&me(), Request::new(verb, Target::one(kind, "q", "web"))).warnings
        };
        assert!(patch(json!({ "metadata": { "labels": { "a": "b" } } })).is_empty(), "{kind:?}");
        if kind == Kind::ReplicationController {
            assert_eq!(patch(json!({ "spec": { "replicas": 2 } })), [warning]);
        }
    }
}

/// A webhook about pods of namespaces with a label, behind a Service of the namespace `q`.
fn webhook(policy: &str) -> Value {
    let client = json!({ "service": { "namespace": "q", "name": "policy", "path": "/validate" } });
    let rules = json!([{ "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"],
        "resources": ["pods"] }]);
    let selector = json!({ "matchLabels": { "kubernetes.io/metadata.name": "q" } });
    json!({ "metadata": { "name": "policy" }, "webhooks": [{
        "name": "validate.policy.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None",
        "failurePolicy": policy, "clientConfig": client, "rules": rules, "namespaceSelector": selector,
    }] })
}

/// The words of `webhook.ErrCallingWebhook`, of the resolver of Services, and of Go's dialler.
#[test]
fn webhooks_that_do_not_answer_refuse_what_they_are_about() {
    let mut cluster = cluster();
    let kind = Kind::ValidatingWebhookConfiguration;
    create(&mut cluster, kind, "", webhook("Fail")).unwrap();
    let begin = "Internal error occurred: failed calling webhook \"validate.policy.example.com\": \
                 failed to call webhook: Post \"https://policy.q.svc:443/validate?timeout=10s\": ";
    let refused = create(&mut cluster, Kind::Pod, "q", pod("a", json!({}))).unwrap_err();
    assert_eq!(refused.message, format!("{begin}service \"policy\" not found"));
    assert_eq!((refused.code, refused.reason), (500, "InternalError"));
    // Another kind, another namespace, the configuration itself: they are not asked about.
    create(&mut cluster, Kind::ConfigMap, "q", json!({ "metadata": { "name": "a" } })).unwrap();
    create(&mut cluster, Kind::Pod, "default", pod("a", json!({}))).unwrap();
    let service = json!({ "metadata": { "name": "policy" },
        "spec": { "clusterIP": "10.96.0.77", "selector": { "app": "policy" }, "ports": [{ "port": 443 }] } });
    create(&mut cluster, Kind::Service, "q", service).unwrap();
    let refused = create(&mut cluster, Kind::Pod, "q", pod("a", json!({}))).unwrap_err();
    let why = "dial tcp 10.96.0.77:443: connect: connection refused";
    assert_eq!(refused.message, format!("{begin}{why}"));
    let target = Target::one(kind, "", "policy");
    let patch = json!({ "webhooks": [{ "name": "validate.policy.example.com", "failurePolicy": "Ignore" }] });
    let request = Request::new(Verb::Patch(PatchType::Strategic, patch), target);
    cluster.handle(&me(), request).object().unwrap();
    create(&mut cluster, Kind::Pod, "q", pod("a", json!({}))).unwrap();
}
