//! The containers of a pod or of a pod template.

use opsdrill_objects::k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStatus, EnvVar, EnvVarSource, Probe, ResourceRequirements,
};
use opsdrill_objects::k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use opsdrill_objects::quantity::Quantity;
use opsdrill_objects::{Meta, go_format};

use super::Description;
use super::writer::{date, or_none};

/// Whose containers they are.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    /// Their states.
    pub(super) statuses: &'a [ContainerStatus],
    /// The pod's metadata, from which environment variables may come.
    pub(super) pod: Option<&'a Meta>,
    /// What the lines of a template are indented by.
    pub(super) indent: &'static str,
}

/// Writes containers under a title.
pub(super) fn describe(title: &str, containers: &[Container], owner: Owner, out: &mut Description) {
    let none = if containers.is_empty() { " <none>" } else { "" };
    let indent = owner.indent;
    out.line(0, format!("{indent}{title}:{none}"));
    let name_indent = if indent.is_empty() { "" } else { " " };
    for container in containers {
        let status = owner.statuses.iter().find(|it| it.name == container.name);
        out.line(1, format!("{name_indent}{}:", container.name));
        basics(container, status, out);
        words("Command", container.command.as_deref(), out);
        words("Args", container.args.as_deref(), out);
        if let Some(status) = status {
            states(status, out);
        }
        if let Some(resources) = &container.resources {
            describe_resources(resources, out);
        }
        for (name, found) in [
            ("Liveness", &container.liveness_probe),
            ("Readiness", &container.readiness_probe),
            ("Startup", &container.startup_probe),
        ] {
            if let Some(found) = found {
                out.field(2, name, probe(found));
            }
        }
        environment(container, owner.pod, out);
        mounts(container, out);
    }
}

fn basics(container: &Container, status: Option<&ContainerStatus>, out: &mut Description) {
    if let Some(status) = status {
        out.field(2, "Container ID", status.container_id.as_deref().unwrap_or_default());
    }
    out.field(2, "Image", container.image.as_deref().unwrap_or_default());
    if let Some(status) = status {
        out.field(2, "Image ID", &status.image_id);
    }
    let ports = |name: &str, number: &dyn Fn(usize) -> i32, out: &mut Description| {
        let list = container.ports.iter().flatten().enumerate();
        let texts: Vec<String> = list
            .map(|(place, it)| {
                format!("{}/{}", number(place), it.protocol.as_deref().unwrap_or("TCP"))
            })
            .collect();
        let plural = if texts.len() > 1 { "s" } else { "" };
        out.field(2, &format!("{name}{plural}"), or_none(&texts.join(", ")));
    };
    let all = container.ports.as_deref().unwrap_or_default();
    ports("Port", &|place| all[place].container_port, out);
    ports("Host Port", &|place| all[place].host_port.unwrap_or_default(), out);
    let seccomp = container.security_context.as_ref().and_then(|it| it.seccomp_profile.as_ref());
    if let Some(profile) = seccomp {
        out.field(2, "SeccompProfile", &profile.type_);
        if let Some(file) =
            profile.localhost_profile.as_ref().filter(|_| profile.type_ == "Localhost")
        {
            out.field(2, "LocalhostProfile", file);
        }
    }
}

fn words(title: &str, words: Option<&[String]>, out: &mut Description) {
    let words = words.unwrap_or_default();
    if words.is_empty() {
        return;
    }
    out.line(2, format!("{title}:"));
    for line in words.iter().flat_map(|it| it.split('\n')) {
        out.line(3, line);
    }
}

fn states(status: &ContainerStatus, out: &mut Description) {
    let empty = ContainerState::default();
    state("State", status.state.as_ref().unwrap_or(&empty), out);
    if let Some(last) = status.last_state.as_ref().filter(|it| it.terminated.is_some()) {
        state("Last State", last, out);
    }
    out.field(2, "Ready", if status.ready { "True" } else { "False" });
    out.field(2, "Restart Count", status.restart_count);
}

fn state(title: &str, state: &ContainerState, out: &mut Description) {
    let optional = |name: &str, text: &Option<String>, out: &mut Description| {
        if let Some(text) = text.as_deref().filter(|it| !it.is_empty()) {
            out.field(3, name, text);
        }
    };
    if let Some(running) = &state.running {
        out.field(2, title, "Running");
        out.field(3, "Started", running.started_at.as_ref().map(date).unwrap_or_default());
    } else if let Some(ended) = &state.terminated {
        out.field(2, title, "Terminated");
        optional("Reason", &ended.reason, out);
        optional("Message", &ended.message, out);
        out.field(3, "Exit Code", ended.exit_code);
        if let Some(signal) = ended.signal.filter(|it| *it > 0) {
            out.field(3, "Signal", signal);
        }
        out.field(3, "Started", ended.started_at.as_ref().map(date).unwrap_or_default());
        out.field(3, "Finished", ended.finished_at.as_ref().map(date).unwrap_or_default());
    } else {
        out.field(2, title, "Waiting");
        if let Some(waiting) = &state.waiting {
            optional("Reason", &waiting.reason, out);
        }
    }
}

fn describe_resources(resources: &ResourceRequirements, out: &mut Description) {
    for (title, list) in [("Limits", &resources.limits), ("Requests", &resources.requests)] {
        let Some(list) = list.as_ref().filter(|it| !it.is_empty()) else { continue };
        out.line(2, format!("{title}:"));
        for (name, quantity) in list {
            out.field(3, name, &quantity.0);
        }
    }
}

fn port_text(port: &IntOrString) -> String {
    match port {
        IntOrString::Int(number) => number.to_string(),
        IntOrString::String(name) => name.clone(),
    }
}

/// `http-get http://:80/ok delay=0s timeout=1s period=5s #success=1 #failure=3`.
fn probe(probe: &Probe) -> String {
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        probe.initial_delay_seconds.unwrap_or_default(),
        probe.timeout_seconds.unwrap_or_default(),
        probe.period_seconds.unwrap_or_default(),
        probe.success_threshold.unwrap_or_default(),
        probe.failure_threshold.unwrap_or_default(),
    );
    if let Some(exec) = &probe.exec {
        let command = exec.command.as_deref().unwrap_or_default().join(" ");
        return format!("exec [{command}] {attributes}");
    }
    if let Some(get) = &probe.http_get {
        let scheme = get.scheme.as_deref().unwrap_or("HTTP").to_lowercase();
        let host = get.host.as_deref().unwrap_or_default();
        let path = get.path.as_deref().unwrap_or_default();
        let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
        return format!(
            "http-get {scheme}://{host}:{}{slash}{path} {attributes}",
            port_text(&get.port)
        );
    }
    if let Some(tcp) = &probe.tcp_socket {
        let host = tcp.host.as_deref().unwrap_or_default();
        return format!("tcp-socket {host}:{} {attributes}", port_text(&tcp.port));
    }
    if let Some(grpc) = &probe.grpc {
        let service = grpc.service.as_deref().unwrap_or_default();
        return format!("grpc <pod>:{} {service} {attributes}", grpc.port);
    }
    format!("unknown {attributes}")
}

fn environment(container: &Container, pod: Option<&Meta>, out: &mut Description) {
    let sources = container.env_from.as_deref().unwrap_or_default();
    if !sources.is_empty() {
        out.line(2, "Environment Variables from:");
    }
    for source in sources {
        let (name, kind, optional) = match (&source.config_map_ref, &source.secret_ref) {
            (Some(it), _) => (&it.name, "ConfigMap", it.optional),
            (_, Some(it)) => (&it.name, "Secret", it.optional),
            _ => continue,
        };
        let prefix = match source.prefix.as_deref().unwrap_or_default() {
            "" => String::new(),
            prefix => format!(" with prefix '{prefix}'"),
        };
        let optional = optional.unwrap_or_default();
        out.line(3, format!("{name}\t{kind}{prefix}\tOptional: {optional}"));
    }
    let variables = container.env.as_deref().unwrap_or_default();
    let none = if variables.is_empty() { "\t<none>" } else { "" };
    out.line(2, format!("Environment:{none}"));
    for variable in variables {
        match &variable.value_from {
            None => plain_variable(variable, out),
            Some(source) => {
                let text = variable_source(source, pod, container);
                out.line(3, format!("{}:\t{text}", variable.name));
            }
        }
    }
}

fn plain_variable(variable: &EnvVar, out: &mut Description) {
    let value = variable.value.as_deref().unwrap_or_default();
    for (place, line) in value.split('\n').enumerate() {
        let head = if place == 0 { format!("{}:", variable.name) } else { String::new() };
        out.line(3, format!("{head}\t{line}"));
    }
}

fn variable_source(source: &EnvVarSource, pod: Option<&Meta>, container: &Container) -> String {
    if let Some(field) = &source.field_ref {
        let value = pod.map(|it| pod_field(it, &field.field_path)).unwrap_or_default();
        let version = field.api_version.as_deref().unwrap_or("v1");
        return format!("{value} ({version}:{})", field.field_path);
    }
    if let Some(resource) = &source.resource_field_ref {
        let divisor = resource.divisor.as_ref().map(|it| it.0.as_str()).unwrap_or_default();
        let value = resource_field(&resource.resource, divisor, container);
        return format!("{value} ({})", resource.resource);
    }
    if let Some(key) = &source.secret_key_ref {
        let optional = key.optional.unwrap_or_default();
        return format!(
            "<set to the key '{}' in secret '{}'>\tOptional: {optional}",
            key.key, key.name
        );
    }
    if let Some(key) = &source.config_map_key_ref {
        let optional = key.optional.unwrap_or_default();
        return format!(
            "<set to the key '{}' of config map '{}'>\tOptional: {optional}",
            key.key, key.name
        );
    }
    String::new()
}

/// The fields of metadata that kubectl fills in; it shows nothing for the others.
fn pod_field(pod: &Meta, path: &str) -> String {
    match path {
        "metadata.name" => pod.name.to_string(),
        "metadata.namespace" => pod.namespace().to_owned(),
        "metadata.uid" => pod.uid.to_string(),
        _ => String::new(),
    }
}

/// `limits.memory` and the like in units of the divisor, which is 1 unless given, rounded up; without a limit the
/// node's own size counts.
fn resource_field(path: &str, divisor: &str, container: &Container) -> String {
    let resources = container.resources.clone().unwrap_or_default();
    let (list, name) = match path.split_once('.') {
        Some(("limits", name)) => (resources.limits, name),
        Some(("requests", name)) => (resources.requests, name),
        _ => return String::new(),
    };
    match list.unwrap_or_default().get(name) {
        Some(quantity) => {
            let milli = |text: &str| Quantity::parse(text).ok().map(|it| it.milli_value());
            let divisor = milli(divisor).filter(|it| *it > 0).unwrap_or(1000);
            let whole = milli(&quantity.0).map(|it| (it + divisor - 1) / divisor);
            whole.map_or_else(|| quantity.0.clone(), |it| it.to_string())
        }
        None if path.starts_with("limits.") => "node allocatable".to_owned(),
        None => "0".to_owned(),
    }
}

fn mounts(container: &Container, out: &mut Description) {
    let mut mounts = container.volume_mounts.clone().unwrap_or_default();
    mounts.sort_by(|one, other| one.mount_path.cmp(&other.mount_path));
    let none = if mounts.is_empty() { "\t<none>" } else { "" };
    out.line(2, format!("Mounts:{none}"));
    for mount in mounts {
        let mut flags =
            if mount.read_only == Some(true) { "ro".to_owned() } else { "rw".to_owned() };
        if let Some(path) = mount.sub_path.as_deref().filter(|it| !it.is_empty()) {
            flags.push_str(&format!(",path={}", go_format::quote(path)));
        }
        out.line(3, format!("{} from {} ({flags})", mount.mount_path, mount.name));
    }
}
