//! The roles of the controllers: facts of `plugin/pkg/auth/authorizer/rbac/bootstrappolicy/controller_policy.go` in 1.32.
//! Each is called `system:controller:NAME` and is bound to the service account `NAME` in `kube-system`.

/// What a controller may do.
pub(super) struct ControllerRole {
    /// The controller's service account.
    pub(super) name: &'static str,
    /// Rules as in [`default_roles`](super::default_roles).
    pub(super) rules: &'static [&'static str],
}

const fn controller(name: &'static str, rules: &'static [&'static str]) -> ControllerRole {
    ControllerRole { name, rules }
}

const TELL: &str = "create,patch,update core,events.k8s.io events";

pub(super) const CONTROLLER_ROLES: &[ControllerRole] = &[
    controller(
        "attachdetach-controller",
        &[
            "list,watch core persistentvolumeclaims,persistentvolumes",
            "get,list,watch core nodes",
            "patch,update core nodes/status",
            "list,watch core pods",
            TELL,
            "create,delete,get,list,watch storage.k8s.io volumeattachments",
            "get,list,watch storage.k8s.io csidrivers",
            "get,list,watch storage.k8s.io csinodes",
        ],
    ),
    controller(
        "certificate-controller",
        &[
            "delete,get,list,watch certificates.k8s.io certificatesigningrequests",
            "update certificates.k8s.io certificatesigningrequests/approval,certificatesigningrequests/status",
            "approve certificates.k8s.io signers @kubernetes.io/kube-apiserver-client-kubelet",
            "sign certificates.k8s.io signers @kubernetes.io/kube-apiserver-client,kubernetes.io/kube-apiserver-client-kubelet,kubernetes.io/kubelet-serving,kubernetes.io/legacy-unknown",
            "create authorization.k8s.io subjectaccessreviews",
            TELL,
        ],
    ),
    controller(
        "clusterrole-aggregation-controller",
        &["escalate,get,list,patch,update,watch rbac.authorization.k8s.io clusterroles"],
    ),
    controller(
        "cronjob-controller",
        &[
            "get,list,update,watch batch cronjobs",
            "create,delete,get,list,patch,update,watch batch jobs",
            "update batch cronjobs/status",
            "update batch cronjobs/finalizers",
            "delete,list core pods",
            TELL,
        ],
    ),
    controller(
        "daemon-set-controller",
        &[
            "get,list,watch apps,extensions daemonsets",
            "update apps,extensions daemonsets/status",
            "update apps,extensions daemonsets/finalizers",
            "list,watch core nodes",
            "create,delete,list,patch,watch core pods",
            "create core pods/binding",
            "create,delete,get,list,patch,update,watch apps controllerrevisions",
            TELL,
        ],
    ),
    controller(
        "deployment-controller",
        &[
            "get,list,update,watch apps,extensions deployments",
            "update apps,extensions deployments/status",
            "update apps,extensions deployments/finalizers",
            "create,delete,get,list,patch,update,watch apps,extensions replicasets",
            "get,list,update,watch core pods",
            TELL,
        ],
    ),
    controller(
        "disruption-controller",
        &[
            "get,list,watch apps,extensions deployments",
            "get,list,watch apps,extensions replicasets",
            "get,list,watch core replicationcontrollers",
            "get,list,watch policy poddisruptionbudgets",
            "get,list,watch apps statefulsets",
            "update policy poddisruptionbudgets/status",
            "patch,update core pods/status",
            "get * */scale",
            TELL,
        ],
    ),
    controller(
        "endpoint-controller",
        &[
            "get,list,watch core pods,services",
            "create,delete,get,list,update core endpoints",
            "create core endpoints/restricted",
            TELL,
        ],
    ),
    controller(
        "endpointslice-controller",
        &[
            "get,list,watch core nodes,pods,services",
            "update core services/finalizers",
            "create,delete,get,list,update discovery.k8s.io endpointslices",
            TELL,
        ],
    ),
    controller(
        "endpointslicemirroring-controller",
        &[
            "get,list,watch core endpoints,services",
            "update core services/finalizers",
            "update core endpoints/finalizers",
            "create,delete,get,list,update discovery.k8s.io endpointslices",
            TELL,
        ],
    ),
    controller(
        "ephemeral-volume-controller",
        &[
            "get,list,watch core pods",
            "update core pods/finalizers",
            "create,get,list,watch core persistentvolumeclaims",
            TELL,
        ],
    ),
    controller(
        "expand-controller",
        &[
            "get,list,patch,update,watch core persistentvolumes",
            "patch,update core persistentvolumeclaims/status",
            "get,list,watch core persistentvolumeclaims",
            TELL,
        ],
    ),
    controller("generic-garbage-collector", &["delete,get,list,patch,update,watch * *", TELL]),
    controller(
        "horizontal-pod-autoscaler",
        &[
            "get,list,watch autoscaling horizontalpodautoscalers",
            "update autoscaling horizontalpodautoscalers/status",
            "get,update * */scale",
            "list core pods",
            "list metrics.k8s.io pods",
            "get,list custom.metrics.k8s.io *",
            "get,list external.metrics.k8s.io *",
            TELL,
        ],
    ),
    controller(
        "job-controller",
        &[
            "get,list,patch,update,watch batch jobs",
            "update batch jobs/status",
            "update batch jobs/finalizers",
            "create,delete,list,patch,watch core pods",
            TELL,
        ],
    ),
    controller(
        "legacy-service-account-token-cleaner",
        &[
            "get core configmaps @kube-apiserver-legacy-service-account-token-tracking",
            "delete,patch core secrets",
        ],
    ),
    controller(
        "namespace-controller",
        &[
            "delete,get,list,watch core namespaces",
            "update core namespaces/finalize,namespaces/status",
            "delete,deletecollection,get,list * *",
        ],
    ),
    controller(
        "node-controller",
        &[
            "delete,get,list,patch,update core nodes",
            "patch,update core nodes/status",
            "patch,update core pods/status",
            "delete,get,list core pods",
            TELL,
        ],
    ),
    controller(
        "persistent-volume-binder",
        &[
            "create,delete,get,list,update,watch core persistentvolumes",
            "update core persistentvolumes/status",
            "get,list,update,watch core persistentvolumeclaims",
            "update core persistentvolumeclaims/status",
            "create,delete,get,list,watch core pods",
            "get,list,watch storage.k8s.io storageclasses",
            "list,watch core nodes",
            TELL,
            "watch core events",
        ],
    ),
    controller(
        "pod-garbage-collector",
        &["delete,list,watch core pods", "get,list core nodes", "patch core pods/status"],
    ),
    controller("pv-protection-controller", &["get,list,update,watch core persistentvolumes", TELL]),
    controller(
        "pvc-protection-controller",
        &["get,list,update,watch core persistentvolumeclaims", "get,list,watch core pods", TELL],
    ),
    controller(
        "replicaset-controller",
        &[
            "get,list,update,watch apps,extensions replicasets",
            "update apps,extensions replicasets/status",
            "update apps,extensions replicasets/finalizers",
            "create,delete,list,patch,watch core pods",
            TELL,
        ],
    ),
    controller(
        "replication-controller",
        &[
            "get,list,update,watch core replicationcontrollers",
            "update core replicationcontrollers/status",
            "update core replicationcontrollers/finalizers",
            "create,delete,list,patch,watch core pods",
            TELL,
        ],
    ),
    controller(
        "resourcequota-controller",
        &["list,watch * *", "update core resourcequotas/status", TELL],
    ),
    controller("root-ca-cert-publisher", &["create,update core configmaps", TELL]),
    controller("route-controller", &["list,watch core nodes", "patch core nodes/status", TELL]),
    controller("service-account-controller", &["create core serviceaccounts", TELL]),
    controller(
        "service-controller",
        &[
            "get,list,watch core services",
            "patch,update core services/status",
            "list,watch core nodes",
            TELL,
        ],
    ),
    controller(
        "statefulset-controller",
        &[
            "list,watch core pods",
            "get,list,watch apps statefulsets",
            "update apps statefulsets/status",
            "update apps statefulsets/finalizers",
            "create,delete,get,patch,update core pods",
            "create,delete,get,list,patch,update,watch apps controllerrevisions",
            "create,get,list,watch core persistentvolumeclaims",
            TELL,
            "delete,update core persistentvolumeclaims",
            "update core pods/finalizers",
        ],
    ),
    controller("ttl-after-finished-controller", &["delete,get,list,watch batch jobs", TELL]),
    controller("ttl-controller", &["list,patch,update,watch core nodes", TELL]),
    controller(
        "validatingadmissionpolicy-status-controller",
        &[
            "get,list,watch admissionregistration.k8s.io validatingadmissionpolicies",
            "get,patch,update admissionregistration.k8s.io validatingadmissionpolicies/status",
            TELL,
        ],
    ),
];
