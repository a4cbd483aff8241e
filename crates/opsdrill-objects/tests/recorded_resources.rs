//! What discovery tells of each kind, against the recorded `kubectl api-resources -o wide`.

use std::collections::BTreeSet;

use opsdrill_objects::kinds::KINDS;

/// Every verb of an ordinary resource.
const ALL: &str = "create,delete,deletecollection,get,list,patch,update,watch";

/// Name, short names, version, whether it is namespaced, kind, verbs (`all` for every one), categories.
const RECORDED: &str = "\
bindings - v1 true Binding create -
componentstatuses cs v1 false ComponentStatus get,list -
configmaps cm v1 true ConfigMap all -
endpoints ep v1 true Endpoints all -
events ev v1 true Event all -
limitranges limits v1 true LimitRange all -
namespaces ns v1 false Namespace create,delete,get,list,patch,update,watch -
nodes no v1 false Node all -
persistentvolumeclaims pvc v1 true PersistentVolumeClaim all -
persistentvolumes pv v1 false PersistentVolume all -
pods po v1 true Pod all all
podtemplates - v1 true PodTemplate all -
replicationcontrollers rc v1 true ReplicationController all all
resourcequotas quota v1 true ResourceQuota all -
secrets - v1 true Secret all -
serviceaccounts sa v1 true ServiceAccount all -
services svc v1 true Service all all
mutatingwebhookconfigurations - admissionregistration.k8s.io/v1 false MutatingWebhookConfiguration all api-extensions
validatingadmissionpolicies - admissionregistration.k8s.io/v1 false ValidatingAdmissionPolicy all api-extensions
validatingadmissionpolicybindings - admissionregistration.k8s.io/v1 false ValidatingAdmissionPolicyBinding all api-extensions
validatingwebhookconfigurations - admissionregistration.k8s.io/v1 false ValidatingWebhookConfiguration all api-extensions
customresourcedefinitions crd,crds apiextensions.k8s.io/v1 false CustomResourceDefinition all api-extensions
apiservices - apiregistration.k8s.io/v1 false APIService all api-extensions
controllerrevisions - apps/v1 true ControllerRevision all -
daemonsets ds apps/v1 true DaemonSet all all
deployments deploy apps/v1 true Deployment all all
replicasets rs apps/v1 true ReplicaSet all all
statefulsets sts apps/v1 true StatefulSet all all
selfsubjectreviews - authentication.k8s.io/v1 false SelfSubjectReview create -
tokenreviews - authentication.k8s.io/v1 false TokenReview create -
localsubjectaccessreviews - authorization.k8s.io/v1 true LocalSubjectAccessReview create -
selfsubjectaccessreviews - authorization.k8s.io/v1 false SelfSubjectAccessReview create -
selfsubjectrulesreviews - authorization.k8s.io/v1 false SelfSubjectRulesReview create -
subjectaccessreviews - authorization.k8s.io/v1 false SubjectAccessReview create -
horizontalpodautoscalers hpa autoscaling/v2 true HorizontalPodAutoscaler all all
cronjobs cj batch/v1 true CronJob all all
jobs - batch/v1 true Job all all
certificatesigningrequests csr certificates.k8s.io/v1 false CertificateSigningRequest all -
leases - coordination.k8s.io/v1 true Lease all -
endpointslices - discovery.k8s.io/v1 true EndpointSlice all -
events ev events.k8s.io/v1 true Event all -
flowschemas - flowcontrol.apiserver.k8s.io/v1 false FlowSchema all -
prioritylevelconfigurations - flowcontrol.apiserver.k8s.io/v1 false PriorityLevelConfiguration all -
ingressclasses - networking.k8s.io/v1 false IngressClass all -
ingresses ing networking.k8s.io/v1 true Ingress all -
networkpolicies netpol networking.k8s.io/v1 true NetworkPolicy all -
runtimeclasses - node.k8s.io/v1 false RuntimeClass all -
poddisruptionbudgets pdb policy/v1 true PodDisruptionBudget all -
clusterrolebindings - rbac.authorization.k8s.io/v1 false ClusterRoleBinding all -
clusterroles - rbac.authorization.k8s.io/v1 false ClusterRole all -
rolebindings - rbac.authorization.k8s.io/v1 true RoleBinding all -
roles - rbac.authorization.k8s.io/v1 true Role all -
priorityclasses pc scheduling.k8s.io/v1 false PriorityClass all -
csidrivers - storage.k8s.io/v1 false CSIDriver all -
csinodes - storage.k8s.io/v1 false CSINode all -
csistoragecapacities - storage.k8s.io/v1 true CSIStorageCapacity all -
storageclasses sc storage.k8s.io/v1 false StorageClass all -
volumeattachments - storage.k8s.io/v1 false VolumeAttachment all -
";

#[test]
fn every_resource_is_there_as_recorded() {
    let recorded: BTreeSet<&str> = RECORDED.lines().collect();
    let or_dash = |words: &[&str]| {
        if words.is_empty() { "-".to_owned() } else { words.join(",") }
    };
    let mut known = BTreeSet::new();
    for row in KINDS {
        let verbs = if row.verbs.join(",") == ALL { "all".to_owned() } else { row.verbs.join(",") };
        let own = std::iter::once(row.api_version());
        // Of two versions in one group only the preferred one is listed.
        let others = row.other_versions.iter().filter(|it| it.group != row.group);
        for version in own.chain(others.map(opsdrill_objects::kinds::ServedVersion::api_version)) {
            known.insert(format!(
                "{} {} {version} {} {} {verbs} {}",
                row.plural,
                or_dash(row.short_names),
                row.namespaced,
                row.name,
                or_dash(row.categories),
            ));
        }
    }
    let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
    let missing: Vec<_> = recorded.difference(&known).collect();
    let more: Vec<_> = known.difference(&recorded).collect();
    assert!(missing.is_empty() && more.is_empty(), "missing {missing:#?}, more {more:#?}");
}
