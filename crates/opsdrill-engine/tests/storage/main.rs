//! Claims, volumes and classes on a whole cluster, with scheduler and kubelets.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]

mod stage;

use opsdrill_engine::ClusterConfig;
use opsdrill_engine::api::{PatchType, Payload, Subresource, Verb};
use opsdrill_objects::Kind;
use serde_json::{Value, json};

use self::stage::Stage;

const CLAIM: Kind = Kind::PersistentVolumeClaim;
const VOLUME: Kind = Kind::PersistentVolume;
/// The binding mode of classes whose claims wait for a pod.
const WAIT: &str = "WaitForFirstConsumer";

#[test]
fn a_claim_gets_the_smallest_volume_that_fits() {
    let mut stage = Stage::new();
    stage.volume("large", "10Gi", &json!({}));
    stage.volume("small", "500Mi", &json!({}));
    stage.volume("middle", "2Gi", &json!({}));
    stage.volume("other-class", "1Gi", &json!({ "storageClassName": "fast" }));
    stage.volume("read-only", "1Gi", &json!({ "accessModes": ["ReadOnlyMany"] }));
    stage.volume("device", "1Gi", &json!({ "volumeMode": "Block" }));
    stage.pass(1);
    assert_eq!(stage.phase(VOLUME, "large"), "Available");
    stage.claim("data", &json!({ "storageClassName": "manual" }));
    stage.pass(1);
    assert_eq!(stage.bound("data"), ("Bound".to_owned(), "middle".to_owned()));
    let claim = stage.get(CLAIM, "data");
    assert_eq!(claim["status"]["capacity"], json!({ "storage": "2Gi" }));
    assert_eq!(claim["status"]["accessModes"], json!(["ReadWriteOnce"]));
    assert_eq!(claim["metadata"]["finalizers"], json!(["kubernetes.io/pvc-protection"]));
    let signs = json!({
        "pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes",
    });
    assert_eq!(claim["metadata"]["annotations"], signs);
    let volume = stage.get(VOLUME, "middle");
    assert_eq!(volume["status"]["phase"], "Bound");
    assert_eq!(volume["spec"]["claimRef"]["uid"], claim["metadata"]["uid"]);
    assert_eq!(volume["metadata"]["finalizers"], json!(["kubernetes.io/pv-protection"]));
    // A selector is for labels.
    let selector = json!({ "matchLabels": { "disk": "large" } });
    stage.claim("chosen", &json!({ "storageClassName": "manual", "selector": selector }));
    stage.pass(1);
    assert_eq!(stage.bound("chosen").1, "large");
}

#[test]
fn a_claim_that_gets_nothing_says_why() {
    let mut stage = Stage::new();
    stage.claim("classless", &json!({ "storageClassName": "" }));
    stage.claim("lost-class", &json!({ "storageClassName": "fast" }));
    stage.class("disks", "kubernetes.io/no-provisioner", &json!({}));
    stage.claim("by-hand", &json!({ "storageClassName": "disks" }));
    stage.class("cloud", "kubernetes.io/aws-ebs", &json!({}));
    stage.claim("far", &json!({ "storageClassName": "cloud" }));
    stage.volume("tiny", "1Mi", &json!({}));
    stage.claim("named", &json!({ "storageClassName": "manual", "volumeName": "tiny" }));
    stage.pass(20);
    let component = "persistentvolume-controller";
    stage.is_told(
        "classless",
        &format!("Normal FailedBinding {component}: no persistent volumes available for this claim and no storage class is set"),
    );
    stage.is_told(
        "lost-class",
        &format!(
            "Warning ProvisioningFailed {component}: storageclass.storage.k8s.io \"fast\" not found"
        ),
    );
    stage.is_told(
        "by-hand",
        &format!("Warning ProvisioningFailed {component}: no volume plugin matched name: kubernetes.io/no-provisioner"),
    );
    stage.is_told(
        "far",
        &format!("Normal ExternalProvisioning {component}: Waiting for a volume to be created either by the external provisioner 'ebs.csi.aws.com' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered."),
    );
    stage.is_told(
        "named",
        &format!("Warning VolumeMismatch {component}: Cannot bind to requested volume \"tiny\": requested PV is too small"),
    );
    for claim in ["classless", "lost-class", "by-hand", "far", "named"] {
        assert_eq!(stage.phase(CLAIM, claim), "Pending", "{claim}");
    }
    // The cure: somebody makes the volume. The binder looks every 15 seconds.
    stage.volume("cure", "1Gi", &json!({ "storageClassName": "fast" }));
    stage.pass(16);
    assert_eq!(stage.bound("lost-class"), ("Bound".to_owned(), "cure".to_owned()));
}

#[test]
fn a_retained_volume_is_released_and_freed_by_hand() {
    let mut stage = Stage::new();
    stage.volume("disk", "1Gi", &json!({}));
    stage.claim("data", &json!({ "storageClassName": "manual" }));
    stage.pass(1);
    stage.delete(CLAIM, "data");
    stage.pass(1);
    assert_eq!(
        (stage.phase(CLAIM, "data").as_str(), stage.phase(VOLUME, "disk").as_str()),
        ("gone", "Released")
    );
    // A new claim of the same name is another one.
    stage.claim("data", &json!({ "storageClassName": "manual" }));
    stage.pass(20);
    assert_eq!(stage.phase(CLAIM, "data"), "Pending");
    stage.patch(VOLUME, "disk", json!({ "spec": { "claimRef": null } })).unwrap();
    stage.pass(20);
    assert_eq!(stage.bound("data"), ("Bound".to_owned(), "disk".to_owned()));
}

#[test]
fn a_reserved_volume_goes_to_its_claim_only() {
    let mut stage = Stage::new();
    let reference = json!({ "namespace": "default", "name": "mine" });
    stage.volume("reserved", "1Gi", &json!({ "claimRef": reference }));
    stage.claim("yours", &json!({ "storageClassName": "manual" }));
    stage.pass(1);
    assert_eq!(stage.phase(CLAIM, "yours"), "Pending");
    assert_eq!(stage.phase(VOLUME, "reserved"), "Available");
    stage.claim("mine", &json!({ "storageClassName": "manual" }));
    stage.pass(1);
    assert_eq!(stage.bound("mine").1, "reserved");
    let annotations = &stage.get(VOLUME, "reserved")["metadata"]["annotations"];
    assert_eq!(annotations["pv.kubernetes.io/bound-by-controller"], Value::Null);
}

#[test]
fn what_is_in_use_stays() {
    let mut stage = Stage::new();
    stage.volume("disk", "1Gi", &json!({}));
    stage.claim("data", &json!({ "storageClassName": "manual" }));
    stage.pass(1);
    stage.pod("user", "data", &json!({ "terminationGracePeriodSeconds": 1 }));
    stage.pass(20);
    assert_eq!(stage.phase(Kind::Pod, "user"), "Running");
    stage.delete(CLAIM, "data");
    stage.delete(VOLUME, "disk");
    stage.pass(30);
    for (kind, name) in [(CLAIM, "data"), (VOLUME, "disk")] {
        assert!(stage.get(kind, name)["metadata"]["deletionTimestamp"].is_string(), "{name}");
    }
    // Whoever comes now is too late.
    stage.pod("late", "data", &json!({}));
    stage.pass(1);
    stage.is_told(
        "late",
        "Warning FailedScheduling default-scheduler: 0/2 nodes are available: persistentvolumeclaim \"data\" is being deleted. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    );
    stage.delete(Kind::Pod, "user");
    stage.pass(10);
    assert_eq!(
        (stage.phase(CLAIM, "data").as_str(), stage.phase(VOLUME, "disk").as_str()),
        ("gone", "gone")
    );
}

#[test]
fn a_claim_waits_for_its_first_pod() {
    let mut stage = Stage::new();
    let default = json!({ "storageclass.kubernetes.io/is-default-class": "true" });
    let class = json!({
        "metadata": { "name": "standard", "annotations": default },
        "provisioner": "rancher.io/local-path", "volumeBindingMode": "WaitForFirstConsumer",
    });
    stage.create(Kind::StorageClass, class);
    stage.claim("data", &json!({}));
    stage.pass(5);
    let claim = stage.get(CLAIM, "data");
    assert_eq!(claim["spec"]["storageClassName"], "standard");
    assert_eq!(stage.phase(CLAIM, "data"), "Pending");
    stage.is_told(
        "data",
        "Normal WaitForFirstConsumer persistentvolume-controller: waiting for first consumer to be created before binding",
    );
    stage.pod("web", "data", &json!({ "nodeSelector": { "kubernetes.io/hostname": "worker-1" } }));
    stage.pass(30);
    assert_eq!(stage.phase(Kind::Pod, "web"), "Running");
    let claim = stage.get(CLAIM, "data");
    let name = format!("pvc-{}", claim["metadata"]["uid"].as_str().unwrap());
    assert_eq!(stage.bound("data"), ("Bound".to_owned(), name.clone()));
    let annotations = &claim["metadata"]["annotations"];
    assert_eq!(annotations["volume.kubernetes.io/selected-node"], "worker-1");
    assert_eq!(annotations["volume.kubernetes.io/storage-provisioner"], "rancher.io/local-path");
    stage.is_told(
        "data",
        "Normal Provisioning rancher.io/local-path: External provisioner is provisioning volume for claim \"default/data\"",
    );
    stage.is_told(
        "data",
        &format!("Normal ProvisioningSucceeded rancher.io/local-path: Successfully provisioned volume {name}"),
    );
    let volume = stage.get(VOLUME, &name);
    let terms = &volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"];
    let requirement =
        json!({ "key": "kubernetes.io/hostname", "operator": "In", "values": ["worker-1"] });
    assert_eq!(terms[0]["matchExpressions"][0], requirement);
    assert_eq!(volume["spec"]["persistentVolumeReclaimPolicy"], "Delete");
    // Another pod can use it on that node only.
    stage.pod(
        "other",
        "data",
        &json!({ "nodeSelector": { "kubernetes.io/hostname": "worker-0" } }),
    );
    stage.pass(1);
    stage.is_told(
        "other",
        "Warning FailedScheduling default-scheduler: 0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had volume node affinity conflict. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    );
    stage.delete(Kind::Pod, "other");
    stage.delete(Kind::Pod, "web");
    stage.delete(CLAIM, "data");
    stage.pass(60);
    assert_eq!(
        (stage.phase(CLAIM, "data").as_str(), stage.phase(VOLUME, &name).as_str()),
        ("gone", "gone")
    );
}

#[test]
fn a_pod_does_not_wait_for_a_claim_that_was_replaced() {
    let mut stage = Stage::new();
    stage.class("cloud", "disk.example.com", &json!({ "volumeBindingMode": WAIT }));
    stage.claim("data", &json!({ "storageClassName": "cloud" }));
    stage.pod("web", "data", &json!({}));
    stage.pass(5);
    let selected = |stage: &Stage| {
        let claim = stage.get(CLAIM, "data");
        claim["metadata"]["annotations"]["volume.kubernetes.io/selected-node"].is_string()
    };
    assert!(selected(&stage), "there is nobody to make the volume, so that the pod waits");
    stage.delete(CLAIM, "data");
    stage.pass(2);
    stage.is_told(
        "web",
        "Warning FailedScheduling default-scheduler: running PreBind plugin \"VolumeBinding\": binding volumes: failed to check provisioning pvc: could not find v1.PersistentVolumeClaim \"default/data\"",
    );
    stage.claim("data", &json!({ "storageClassName": "cloud" }));
    stage.pass(10);
    assert!(selected(&stage), "the pod is tried again with the new claim");
    // Whoever gives up making a volume takes the node away.
    let reset = json!({ "volume.kubernetes.io/selected-node": null });
    stage.patch(CLAIM, "data", json!({ "metadata": { "annotations": reset } })).unwrap();
    stage.pass(1);
    stage.is_told(
        "web",
        "Warning FailedScheduling default-scheduler: running PreBind plugin \"VolumeBinding\": binding volumes: provisioning failed for PVC \"data\"",
    );
    stage.driver();
    stage.pass(60);
    assert_eq!(stage.phase(Kind::Pod, "web"), "Running");
}

#[test]
fn a_pod_that_is_bound_by_hand_keeps_its_place() {
    let mut stage = Stage::new();
    stage.class("cloud", "disk.example.com", &json!({ "volumeBindingMode": WAIT }));
    stage.claim("data", &json!({ "storageClassName": "cloud" }));
    let large = json!({
        "nodeSelector": { "kubernetes.io/hostname": "worker-0" },
        "containers": [{
            "name": "c", "image": "nginx:1.27", "resources": { "requests": { "cpu": "3" } },
        }],
    });
    stage.pod("first", "data", &large);
    stage.pass(5);
    let binding = json!({
        "apiVersion": "v1", "kind": "Binding", "metadata": { "name": "first" },
        "target": { "apiVersion": "v1", "kind": "Node", "name": "worker-0" },
    });
    let target = Stage::target(Kind::Pod, "first").with(Subresource::Binding);
    stage.try_to(Verb::Create(Payload::Document(binding)), target).unwrap();
    stage.driver();
    stage.pass(60);
    assert_eq!(stage.phase(CLAIM, "data"), "Bound");
    stage.pod("second", "data", &large);
    stage.pass(60);
    assert_eq!(stage.get(Kind::Pod, "second")["spec"]["nodeName"], Value::Null);
}

#[test]
fn a_driver_makes_volumes_where_it_stands() {
    let mut stage = Stage::new();
    stage.class("cloud", "disk.example.com", &json!({ "allowVolumeExpansion": true }));
    stage.claim("data", &json!({ "storageClassName": "cloud" }));
    stage.pod("web", "data", &json!({}));
    stage.pass(60);
    assert_eq!(stage.phase(CLAIM, "data"), "Pending");
    stage.is_told(
        "web",
        "Warning FailedScheduling default-scheduler: 0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    );
    // The driver is installed, and its provisioner looks at what waits.
    stage.driver();
    stage.pass(40);
    let (phase, name) = stage.bound("data");
    assert_eq!(phase, "Bound");
    assert_eq!(stage.get(VOLUME, &name)["spec"]["csi"]["driver"], "disk.example.com");
    assert_eq!(stage.phase(Kind::Pod, "web"), "Running");
    let zone = &stage.get(VOLUME, &name)["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
        [0]["matchExpressions"][0];
    assert_eq!(zone["key"], "topology.kubernetes.io/zone");
    // It grows, and never shrinks.
    let of = |size: &str| json!({ "spec": { "resources": { "requests": { "storage": size } } } });
    stage.patch(CLAIM, "data", of("3Gi")).unwrap();
    stage.pass(5);
    assert_eq!(stage.get(CLAIM, "data")["status"]["capacity"]["storage"], "3Gi");
    assert_eq!(stage.get(VOLUME, &name)["spec"]["capacity"]["storage"], "3Gi");
    stage.is_told(
        "data",
        "Normal ExternalExpanding volume_expand: waiting for an external controller to expand this PVC",
    );
    let refusal = stage.patch(CLAIM, "data", of("1Gi")).unwrap_err();
    assert_eq!(
        refusal.message,
        "PersistentVolumeClaim \"data\" is invalid: spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"
    );
}

#[test]
fn a_file_system_grows_when_a_pod_comes() {
    let mut stage = Stage::new();
    stage.driver();
    stage.class("cloud", "disk.example.com", &json!({ "allowVolumeExpansion": true }));
    stage.claim("data", &json!({ "storageClassName": "cloud" }));
    stage.pass(5);
    let more = json!({ "spec": { "resources": { "requests": { "storage": "2Gi" } } } });
    stage.patch(CLAIM, "data", more).unwrap();
    stage.pass(5);
    let status = stage.get(CLAIM, "data")["status"].clone();
    assert_eq!(status["conditions"][0]["type"], "FileSystemResizePending");
    assert_eq!(status["capacity"]["storage"], "1Gi");
    // Others may have something to say of a claim, too.
    let modified = json!({ "type": "ModifyingVolume", "status": "True" });
    let conditions = json!([status["conditions"][0].clone(), modified]);
    let patch = Verb::Patch(PatchType::Merge, json!({ "status": { "conditions": conditions } }));
    stage.try_to(patch, Stage::target(CLAIM, "data").with(Subresource::Status)).unwrap();
    stage.pass(60);
    let mut quiet = Stage::new();
    quiet.pass(70);
    let at = (stage.cluster.next_event(), quiet.cluster.next_event());
    assert_eq!(at.0, at.1, "nobody looks again and again whether a pod has come");
    stage.pod("web", "data", &json!({}));
    stage.pass(40);
    let status = stage.get(CLAIM, "data")["status"].clone();
    assert_eq!(status["capacity"]["storage"], "2Gi");
    let types: Vec<_> =
        status["conditions"].as_array().unwrap().iter().map(|it| &it["type"]).collect();
    assert_eq!(types, ["ModifyingVolume"]);
}

#[test]
fn a_claim_grows_when_its_driver_comes_back() {
    let mut stage = Stage::new();
    stage.driver();
    stage.class("cloud", "disk.example.com", &json!({ "allowVolumeExpansion": true }));
    stage.claim("data", &json!({ "storageClassName": "cloud" }));
    stage.pod("web", "data", &json!({}));
    stage.pass(40);
    stage.delete(Kind::CSIDriver, "disk.example.com");
    let more = json!({ "spec": { "resources": { "requests": { "storage": "2Gi" } } } });
    stage.patch(CLAIM, "data", more).unwrap();
    stage.pass(60);
    assert_eq!(stage.get(CLAIM, "data")["status"]["capacity"]["storage"], "1Gi");
    stage.driver();
    stage.pass(5);
    assert_eq!(stage.get(CLAIM, "data")["status"]["capacity"]["storage"], "2Gi");
}

#[test]
fn only_bound_claims_of_classes_that_allow_it_grow() {
    let mut stage = Stage::new();
    stage.volume("disk", "1Gi", &json!({}));
    stage.claim("bound", &json!({ "storageClassName": "manual" }));
    stage.claim("pending", &json!({ "storageClassName": "manual" }));
    stage.pass(1);
    let more = json!({ "spec": { "resources": { "requests": { "storage": "2Gi" } } } });
    let refusals: Vec<String> = ["bound", "pending"]
        .map(|it| stage.patch(CLAIM, it, more.clone()).unwrap_err().message)
        .into();
    assert_eq!(
        refusals,
        [
            "persistentvolumeclaims \"bound\" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
            "persistentvolumeclaims \"pending\" is forbidden: Only bound persistent volume claims can be expanded",
        ]
    );
}

#[test]
fn a_pod_goes_where_its_volume_is() {
    let mut stage = Stage::new();
    let mode = json!({ "volumeBindingMode": "WaitForFirstConsumer" });
    stage.class("local", "kubernetes.io/no-provisioner", &mode);
    let affinity = |node: &str| {
        let requirement =
            json!({ "key": "kubernetes.io/hostname", "operator": "In", "values": [node] });
        json!({ "required": { "nodeSelectorTerms": [{ "matchExpressions": [requirement] }] } })
    };
    stage.claim("data", &json!({ "storageClassName": "local" }));
    stage.pod("db", "data", &json!({}));
    stage.pass(1);
    stage.is_told(
        "db",
        "Warning FailedScheduling default-scheduler: 0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    );
    stage.pass(15);
    stage.is_told(
        "data",
        "Normal WaitForPodScheduled persistentvolume-controller: waiting for pod db to be scheduled",
    );
    let source = json!({
        "storageClassName": "local", "hostPath": null, "local": { "path": "/disk" },
        "nodeAffinity": affinity("worker-1"),
    });
    stage.volume("disk-1", "1Gi", &source);
    stage.pass(60);
    assert_eq!(stage.bound("data"), ("Bound".to_owned(), "disk-1".to_owned()));
    assert_eq!(stage.get(Kind::Pod, "db")["spec"]["nodeName"], "worker-1");
    assert_eq!(stage.phase(Kind::Pod, "db"), "Running");
}

#[test]
fn a_claim_loses_its_volume() {
    let mut stage = Stage::new();
    stage.volume("disk", "1Gi", &json!({}));
    stage.claim("data", &json!({ "storageClassName": "manual" }));
    stage.pass(1);
    stage.delete(VOLUME, "disk");
    stage.patch(VOLUME, "disk", json!({ "metadata": { "finalizers": null } })).unwrap();
    stage.pass(1);
    assert_eq!(stage.phase(CLAIM, "data"), "Lost");
    stage.is_told(
        "data",
        "Warning ClaimLost persistentvolume-controller: Bound claim has lost its PersistentVolume. Data on the volume is lost!",
    );
}

#[test]
fn a_kubelet_waits_for_claims_that_are_not_bound() {
    let mut stage = Stage::new();
    stage.pod("forced", "missing", &json!({ "nodeName": "worker-0" }));
    stage.claim("data", &json!({ "storageClassName": "manual" }));
    stage.pod("early", "data", &json!({ "nodeName": "worker-0" }));
    stage.pass(5);
    stage.is_told(
        "forced",
        "Warning FailedMount kubelet: Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: error processing PVC default/missing: failed to fetch PVC from API server: persistentvolumeclaims \"missing\" not found",
    );
    stage.is_told(
        "early",
        "Warning FailedMount kubelet: Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: error processing PVC default/data: PVC is not bound",
    );
    stage.volume("disk", "1Gi", &json!({}));
    stage.pass(60);
    assert_eq!(stage.phase(Kind::Pod, "early"), "Running");
    assert_eq!(stage.phase(Kind::Pod, "forced"), "Pending");
}

#[test]
fn the_default_class_comes_late() {
    let mut stage = Stage::new();
    stage.claim("data", &json!({}));
    stage.claim("none", &json!({ "storageClassName": "" }));
    stage.pass(2);
    let default = json!({ "storageclass.kubernetes.io/is-default-class": "true" });
    for name in ["old", "new"] {
        let class = json!({
            "metadata": { "name": name, "annotations": default },
            "provisioner": "nobody.example.com",
        });
        stage.create(Kind::StorageClass, class);
        stage.pass(1);
    }
    stage.pass(20);
    let class = |name: &str| stage.get(CLAIM, name)["spec"]["storageClassName"].clone();
    assert_eq!((class("data"), class("none")), (json!("new"), json!("")));
}

#[test]
fn what_nobody_can_delete_fails() {
    let mut stage = Stage::new();
    stage.volume("disk", "1Gi", &json!({ "persistentVolumeReclaimPolicy": "Delete" }));
    stage.claim("data", &json!({ "storageClassName": "manual" }));
    stage.pass(1);
    stage.delete(CLAIM, "data");
    stage.pass(1);
    assert_eq!(stage.phase(VOLUME, "disk"), "Failed");
    stage.is_told(
        "disk",
        "Warning VolumeFailedDelete persistentvolume-controller: host_path deleter only supports /tmp/.+ but received provided /data",
    );
}

#[test]
fn a_volume_is_attached_to_one_node_at_a_time() {
    let mut stage = Stage::new();
    stage.driver();
    let everywhere = json!({ "labels": { "topology.kubernetes.io/zone": "a" } });
    for node in ["worker-0", "worker-1"] {
        stage.patch(Kind::Node, node, json!({ "metadata": everywhere })).unwrap();
    }
    stage.class("cloud", "disk.example.com", &json!({}));
    stage.claim("data", &json!({ "storageClassName": "cloud" }));
    let on = |node: &str| {
        json!({
            "nodeSelector": { "kubernetes.io/hostname": node }, "terminationGracePeriodSeconds": 1,
        })
    };
    stage.pod("old", "data", &on("worker-0"));
    stage.pass(30);
    let volume = stage.bound("data").1;
    stage.is_told(
        "old",
        &format!("Normal SuccessfulAttachVolume attachdetach-controller: AttachVolume.Attach succeeded for volume {volume:?} "),
    );
    stage.pod("neighbour", "data", &on("worker-0"));
    stage.pod("new", "data", &on("worker-1"));
    stage.pass(60);
    assert_eq!(stage.phase(Kind::Pod, "neighbour"), "Running", "the node has it already");
    let told = stage.told("neighbour");
    assert!(!told.iter().any(|it| it.contains("AttachVolume")), "{told:?}");
    assert_eq!(stage.phase(Kind::Pod, "new"), "Pending");
    stage.is_told(
        "new",
        &format!("Warning FailedAttachVolume attachdetach-controller: Multi-Attach error for volume {volume:?} Volume is already used by pod(s) neighbour, old"),
    );
    stage.delete(Kind::Pod, "old");
    stage.delete(Kind::Pod, "neighbour");
    stage.pass(60);
    assert_eq!(stage.phase(Kind::Pod, "new"), "Running");
}

#[test]
fn volumes_are_attached_once_and_before_anything_is_mounted() {
    let mut stage = Stage::new();
    stage.driver();
    stage.class("cloud", "disk.example.com", &json!({}));
    stage.claim("data", &json!({ "storageClassName": "cloud" }));
    let settings = json!({
        "volumes": [
            { "name": "settings", "configMap": { "name": "settings" } },
            { "name": "data", "persistentVolumeClaim": { "claimName": "data" } },
        ],
    });
    stage.pod("web", "data", &settings);
    stage.pass(60);
    let told = stage.told("web");
    let count = |what: &str| told.iter().filter(|it| it.contains(what)).count();
    assert_eq!(count("SuccessfulAttachVolume"), 1, "{told:#?}");
    assert_eq!(count("MountVolume.SetUp failed for volume \"settings\""), 1, "{told:#?}");
    stage.create(Kind::ConfigMap, json!({ "metadata": { "name": "settings" } }));
    stage.pass(130);
    assert_eq!(stage.phase(Kind::Pod, "web"), "Running");
    let attached = stage.told("web").into_iter().filter(|it| it.contains("AttachVolume"));
    assert_eq!(attached.count(), 1);
}

#[test]
fn each_cluster_has_a_provisioner_of_its_own() {
    let name = |seed| {
        let mut stage = Stage::of(ClusterConfig { seed, ..ClusterConfig::default() });
        stage.driver();
        stage.class("cloud", "disk.example.com", &json!({}));
        stage.claim("data", &json!({ "storageClassName": "cloud" }));
        stage.pass(10);
        let events = stage.cluster.view().list(Kind::Event, "").filter_map(|it| it.event());
        let told = events.filter(|it| it.reason == "ProvisioningSucceeded");
        told.map(|it| it.component.to_string()).collect::<Vec<_>>()
    };
    let (one, other) = (name(1), name(2));
    assert_eq!((one.len(), &one), (1, &name(1)));
    assert_ne!(one, other);
}

#[test]
fn nothing_is_on_the_agenda_without_claims() {
    let mut stage = Stage::new();
    stage.volume("disk", "1Gi", &json!({}));
    stage.claim("data", &json!({ "storageClassName": "manual" }));
    stage.pass(60);
    let mut quiet = Stage::new();
    quiet.pass(60);
    assert_eq!(stage.cluster.next_event(), quiet.cluster.next_event());
}
