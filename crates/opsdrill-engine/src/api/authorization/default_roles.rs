//! The roles and bindings that every cluster starts with, but for those of the controllers: facts of
//! `plugin/pkg/auth/authorizer/rbac/bootstrappolicy` in 1.32.
//!
//! A rule is written as `verbs groups resources` with commas between the words of a list, `core` for the group
//! without a name and `@name` for a resource name; `verbs /path …` is a rule about paths.

/// A role of the cluster.
pub(super) struct DefaultRole {
    pub(super) name: &'static str,
    /// The roles into which its rules are put, by their labels.
    pub(super) part_of: &'static [&'static str],
    /// Whether its rules are those of the roles that are part of it.
    pub(super) is_sum: bool,
    pub(super) rules: &'static [&'static str],
}

/// A binding of the cluster to the role of the same name.
pub(super) struct DefaultBinding {
    pub(super) name: &'static str,
    /// `Group NAME` or `User NAME` or `ServiceAccount NAME` in kube-system.
    pub(super) subjects: &'static [&'static str],
}

const fn role(name: &'static str, rules: &'static [&'static str]) -> DefaultRole {
    DefaultRole { name, part_of: &[], is_sum: false, rules }
}

const fn part(
    name: &'static str,
    part_of: &'static [&'static str],
    rules: &'static [&'static str],
) -> DefaultRole {
    DefaultRole { name, part_of, is_sum: false, rules }
}

const fn sum(name: &'static str, part_of: &'static [&'static str]) -> DefaultRole {
    DefaultRole { name, part_of, is_sum: true, rules: &[] }
}

pub(super) const ROLES: &[DefaultRole] = &[
    sum("admin", &[]),
    role("cluster-admin", &["* * *", "* /*all"]),
    sum("edit", &["admin"]),
    part(
        "system:aggregate-to-admin",
        &["admin"],
        &[
            "create authorization.k8s.io localsubjectaccessreviews",
            "create,delete,deletecollection,get,list,patch,update,watch rbac.authorization.k8s.io rolebindings,roles",
        ],
    ),
    part(
        "system:aggregate-to-edit",
        &["edit"],
        &[
            "get,list,watch core pods/attach,pods/exec,pods/portforward,pods/proxy,secrets,services/proxy",
            "impersonate core serviceaccounts",
            "create,delete,deletecollection,patch,update core pods,pods/attach,pods/exec,pods/portforward,pods/proxy",
            "create core pods/eviction",
            "create,delete,deletecollection,patch,update core configmaps,events,persistentvolumeclaims,replicationcontrollers,replicationcontrollers/scale,secrets,serviceaccounts,services,services/proxy",
            "create core serviceaccounts/token",
            "create,delete,deletecollection,patch,update apps daemonsets,deployments,deployments/rollback,deployments/scale,replicasets,replicasets/scale,statefulsets,statefulsets/scale",
            "create,delete,deletecollection,patch,update autoscaling horizontalpodautoscalers",
            "create,delete,deletecollection,patch,update batch cronjobs,jobs",
            "create,delete,deletecollection,patch,update extensions daemonsets,deployments,deployments/rollback,deployments/scale,ingresses,networkpolicies,replicasets,replicasets/scale,replicationcontrollers/scale",
            "create,delete,deletecollection,patch,update policy poddisruptionbudgets",
            "create,delete,deletecollection,patch,update networking.k8s.io ingresses,networkpolicies",
            "create,delete,deletecollection,get,list,patch,update,watch coordination.k8s.io leases",
        ],
    ),
    part(
        "system:aggregate-to-view",
        &["view"],
        &[
            "get,list,watch core configmaps,endpoints,persistentvolumeclaims,persistentvolumeclaims/status,pods,replicationcontrollers,replicationcontrollers/scale,serviceaccounts,services,services/status",
            "get,list,watch core bindings,events,limitranges,namespaces/status,pods/log,pods/status,replicationcontrollers/status,resourcequotas,resourcequotas/status",
            "get,list,watch core namespaces",
            "get,list,watch discovery.k8s.io endpointslices",
            "get,list,watch apps controllerrevisions,daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,replicasets,replicasets/scale,replicasets/status,statefulsets,statefulsets/scale,statefulsets/status",
            "get,list,watch autoscaling horizontalpodautoscalers,horizontalpodautoscalers/status",
            "get,list,watch batch cronjobs,cronjobs/status,jobs,jobs/status",
            "get,list,watch extensions daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,ingresses,ingresses/status,networkpolicies,replicasets,replicasets/scale,replicasets/status,replicationcontrollers/scale",
            "get,list,watch policy poddisruptionbudgets,poddisruptionbudgets/status",
            "get,list,watch networking.k8s.io ingresses,ingresses/status,networkpolicies",
        ],
    ),
    role(
        "system:auth-delegator",
        &[
            "create authentication.k8s.io tokenreviews",
            "create authorization.k8s.io subjectaccessreviews",
        ],
    ),
    role(
        "system:basic-user",
        &[
            "create authorization.k8s.io selfsubjectaccessreviews,selfsubjectrulesreviews",
            "create authentication.k8s.io selfsubjectreviews",
        ],
    ),
    role(
        "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
        &["create certificates.k8s.io certificatesigningrequests/nodeclient"],
    ),
    role(
        "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
        &["create certificates.k8s.io certificatesigningrequests/selfnodeclient"],
    ),
    role(
        "system:certificates.k8s.io:kube-apiserver-client-approver",
        &["approve certificates.k8s.io signers @kubernetes.io/kube-apiserver-client"],
    ),
    role(
        "system:certificates.k8s.io:kube-apiserver-client-kubelet-approver",
        &["approve certificates.k8s.io signers @kubernetes.io/kube-apiserver-client-kubelet"],
    ),
    role(
        "system:certificates.k8s.io:kubelet-serving-approver",
        &["approve certificates.k8s.io signers @kubernetes.io/kubelet-serving"],
    ),
    role(
        "system:certificates.k8s.io:legacy-unknown-approver",
        &["approve certificates.k8s.io signers @kubernetes.io/legacy-unknown"],
    ),
    role(
        "system:discovery",
        &[
            "get /api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/",
        ],
    ),
    role("system:kube-aggregator", &["get,list,watch core endpoints,services"]),
    role(
        "system:kube-controller-manager",
        &[
            "create,patch,update core,events.k8s.io events",
            "create coordination.k8s.io leases",
            "get,update coordination.k8s.io leases @kube-controller-manager",
            "create core secrets,serviceaccounts",
            "delete core secrets",
            "get core configmaps,namespaces,secrets,serviceaccounts",
            "update core secrets,serviceaccounts",
            "create authentication.k8s.io tokenreviews",
            "create authorization.k8s.io subjectaccessreviews",
            "list,watch * *",
            "create core serviceaccounts/token",
        ],
    ),
    role("system:kube-dns", &["list,watch core endpoints,services"]),
    role(
        "system:kube-scheduler",
        &[
            "create,patch,update core,events.k8s.io events",
            "create coordination.k8s.io leases",
            "get,update coordination.k8s.io leases @kube-scheduler",
            "get,list,watch core nodes",
            "delete,get,list,watch core pods",
            "create core bindings,pods/binding",
            "patch,update core pods/status",
            "get,list,watch core replicationcontrollers,services",
            "get,list,watch apps,extensions replicasets",
            "get,list,watch apps statefulsets",
            "get,list,watch policy poddisruptionbudgets",
            "get,list,watch core persistentvolumeclaims,persistentvolumes",
            "create authentication.k8s.io tokenreviews",
            "create authorization.k8s.io subjectaccessreviews",
            "get,list,watch storage.k8s.io csinodes",
            "get,list,watch core namespaces",
            "get,list,watch storage.k8s.io csidrivers",
            "get,list,watch storage.k8s.io csistoragecapacities",
        ],
    ),
    role(
        "system:kubelet-api-admin",
        &[
            "get,list,watch core nodes",
            "proxy core nodes",
            "* core nodes/log,nodes/metrics,nodes/proxy,nodes/stats",
        ],
    ),
    role(
        "system:monitoring",
        &["get /healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*"],
    ),
    role(
        "system:node",
        &[
            "create authentication.k8s.io tokenreviews",
            "create authorization.k8s.io localsubjectaccessreviews,subjectaccessreviews",
            "get,list,watch core services",
            "create,get,list,watch core nodes",
            "patch,update core nodes/status",
            "patch,update core nodes",
            "create,patch,update core events",
            "get,list,watch core pods",
            "create,delete core pods",
            "patch,update core pods/status",
            "create core pods/eviction",
            "get,list,watch core configmaps,secrets",
            "get core persistentvolumeclaims,persistentvolumes",
            "get core endpoints",
            "create,get,list,watch certificates.k8s.io certificatesigningrequests",
            "create,delete,get,patch,update coordination.k8s.io leases",
            "get storage.k8s.io volumeattachments",
            "create core serviceaccounts/token",
            "get,patch,update core persistentvolumeclaims/status",
            "get,list,watch storage.k8s.io csidrivers",
            "create,delete,get,patch,update storage.k8s.io csinodes",
            "get,list,watch node.k8s.io runtimeclasses",
        ],
    ),
    role(
        "system:node-bootstrapper",
        &["create,get,list,watch certificates.k8s.io certificatesigningrequests"],
    ),
    role(
        "system:node-problem-detector",
        &[
            "get core nodes",
            "patch core nodes/status",
            "create,patch,update core,events.k8s.io events",
        ],
    ),
    role(
        "system:node-proxier",
        &[
            "list,watch core endpoints,services",
            "get,list,watch core nodes",
            "create,patch,update core,events.k8s.io events",
            "list,watch discovery.k8s.io endpointslices",
        ],
    ),
    role(
        "system:persistent-volume-provisioner",
        &[
            "create,delete,get,list,watch core persistentvolumes",
            "get,list,update,watch core persistentvolumeclaims",
            "get,list,watch storage.k8s.io storageclasses",
            "watch core events",
            "create,patch,update core,events.k8s.io events",
        ],
    ),
    role("system:public-info-viewer", &["get /healthz /livez /readyz /version /version/"]),
    role(
        "system:service-account-issuer-discovery",
        &["get /.well-known/openid-configuration /openid/v1/jwks"],
    ),
    role(
        "system:volume-scheduler",
        &[
            "get,list,patch,update,watch core persistentvolumes",
            "get,list,watch storage.k8s.io storageclasses",
            "get,list,patch,update,watch core persistentvolumeclaims",
        ],
    ),
    sum("view", &["edit"]),
];

pub(super) const BINDINGS: &[DefaultBinding] = &[
    DefaultBinding { name: "cluster-admin", subjects: &["Group system:masters"] },
    DefaultBinding { name: "system:basic-user", subjects: &["Group system:authenticated"] },
    DefaultBinding { name: "system:discovery", subjects: &["Group system:authenticated"] },
    DefaultBinding {
        name: "system:kube-controller-manager",
        subjects: &["User system:kube-controller-manager"],
    },
    DefaultBinding { name: "system:kube-dns", subjects: &["ServiceAccount kube-dns"] },
    DefaultBinding { name: "system:kube-scheduler", subjects: &["User system:kube-scheduler"] },
    DefaultBinding { name: "system:monitoring", subjects: &["Group system:monitoring"] },
    DefaultBinding { name: "system:node", subjects: &[] },
    DefaultBinding { name: "system:node-proxier", subjects: &["User system:kube-proxy"] },
    DefaultBinding {
        name: "system:public-info-viewer",
        subjects: &["Group system:authenticated", "Group system:unauthenticated"],
    },
    DefaultBinding {
        name: "system:service-account-issuer-discovery",
        subjects: &["Group system:serviceaccounts"],
    },
    DefaultBinding { name: "system:volume-scheduler", subjects: &["User system:kube-scheduler"] },
];
