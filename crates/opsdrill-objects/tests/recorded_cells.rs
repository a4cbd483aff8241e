//! Cells computed from recorded objects, against what `kubectl get` printed of them.

use opsdrill_objects::Kind;
use opsdrill_objects::decode::decode_object;
use serde_json::{Value, json};

/// 2026-11-22T21:27:16Z, when the pods were listed.
const NOW: i64 = 1_795_382_836;

/// The cells of a document.
fn cells(document: Value, now: i64) -> Vec<String> {
    let text = |key: &str| document[key].as_str().expect("a text").to_owned();
    let kind = Kind::by_name(&text("apiVersion"), &text("kind")).expect("a known kind");
    let object = decode_object(kind, document).expect("a good document").value;
    let cells = (kind.info().cells)(&object, now);
    assert_eq!(cells.len(), kind.info().columns.len());
    cells
}

/// A line of output cut into cells.
fn line(text: &str) -> Vec<String> {
    text.split("  ").map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "called with literals")]
fn pod(metadata: Value, spec: Value, status: Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status })
}

fn check_pod(document: Value, expected: &str) {
    let cells = cells(document, NOW);
    assert_eq!(cells[..5], line(expected));
}

#[test]
fn pod_agent_8s5hf() {
    let document = pod(
        json!({"name": "agent-8s5hf", "creationTimestamp": "2026-11-22T21:26:11Z"}),
        json!({"containers": [{"name": "agent"}]}),
        json!({"phase": "Running", "containerStatuses": [{"name": "agent", "ready": true,
            "restartCount": 0, "started": true, "state": {"running": {}}}]}),
    );
    check_pod(document, "agent-8s5hf   1/1   Running   0   65s");
}

#[test]
fn pod_badjob_4b2kh() {
    let document = pod(
        json!({"name": "badjob-4b2kh", "creationTimestamp": "2026-11-22T21:26:11Z"}),
        json!({"containers": [{"name": "m"}]}),
        json!({"phase": "Failed", "containerStatuses": [{"name": "m", "ready": false, "restartCount": 0,
            "started": false, "state": {"terminated": {"exitCode": 1, "finishedAt": "2026-11-22T21:26:12Z",
            "reason": "Error"}}}]}),
    );
    check_pod(document, "badjob-4b2kh   0/1   Error   0   65s");
}

#[test]
fn pod_f_badname() {
    let document = pod(
        json!({"name": "f-badname", "creationTimestamp": "2026-11-22T21:26:17Z"}),
        json!({"containers": [{"name": "c"}]}),
        json!({"phase": "Pending", "containerStatuses": [{"name": "c", "ready": false, "restartCount": 0,
            "started": false, "state": {"waiting": {"reason": "InvalidImageName"}}}]}),
    );
    check_pod(document, "f-badname   0/1   InvalidImageName   0   59s");
}

#[test]
fn pod_f_cpu() {
    let document = pod(
        json!({"name": "f-cpu", "creationTimestamp": "2026-11-22T21:26:17Z"}),
        json!({"containers": [{"name": "c"}]}),
        json!({"phase": "Pending"}),
    );
    check_pod(document, "f-cpu   0/1   Pending   0   59s");
}

#[test]
fn pod_f_crash() {
    let document = pod(
        json!({"name": "f-crash", "creationTimestamp": "2026-11-22T21:26:17Z"}),
        json!({"containers": [{"name": "c"}]}),
        json!({"phase": "Running", "containerStatuses": [{"lastState": {"terminated": {"exitCode": 1,
            "finishedAt": "2026-11-22T21:26:35Z", "reason": "Error"}}, "name": "c", "ready": false,
            "restartCount": 3, "started": false, "state": {"terminated": {"exitCode": 1,
            "finishedAt": "2026-11-22T21:27:02Z", "reason": "Error"}}}]}),
    );
    check_pod(document, "f-crash   0/1   Error   3 (41s ago)   59s");
}

#[test]
fn pod_f_init() {
    let document = pod(
        json!({"name": "f-init", "creationTimestamp": "2026-11-22T21:26:17Z"}),
        json!({"initContainers": [{"name": "i"}], "containers": [{"name": "c"}]}),
        json!({"phase": "Pending", "initContainerStatuses": [{"lastState": {"terminated": {"exitCode": 2,
            "finishedAt": "2026-11-22T21:27:00Z", "reason": "Error"}}, "name": "i", "ready": false,
            "restartCount": 3, "started": false, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}],
            "containerStatuses": [{"name": "c", "ready": false, "restartCount": 0, "started": false,
            "state": {"waiting": {"reason": "PodInitializing"}}}]}),
    );
    check_pod(document, "f-init   0/1   Init:CrashLoopBackOff   3 (16s ago)   59s");
}

#[test]
fn pod_f_initok() {
    let document = pod(
        json!({"name": "f-initok", "creationTimestamp": "2026-11-22T21:26:17Z"}),
        json!({"initContainers": [{"name": "i"}, {"name": "sidecar", "restartPolicy": "Always"}],
            "containers": [{"name": "c"}]}),
        json!({"phase": "Running", "initContainerStatuses": [{"name": "i", "ready": true,
            "restartCount": 0, "started": false, "state": {"terminated": {"exitCode": 0,
            "finishedAt": "2026-11-22T21:26:19Z", "reason": "Completed"}}}, {"name": "sidecar",
            "ready": true, "restartCount": 0, "started": true, "state": {"running": {}}}],
            "containerStatuses": [{"name": "c", "ready": true, "restartCount": 0, "started": true,
            "state": {"running": {}}}]}),
    );
    check_pod(document, "f-initok   2/2   Running   0   59s");
}

#[test]
fn pod_f_multi() {
    let document = pod(
        json!({"name": "f-multi", "creationTimestamp": "2026-11-22T21:26:17Z"}),
        json!({"containers": [{"name": "a"}, {"name": "b"}]}),
        json!({"phase": "Pending", "containerStatuses": [{"name": "a", "ready": true, "restartCount": 0,
            "started": true, "state": {"running": {}}}, {"name": "b", "ready": false, "restartCount": 0,
            "started": false, "state": {"waiting": {"reason": "ErrImagePull"}}}]}),
    );
    check_pod(document, "f-multi   1/2   ErrImagePull   0   59s");
}

#[test]
fn pod_f_nosecretvol() {
    let document = pod(
        json!({"name": "f-nosecretvol", "creationTimestamp": "2026-11-22T21:26:17Z"}),
        json!({"containers": [{"name": "c"}]}),
        json!({"phase": "Pending", "containerStatuses": [{"name": "c", "ready": false, "restartCount": 0,
            "started": false, "state": {"waiting": {"reason": "ContainerCreating"}}}]}),
    );
    check_pod(document, "f-nosecretvol   0/1   ContainerCreating   0   59s");
}

#[test]
fn pod_f_oom() {
    let document = pod(
        json!({"name": "f-oom", "creationTimestamp": "2026-11-22T21:26:17Z"}),
        json!({"containers": [{"name": "c"}]}),
        json!({"phase": "Running", "containerStatuses": [{"lastState": {"terminated": {"exitCode": 137,
            "finishedAt": "2026-11-22T21:26:37Z", "reason": "OOMKilled"}}, "name": "c", "ready": false,
            "restartCount": 3, "started": false, "state": {"terminated": {"exitCode": 137,
            "finishedAt": "2026-11-22T21:27:05Z", "reason": "OOMKilled"}}}]}),
    );
    check_pod(document, "f-oom   0/1   OOMKilled   3 (39s ago)   59s");
}

#[test]
fn pod_f_starterr() {
    let document = pod(
        json!({"name": "f-starterr", "creationTimestamp": "2026-11-22T21:26:17Z"}),
        json!({"containers": [{"name": "c"}]}),
        json!({"phase": "Pending", "containerStatuses": [{"lastState": {"waiting": {}}, "name": "c",
            "ready": false, "restartCount": 4, "started": false,
            "state": {"waiting": {"reason": "RunContainerError"}}}]}),
    );
    check_pod(document, "f-starterr   0/1   RunContainerError   4   59s");
}

#[test]
fn pod_f_startup() {
    let document = pod(
        json!({"name": "f-startup", "creationTimestamp": "2026-11-22T21:26:17Z"}),
        json!({"containers": [{"name": "c"}]}),
        json!({"phase": "Running", "containerStatuses": [{"lastState": {"terminated": {"exitCode": 137,
            "finishedAt": "2026-11-22T21:27:07Z", "reason": "Error"}}, "name": "c", "ready": false,
            "restartCount": 4, "started": false, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}),
    );
    check_pod(document, "f-startup   0/1   CrashLoopBackOff   4 (9s ago)   59s");
}

#[test]
fn pod_f_succeed() {
    let document = pod(
        json!({"name": "f-succeed", "creationTimestamp": "2026-11-22T21:26:17Z"}),
        json!({"containers": [{"name": "c"}]}),
        json!({"phase": "Succeeded", "containerStatuses": [{"name": "c", "ready": false, "restartCount": 0,
            "started": false, "state": {"terminated": {"exitCode": 0, "finishedAt": "2026-11-22T21:26:18Z",
            "reason": "Completed"}}}]}),
    );
    check_pod(document, "f-succeed   0/1   Completed   0   59s");
}

#[test]
fn service_web() {
    let document = json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"creationTimestamp": "2026-11-22T21:26:10Z", "name": "web"},
        "spec": {"clusterIP": "10.96.89.152", "clusterIPs": ["10.96.89.152"],
        "internalTrafficPolicy": "Cluster", "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
        "ports": [{"port": 80, "protocol": "TCP", "targetPort": "http"}], "selector": {"app": "web"},
        "sessionAffinity": "None", "type": "ClusterIP"}, "status": {"loadBalancer": {}}});
    let expected = "web   ClusterIP   10.96.89.152   <none>   80/TCP   35s   app=web";
    assert_eq!(cells(document, 1_795_382_805), line(expected));
}

#[test]
fn service_web_np() {
    let document = json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"creationTimestamp": "2026-11-22T21:26:10Z", "name": "web-np"},
        "spec": {"clusterIP": "10.96.1.235", "clusterIPs": ["10.96.1.235"],
        "externalTrafficPolicy": "Cluster", "internalTrafficPolicy": "Cluster", "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack", "ports": [{"nodePort": 30080, "port": 80, "protocol": "TCP",
        "targetPort": 80}], "selector": {"app": "web"}, "sessionAffinity": "None", "type": "NodePort"},
        "status": {"loadBalancer": {}}});
    let expected = "web-np   NodePort   10.96.1.235   <none>   80:30080/TCP   35s   app=web";
    assert_eq!(cells(document, 1_795_382_805), line(expected));
}

#[test]
fn service_web_lb() {
    let document = json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"creationTimestamp": "2026-11-22T21:26:10Z", "name": "web-lb"},
        "spec": {"allocateLoadBalancerNodePorts": true, "clusterIP": "10.96.174.65",
        "clusterIPs": ["10.96.174.65"], "externalTrafficPolicy": "Cluster",
        "internalTrafficPolicy": "Cluster", "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
        "ports": [{"nodePort": 32000, "port": 443, "protocol": "TCP", "targetPort": 80}],
        "selector": {"app": "web"}, "sessionAffinity": "None", "type": "LoadBalancer"},
        "status": {"loadBalancer": {}}});
    let expected =
        "web-lb   LoadBalancer   10.96.174.65   <pending>   443:32000/TCP   35s   app=web";
    assert_eq!(cells(document, 1_795_382_805), line(expected));
}

#[test]
fn replica_set() {
    let document = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {"creationTimestamp": "2026-11-22T21:26:10Z", "labels": {"app": "web",
        "pod-template-hash": "5689bb79b9"}, "name": "web-5689bb79b9"}, "spec": {"replicas": 3,
        "selector": {"matchLabels": {"app": "web", "pod-template-hash": "5689bb79b9"}},
        "template": {"metadata": {"creationTimestamp": null, "labels": {"app": "web",
        "pod-template-hash": "5689bb79b9"}}, "spec": {"containers": [{"name": "nginx",
        "image": "nginx:1.27"}]}}}, "status": {"availableReplicas": 3, "fullyLabeledReplicas": 3,
        "observedGeneration": 1, "readyReplicas": 3, "replicas": 3}});
    let expected = "web-5689bb79b9   3   3   3   34s   nginx   nginx:1.27   app=web,pod-template-hash=5689bb79b9";
    assert_eq!(cells(document, 1_795_382_804), line(expected));
}

#[test]
fn endpoints() {
    let document = json!({"apiVersion": "v1", "kind": "Endpoints",
        "metadata": {"creationTimestamp": "2026-11-22T21:26:10Z", "name": "web"},
        "subsets": [{"addresses": [{"ip": "10.244.0.2", "nodeName": "worker-0",
        "targetRef": {"kind": "Pod", "name": "web-5689bb79b9-zdkdw", "namespace": "demo",
        "uid": "31fd9cff-e252-40fb-b4c2-205f56ed1282"}}, {"ip": "10.244.1.3", "nodeName": "worker-1",
        "targetRef": {"kind": "Pod", "name": "web-5689bb79b9-bsqz8", "namespace": "demo",
        "uid": "e9c4467a-05f9-4598-9c8e-c3d248f3cb51"}}, {"ip": "10.244.2.2", "nodeName": "worker-2",
        "targetRef": {"kind": "Pod", "name": "web-5689bb79b9-5f42m", "namespace": "demo",
        "uid": "f261adf0-cd16-4e55-a1b7-f106987b759e"}}], "ports": [{"port": 80, "protocol": "TCP"}]}]});
    let expected = "web   10.244.0.2:80,10.244.1.3:80,10.244.2.2:80   35s";
    assert_eq!(cells(document, 1_795_382_805), line(expected));
}

#[test]
fn endpoint_slice() {
    let document = json!({"addressType": "IPv4", "apiVersion": "discovery.k8s.io/v1",
        "endpoints": [{"addresses": ["10.244.2.2"], "conditions": {"ready": true, "serving": true,
        "terminating": false}, "nodeName": "worker-2", "targetRef": {"kind": "Pod",
        "name": "web-5689bb79b9-5f42m", "namespace": "demo",
        "uid": "f261adf0-cd16-4e55-a1b7-f106987b759e"}, "zone": "zone-2"}, {"addresses": ["10.244.0.2"],
        "conditions": {"ready": true, "serving": true, "terminating": false}, "nodeName": "worker-0",
        "targetRef": {"kind": "Pod", "name": "web-5689bb79b9-zdkdw", "namespace": "demo",
        "uid": "31fd9cff-e252-40fb-b4c2-205f56ed1282"}, "zone": "zone-0"}, {"addresses": ["10.244.1.3"],
        "conditions": {"ready": true, "serving": true, "terminating": false}, "nodeName": "worker-1",
        "targetRef": {"kind": "Pod", "name": "web-5689bb79b9-bsqz8", "namespace": "demo",
        "uid": "e9c4467a-05f9-4598-9c8e-c3d248f3cb51"}, "zone": "zone-1"}], "kind": "EndpointSlice",
        "metadata": {"creationTimestamp": "2026-11-22T21:26:10Z",
        "labels": {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        "kubernetes.io/service-name": "web"}, "name": "web-p98zd"}, "ports": [{"name": "", "port": 80,
        "protocol": "TCP"}]});
    let expected = "web-p98zd   IPv4   80   10.244.2.2,10.244.0.2,10.244.1.3   36s";
    assert_eq!(cells(document, 1_795_382_806), line(expected));
}

#[test]
fn node() {
    let document = json!({"apiVersion": "v1", "kind": "Node",
        "metadata": {"creationTimestamp": "2026-11-22T21:26:00Z",
        "labels": {"beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": "worker-0", "kubernetes.io/os": "linux",
        "topology.kubernetes.io/zone": "zone-0"}, "name": "worker-0"},
        "spec": {"providerID": "kubemark://worker-0"}, "status": {"addresses": [{"address": "192.0.2.2",
        "type": "InternalIP"}, {"address": "worker-0", "type": "Hostname"}],
        "conditions": [{"status": "False", "type": "MemoryPressure"}, {"status": "False",
        "type": "DiskPressure"}, {"status": "False", "type": "PIDPressure"}, {"status": "True",
        "type": "Ready"}], "nodeInfo": {"architecture": "amd64", "bootID": "",
        "containerRuntimeVersion": "fakeRuntime://0.1.0", "kernelVersion": "3.16.0-0.bpo.4-amd64",
        "kubeProxyVersion": "v1.32.13", "kubeletVersion": "v1.32.13", "machineID": "",
        "operatingSystem": "linux", "osImage": "Debian GNU/Linux 7 (wheezy)", "systemUUID": ""}}});
    let expected = "worker-0   Ready   <none>   60s   v1.32.13   192.0.2.2   <none>   Debian GNU/Linux 7 (wheezy)   3.16.0-0.bpo.4-amd64   fakeRuntime://0.1.0";
    assert_eq!(cells(document, 1_795_382_820), line(expected));
}

/// The wide cells are those of the ReplicaSet above; the deployment itself was only listed without them.
#[test]
fn deployment() {
    let document = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web",
        "creationTimestamp": "2026-11-22T21:26:10Z"}, "spec": {"progressDeadlineSeconds": 600,
        "replicas": 3, "revisionHistoryLimit": 10, "selector": {"matchLabels": {"app": "web"}},
        "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
        "type": "RollingUpdate"}, "template": {"metadata": {"creationTimestamp": null,
        "labels": {"app": "web"}}, "spec": {"containers": [{"name": "nginx", "image": "nginx:1.27"}]}}},
        "status": {"availableReplicas": 3, "observedGeneration": 1, "readyReplicas": 3, "replicas": 3,
        "updatedReplicas": 3}});
    let cells = cells(document, 1_795_382_803);
    assert_eq!(cells[..5], line("web   3/3   3   3   33s"));
    assert_eq!(cells[5..], ["nginx", "nginx:1.27", "app=web"]);
}
