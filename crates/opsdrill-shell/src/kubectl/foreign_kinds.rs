//! Types that a real cluster has and this one lacks: asking for them is answered aloud.

/// A type of a real cluster.
struct ForeignType {
    plural: &'static str,
    kind: &'static str,
    short: &'static [&'static str],
    api_version: &'static str,
}

const fn row(
    plural: &'static str,
    kind: &'static str,
    short: &'static [&'static str],
    api_version: &'static str,
) -> ForeignType {
    ForeignType { plural, kind, short, api_version }
}

/// The types of Kubernetes 1.32. Those that the cluster knows by now are found before anyone looks here.
const TYPES: &[ForeignType] = &[
    row("bindings", "Binding", &[], "v1"),
    row("componentstatuses", "ComponentStatus", &["cs"], "v1"),
    row("limitranges", "LimitRange", &["limits"], "v1"),
    row("persistentvolumeclaims", "PersistentVolumeClaim", &["pvc"], "v1"),
    row("persistentvolumes", "PersistentVolume", &["pv"], "v1"),
    row("podtemplates", "PodTemplate", &[], "v1"),
    row("replicationcontrollers", "ReplicationController", &["rc"], "v1"),
    row("resourcequotas", "ResourceQuota", &["quota"], "v1"),
    row(
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
        &[],
        "admissionregistration.k8s.io/v1",
    ),
    row(
        "validatingadmissionpolicies",
        "ValidatingAdmissionPolicy",
        &[],
        "admissionregistration.k8s.io/v1",
    ),
    row(
        "validatingadmissionpolicybindings",
        "ValidatingAdmissionPolicyBinding",
        &[],
        "admissionregistration.k8s.io/v1",
    ),
    row(
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
        &[],
        "admissionregistration.k8s.io/v1",
    ),
    row(
        "customresourcedefinitions",
        "CustomResourceDefinition",
        &["crd", "crds"],
        "apiextensions.k8s.io/v1",
    ),
    row("apiservices", "APIService", &[], "apiregistration.k8s.io/v1"),
    row("controllerrevisions", "ControllerRevision", &[], "apps/v1"),
    row("daemonsets", "DaemonSet", &["ds"], "apps/v1"),
    row("statefulsets", "StatefulSet", &["sts"], "apps/v1"),
    row("horizontalpodautoscalers", "HorizontalPodAutoscaler", &["hpa"], "autoscaling/v2"),
    row("cronjobs", "CronJob", &["cj"], "batch/v1"),
    row("jobs", "Job", &[], "batch/v1"),
    row(
        "certificatesigningrequests",
        "CertificateSigningRequest",
        &["csr"],
        "certificates.k8s.io/v1",
    ),
    row("leases", "Lease", &[], "coordination.k8s.io/v1"),
    row("flowschemas", "FlowSchema", &[], "flowcontrol.apiserver.k8s.io/v1"),
    row(
        "prioritylevelconfigurations",
        "PriorityLevelConfiguration",
        &[],
        "flowcontrol.apiserver.k8s.io/v1",
    ),
    row("ingressclasses", "IngressClass", &[], "networking.k8s.io/v1"),
    row("ingresses", "Ingress", &["ing"], "networking.k8s.io/v1"),
    row("networkpolicies", "NetworkPolicy", &["netpol"], "networking.k8s.io/v1"),
    row("runtimeclasses", "RuntimeClass", &[], "node.k8s.io/v1"),
    row("poddisruptionbudgets", "PodDisruptionBudget", &["pdb"], "policy/v1"),
    row("clusterrolebindings", "ClusterRoleBinding", &[], "rbac.authorization.k8s.io/v1"),
    row("clusterroles", "ClusterRole", &[], "rbac.authorization.k8s.io/v1"),
    row("rolebindings", "RoleBinding", &[], "rbac.authorization.k8s.io/v1"),
    row("roles", "Role", &[], "rbac.authorization.k8s.io/v1"),
    row("priorityclasses", "PriorityClass", &["pc"], "scheduling.k8s.io/v1"),
    row("csidrivers", "CSIDriver", &[], "storage.k8s.io/v1"),
    row("csinodes", "CSINode", &[], "storage.k8s.io/v1"),
    row("csistoragecapacities", "CSIStorageCapacity", &[], "storage.k8s.io/v1"),
    row("storageclasses", "StorageClass", &["sc"], "storage.k8s.io/v1"),
    row("volumeattachments", "VolumeAttachment", &[], "storage.k8s.io/v1"),
];

/// The plural of the type that a document is of, if a real cluster serves it.
pub(super) fn plural_of_kind(api_version: &str, kind: &str) -> Option<&'static str> {
    let found = TYPES.iter().find(|it| it.kind == kind && it.api_version == api_version);
    found.map(|it| it.plural)
}

/// The plural of the type that a word names, if it is one of a real cluster.
pub(super) fn plural_of(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    let name = word.split('.').next().unwrap_or_default();
    let found = TYPES.iter().find(|it| {
        it.plural == name || it.kind.eq_ignore_ascii_case(name) || it.short.contains(&name)
    });
    found.map(|it| it.plural)
}
