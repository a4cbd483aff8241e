//! A container's environment: services, ConfigMaps, Secrets, fields, and `$(VAR)` in all of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::{Container, EnvVarSource, PodSpec};
use opsdrill_objects::{Kind, Object};

use super::worker::{Worker, container_spec};
use super::{Kubelets, fields};
use crate::store::Notice;
use crate::view::View;

/// Variables and their values.
pub(super) type Environment = BTreeMap<String, String>;

/// The environments of containers that ask nothing of their own pod: all pods of a template have the same one, until a
/// Service, ConfigMap or Secret changes.
#[derive(Debug, Default)]
pub(super) struct Environments(Vec<Known>);

/// How many are remembered.
const KNOWN_MAX: usize = 512;

#[derive(Debug)]
struct Known {
    spec: Arc<PodSpec>,
    namespace: Arc<str>,
    place: usize,
    env: Arc<Environment>,
}

impl Environments {
    /// Forgets all of them if one of these changes is about what they were made from.
    pub(super) fn observe(&mut self, notices: &[Notice]) {
        let source =
            |it: &Notice| matches!(it.kind(), Kind::Service | Kind::ConfigMap | Kind::Secret);
        if !self.0.is_empty() && notices.iter().any(source) {
            self.0.clear();
        }
    }

    fn find(&self, spec: &Arc<PodSpec>, namespace: &str, place: usize) -> Option<Arc<Environment>> {
        let same = |it: &&Known| {
            Arc::ptr_eq(&it.spec, spec) && it.place == place && *it.namespace == *namespace
        };
        self.0.iter().rev().find(same).map(|it| it.env.clone())
    }

    fn remember(&mut self, known: Known) {
        if self.0.len() >= KNOWN_MAX {
            self.0.remove(0);
        }
        self.0.push(known);
    }
}

/// The environment of a container of a pod.
///
/// # Errors
/// The kubelet's words for `CreateContainerConfigError`.
pub(super) fn of(
    world: &mut World,
    worker: &Worker,
    object: &Object,
    place: usize,
) -> Result<Arc<Environment>, String> {
    let pod = object.pod().expect("workers look after pods");
    let container = container_spec(&pod.spec, place).expect("a worker's containers are its pod's");
    let mut sources = container.env.iter().flatten().filter_map(|it| it.value_from.as_ref());
    let own = sources.any(|it| it.field_ref.is_some() || it.resource_field_ref.is_some());
    let known = &world.resource::<Kubelets>().environments;
    if !own && let Some(env) = known.find(&pod.spec, &worker.namespace, place) {
        debug_assert_eq!(
            Ok(&*env),
            resolve(View::new(world), object, &container, worker).as_ref(),
            "an environment was not forgotten"
        );
        return Ok(env);
    }
    let env = Arc::new(resolve(View::new(world), object, &container, worker)?);
    if !own {
        let (spec, namespace) = (pod.spec.clone(), worker.namespace.clone());
        let known = Known { spec, namespace, place, env: env.clone() };
        world.resource_mut::<Kubelets>().environments.remember(known);
    }
    Ok(env)
}

/// Resolves a container's environment.
///
/// # Errors
/// The kubelet's words for `CreateContainerConfigError`.
fn resolve(
    view: View<'_>,
    object: &Object,
    container: &Container,
    worker: &Worker,
) -> Result<Environment, String> {
    let services = services(view, object);
    let mut env = Environment::new();
    for source in container.env_from.iter().flatten() {
        let prefix = source.prefix.as_deref().unwrap_or_default();
        if let Some(reference) = &source.config_map_ref {
            let optional = reference.optional == Some(true);
            let data = config_map(view, object, &reference.name, optional)?;
            env.extend(data.into_iter().map(|(key, value)| (format!("{prefix}{key}"), value)));
        }
        if let Some(reference) = &source.secret_ref {
            let optional = reference.optional == Some(true);
            let data = secret(view, object, &reference.name, optional)?;
            env.extend(data.into_iter().map(|(key, value)| (format!("{prefix}{key}"), value)));
        }
    }
    for variable in container.env.iter().flatten() {
        if let Some(text) = &variable.value {
            let value = expand_with(text, |name| env.get(name).or_else(|| services.get(name)));
            env.insert(variable.name.clone(), value);
        } else if let Some(source) = &variable.value_from {
            if let Some(value) = value_from(view, object, container, worker, source)? {
                env.insert(variable.name.clone(), value);
            }
        } else {
            env.insert(variable.name.clone(), String::new());
        }
    }
    for (name, value) in services {
        env.entry(name).or_insert(value);
    }
    Ok(env)
}

/// Replaces `$(NAME)` by the variable's value; what is not known stays, `$$` becomes `$`.
pub(super) fn expand(text: &str, env: &Environment) -> String {
    expand_with(text, |name| env.get(name))
}

fn expand_with<'a>(text: &str, value: impl Fn(&str) -> Option<&'a String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('$') {
        out.push_str(&rest[..place]);
        rest = &rest[place + 1..];
        if let Some(tail) = rest.strip_prefix('$') {
            out.push('$');
            rest = tail;
        } else if let Some((name, tail)) = rest.strip_prefix('(').and_then(|it| it.split_once(')'))
        {
            match value(name) {
                Some(value) => out.push_str(value),
                None => out.extend(["$(", name, ")"]),
            }
            rest = tail;
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    out
}

fn config_map(
    view: View<'_>,
    object: &Object,
    name: &str,
    optional: bool,
) -> Result<Environment, String> {
    let namespace = object.meta.namespace();
    let found = view.get(Kind::ConfigMap, namespace, name).and_then(|it| it.config_map());
    match found {
        Some(found) => Ok(found.data.clone().unwrap_or_default()),
        None if optional => Ok(Environment::new()),
        None => Err(format!("configmap {name:?} not found")),
    }
}

fn secret(
    view: View<'_>,
    object: &Object,
    name: &str,
    optional: bool,
) -> Result<Environment, String> {
    let found = view.get(Kind::Secret, object.meta.namespace(), name).and_then(|it| it.secret());
    match found {
        Some(found) => {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let data = found.data.iter().flatten();
            Ok(data.map(|(key, value)| (key.clone(), text(&value.0))).collect())
        }
        None if optional => Ok(Environment::new()),
        None => Err(format!("secret {name:?} not found")),
    }
}

/// One key of a ConfigMap or Secret; `None` if it is optional and not there.
fn key_of(
    (data, kind, namespace, name): (Environment, &str, &str, &str),
    key: &str,
    optional: bool,
) -> Result<Option<String>, String> {
    match data.get(key) {
        Some(value) => Ok(Some(value.clone())),
        None if optional => Ok(None),
        None => Err(format!("couldn't find key {key} in {kind} {namespace}/{name}")),
    }
}

fn value_from(
    view: View<'_>,
    object: &Object,
    container: &Container,
    worker: &Worker,
    source: &EnvVarSource,
) -> Result<Option<String>, String> {
    let namespace = object.meta.namespace();
    if let Some(it) = &source.config_map_key_ref {
        let optional = it.optional == Some(true);
        let data = config_map(view, object, &it.name, optional)?;
        return key_of((data, "ConfigMap", namespace, &it.name), &it.key, optional);
    }
    if let Some(it) = &source.secret_key_ref {
        let optional = it.optional == Some(true);
        let data = secret(view, object, &it.name, optional)?;
        return key_of((data, "Secret", namespace, &it.name), &it.key, optional);
    }
    if let Some(it) = &source.field_ref {
        return fields::of_pod(view, object, worker, &it.field_path).map(Some);
    }
    if let Some(it) = &source.resource_field_ref {
        let spec = object.pod().map(|pod| &*pod.spec);
        let named = it.container_name.as_deref().and_then(|name| {
            spec.and_then(|it| it.containers.iter().find(|container| container.name == name))
        });
        let divisor = it.divisor.as_ref().map(|it| it.0.as_str());
        let container = named.unwrap_or(container);
        return fields::of_container(view, worker, container, &it.resource, divisor).map(Some);
    }
    Ok(None)
}

/// The variables that name the services: those of the pod's namespace, and `kubernetes` in any case.
fn services(view: View<'_>, object: &Object) -> Environment {
    let links = object.pod().is_none_or(|it| it.spec.enable_service_links != Some(false));
    let mut env = Environment::new();
    if let Some(master) = view.get(Kind::Service, "default", "kubernetes") {
        add_service(&mut env, master);
    }
    if links {
        for service in view.list(Kind::Service, object.meta.namespace()) {
            add_service(&mut env, service);
        }
    }
    env
}

fn add_service(env: &mut Environment, object: &Object) {
    let Some(spec) = object.service().and_then(|it| it.spec.as_ref()) else { return };
    let Some(ip) = spec.cluster_ip.as_deref().filter(|it| !it.is_empty() && *it != "None") else {
        return;
    };
    let Some(first) = spec.ports.iter().flatten().next() else { return };
    let shout = |name: &str| name.to_uppercase().replace('-', "_");
    let name = shout(&object.meta.name);
    let mut put = |key: String, value: String| env.insert(key, value);
    put(format!("{name}_SERVICE_HOST"), ip.to_owned());
    put(format!("{name}_SERVICE_PORT"), first.port.to_string());
    for (place, port) in spec.ports.iter().flatten().enumerate() {
        if let Some(port_name) = port.name.as_deref().filter(|it| !it.is_empty()) {
            put(format!("{name}_SERVICE_PORT_{}", shout(port_name)), port.port.to_string());
        }
        let protocol = port.protocol.as_deref().unwrap_or("TCP");
        let url = format!("{}://{ip}:{}", protocol.to_lowercase(), port.port);
        if place == 0 {
            put(format!("{name}_PORT"), url.clone());
        }
        let base = format!("{name}_PORT_{}_{}", port.port, protocol.to_uppercase());
        put(base.clone(), url);
        put(format!("{base}_PROTO"), protocol.to_lowercase());
        put(format!("{base}_PORT"), port.port.to_string());
        put(format!("{base}_ADDR"), ip.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_expanded_as_kubernetes_does() {
        let env = Environment::from([("A".to_owned(), "1".to_owned())]);
        for (text, expected) in [
            ("$(A)-$(B)", "1-$(B)"),
            ("$$(A)", "$(A)"),
            ("$A", "$A"),
            ("100$", "100$"),
            ("$(A", "$(A"),
        ] {
            assert_eq!(expand(text, &env), expected, "{text}");
        }
    }
}
