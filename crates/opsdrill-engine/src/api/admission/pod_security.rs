//! The PodSecurity admission plugin: what the labels of a namespace ask of its pods
//! (`pod-security-admission/policy`). Not looked at: SELinux, sysctls, AppArmor, `procMount`, Windows.

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::{Capabilities, Container, PodSpec, SecurityContext};
use opsdrill_objects::{Kind, Object, Status};

use crate::view::View;

/// Capabilities that a container has anyway and may name.
const DEFAULT_CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Refuses a pod that its namespace does not take, and warns about one, or about a template of some.
pub(super) fn admit(
    world: &World,
    object: &Object,
    warnings: &mut Vec<String>,
) -> Result<(), Status> {
    let Some(spec) = spec_of(object) else { return Ok(()) };
    let Some(namespace) = View::new(world).get(Kind::Namespace, "", object.meta.namespace()) else {
        return Ok(());
    };
    let policy = |mode: &str| {
        let key = format!("pod-security.kubernetes.io/{mode}");
        let level = namespace.meta.label(&key)?;
        let version = namespace.meta.label(&format!("{key}-version")).unwrap_or("latest");
        let complaints = complaints(spec, level);
        (!complaints.is_empty())
            .then(|| format!("\"{level}:{version}\": {}", complaints.join(", ")))
    };
    if object.kind == Kind::Pod
        && let Some(text) = policy("enforce")
    {
        let why = format!("violates PodSecurity {text}");
        return Err(Status::forbidden(Kind::Pod, &object.meta.name, &why));
    }
    if let Some(text) = policy("warn") {
        warnings.push(format!("would violate PodSecurity {text}"));
    }
    Ok(())
}

/// The specification of a pod or of the pods to come.
fn spec_of(object: &Object) -> Option<&PodSpec> {
    let template = match object.kind {
        Kind::Pod => return object.pod().map(|it| &*it.spec),
        Kind::Deployment => Some(&object.deployment()?.spec.as_ref()?.template),
        Kind::ReplicaSet => object.replica_set()?.spec.as_ref()?.template.as_ref(),
        Kind::StatefulSet => Some(&object.stateful_set()?.spec.as_ref()?.template),
        Kind::DaemonSet => Some(&object.daemon_set()?.spec.as_ref()?.template),
        Kind::Job => Some(&object.job()?.spec.as_ref()?.template),
        Kind::CronJob => {
            let job = object.cron_job()?.spec.as_ref()?.job_template.spec.as_ref()?;
            Some(&job.template)
        }
        Kind::ReplicationController => {
            object.replication_controller()?.spec.as_ref()?.template.as_ref()
        }
        Kind::PodTemplate => object.pod_template()?.template.as_ref(),
        _ => None,
    };
    template?.spec.as_ref()
}

fn containers(spec: &PodSpec) -> impl Iterator<Item = &Container> {
    spec.init_containers.iter().flatten().chain(&spec.containers)
}

/// The names of the containers for which something is so.
fn named(spec: &PodSpec, is_so: impl Fn(&SecurityContext) -> bool) -> Vec<String> {
    let none = SecurityContext::default();
    let found = containers(spec).filter(|it| is_so(it.security_context.as_ref().unwrap_or(&none)));
    found.map(|it| format!("{:?}", it.name)).collect()
}

/// `container "a"` or `containers "a", "b"`.
fn listed(noun: &str, names: &[String]) -> String {
    let plural = if names.len() == 1 { "" } else { "s" };
    format!("{noun}{plural} {}", names.join(", "))
}

/// What is wrong with a specification at a level, in the order in which the server tells it.
fn complaints(spec: &PodSpec, level: &str) -> Vec<String> {
    let mut all = Vec::new();
    let restricted = level == "restricted";
    if !restricted && level != "baseline" {
        return all;
    }
    if !restricted {
        added_capabilities(spec, &mut all);
    }
    host_access(spec, &mut all, restricted);
    if restricted {
        restricted_only(spec, &mut all);
    }
    all
}

fn added(capabilities: Option<&Capabilities>, allowed: &[&str]) -> Vec<String> {
    let added = capabilities.into_iter().flat_map(|it| it.add.iter().flatten());
    added.filter(|it| !allowed.contains(&it.as_str())).map(|it| format!("{it:?}")).collect()
}

fn added_capabilities(spec: &PodSpec, all: &mut Vec<String>) {
    let bad = |it: &SecurityContext| added(it.capabilities.as_ref(), &DEFAULT_CAPABILITIES);
    let names = named(spec, |it| !bad(it).is_empty());
    if !names.is_empty() {
        let mut words: Vec<String> =
            containers(spec).filter_map(|it| it.security_context.as_ref()).flat_map(bad).collect();
        words.sort();
        words.dedup();
        all.push(format!(
            "non-default capabilities ({} must not include {} in securityContext.capabilities.add)",
            listed("container", &names),
            words.join(", ")
        ));
    }
}

fn host_access(spec: &PodSpec, all: &mut Vec<String>, restricted: bool) {
    let shared: Vec<&str> = [
        ("hostNetwork=true", spec.host_network),
        ("hostPID=true", spec.host_pid),
        ("hostIPC=true", spec.host_ipc),
    ]
    .iter()
    .filter(|it| it.1 == Some(true))
    .map(|it| it.0)
    .collect();
    if !shared.is_empty() {
        all.push(format!("host namespaces ({})", shared.join(", ")));
    }
    if !restricted {
        let volumes = spec.volumes.iter().flatten().filter(|it| it.host_path.is_some());
        let names: Vec<String> = volumes.map(|it| format!("{:?}", it.name)).collect();
        if !names.is_empty() {
            all.push(format!("hostPath volumes ({})", listed("volume", &names)));
        }
    }
    let ports = |it: &Container| -> Vec<i32> {
        let ports = it.ports.iter().flatten().filter_map(|it| it.host_port);
        ports.filter(|it| *it != 0).collect()
    };
    let using = containers(spec).filter(|it| !ports(it).is_empty());
    let names: Vec<String> = using.map(|it| format!("{:?}", it.name)).collect();
    if !names.is_empty() {
        let mut numbers: Vec<i32> = containers(spec).flat_map(ports).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        let verb = if names.len() == 1 { "uses" } else { "use" };
        let plural = if numbers.len() == 1 { "" } else { "s" };
        all.push(format!(
            "hostPort ({} {verb} hostPort{plural} {})",
            listed("container", &names),
            texts.join(", ")
        ));
    }
    let names = named(spec, |it| it.privileged == Some(true));
    if !names.is_empty() {
        let who = listed("container", &names);
        all.push(format!("privileged ({who} must not set securityContext.privileged=true)"));
    }
}

fn restricted_only(spec: &PodSpec, all: &mut Vec<String>) {
    let names = named(spec, |it| it.allow_privilege_escalation != Some(false));
    if !names.is_empty() {
        let who = listed("container", &names);
        all.push(format!(
            "allowPrivilegeEscalation != false ({who} must set securityContext.allowPrivilegeEscalation=false)"
        ));
    }
    let drops_all = |it: &SecurityContext| {
        let dropped = it.capabilities.iter().flat_map(|it| it.drop.iter().flatten());
        dropped.into_iter().any(|it| it == "ALL")
    };
    let names = named(spec, |it| !drops_all(it));
    if !names.is_empty() {
        let who = listed("container", &names);
        all.push(format!(
            "unrestricted capabilities ({who} must set securityContext.capabilities.drop=[\"ALL\"])"
        ));
    }
    let bad: Vec<String> = spec
        .volumes
        .iter()
        .flatten()
        .filter(|it| it.host_path.is_some() || it.nfs.is_some() || it.iscsi.is_some())
        .map(|it| format!("{:?}", it.name))
        .collect();
    if !bad.is_empty() {
        let verb = if bad.len() == 1 { "uses" } else { "use" };
        all.push(format!(
            "restricted volume types ({} {verb} restricted volume type \"hostPath\")",
            listed("volume", &bad)
        ));
    }
    let pod = spec.security_context.clone().unwrap_or_default();
    let must_not_be_root = pod.run_as_non_root == Some(true);
    let names = named(spec, |it| match it.run_as_non_root {
        Some(says) => !says,
        None => !must_not_be_root,
    });
    if !names.is_empty() {
        let who = listed("container", &names);
        all.push(format!(
            "runAsNonRoot != true (pod or {who} must set securityContext.runAsNonRoot=true)"
        ));
    }
    let names = named(spec, |it| it.run_as_user == Some(0));
    if pod.run_as_user == Some(0) {
        all.push("runAsUser=0 (pod must not set runAsUser=0)".to_owned());
    } else if !names.is_empty() {
        all.push(format!("runAsUser=0 ({} must not set runAsUser=0)", listed("container", &names)));
    }
    let good = |it: Option<&str>| matches!(it, Some("RuntimeDefault" | "Localhost"));
    let of_pod = pod.seccomp_profile.as_ref().map(|it| it.type_.clone());
    let names = named(spec, |it| {
        let own = it.seccomp_profile.as_ref().map(|it| it.type_.as_str());
        !good(own.or(of_pod.as_deref()))
    });
    if !names.is_empty() {
        let who = listed("container", &names);
        all.push(format!(
            "seccompProfile (pod or {who} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")"
        ));
    }
}
