//! Who may do what: RBAC over an index that is kept as roles and bindings change.
//!
//! `system:masters`, to whom the parts of the control plane belong, passes at once. For everybody else the bindings
//! of their name and groups are looked up, those of the cluster and those of the namespace asked about.

mod controller_roles;
mod default_roles;
mod defaults;
mod escalation;
mod index;
mod review;
mod rules;

use bevy_ecs::world::World;
use opsdrill_objects::Status;

use super::{Identity, Request, Subresource, Target, Verb};

pub(super) use defaults::bootstrap;
pub(super) use escalation::confirm;
pub(crate) use index::Authorizer;
pub(super) use review::review;

/// The group that may do everything.
const MASTERS: &str = "system:masters";

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action<'a> {
    /// Something with a resource.
    Resource {
        /// `get`, `list`, `create` and so on.
        verb: &'a str,
        /// API group; empty for core.
        group: &'a str,
        /// Plural name, such as `pods`.
        resource: &'a str,
        /// Such as `log`; may be empty.
        subresource: &'a str,
        /// Empty at the scope of the cluster.
        namespace: &'a str,
        /// Empty for lists and creations.
        name: &'a str,
    },
    /// Something with a path that is no resource, such as `/metrics`.
    Path {
        /// The method in lower case, such as `get`.
        verb: &'a str,
        /// The path.
        path: &'a str,
    },
}

/// Whether somebody may do something, and why not where there is more to say than that no rule allows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is allowed.
    pub allowed: bool,
    /// The reason; often empty.
    pub reason: String,
}

/// Decides.
pub(crate) fn decide(world: &World, identity: &Identity, action: &Action<'_>) -> Decision {
    if is_master(identity) {
        return Decision { allowed: true, reason: String::new() };
    }
    world.resource::<Authorizer>().decide(identity, action)
}

pub(super) fn is_master(identity: &Identity) -> bool {
    identity.groups.iter().any(|it| &**it == MASTERS)
}

/// Refuses a request to the store that its author may not make.
pub(super) fn check(world: &World, identity: &Identity, request: &Request) -> Result<(), Status> {
    if is_master(identity) {
        return Ok(());
    }
    let target = &request.target;
    let info = target.kind.info();
    let action = Action::Resource {
        verb: request.verb.name(),
        group: info.group,
        resource: info.plural,
        subresource: target.subresource.map_or("", Subresource::name),
        namespace: if info.namespaced { &target.namespace } else { "" },
        name: name_of(request),
    };
    refuse_unless_allowed(world, identity, &action)
}

/// Refuses an action that is not allowed, with the server's words.
///
/// # Errors
/// 403 with the real text.
pub(crate) fn refuse_unless_allowed(
    world: &World,
    identity: &Identity,
    action: &Action<'_>,
) -> Result<(), Status> {
    let decision = decide(world, identity, action);
    if decision.allowed {
        return Ok(());
    }
    let mut why = format!("User {:?} cannot {}", &*identity.user, deed(action));
    if !decision.reason.is_empty() {
        why = format!("{why}: {}", decision.reason);
    }
    Err(match action {
        Action::Path { .. } => Status::new(403, "Forbidden", format!("forbidden: {why}")),
        Action::Resource { group, resource, name, .. } => {
            Status::forbidden_resource(group, resource, name, &why)
        }
    })
}

/// `list resource "pods" in API group "" in the namespace "x"`.
fn deed(action: &Action<'_>) -> String {
    match action {
        Action::Path { verb, path } => format!("{verb} path {path:?}"),
        Action::Resource { verb, group, resource, subresource, namespace, .. } => {
            let slash = if subresource.is_empty() { "" } else { "/" };
            let place = if namespace.is_empty() {
                "at the cluster scope".to_owned()
            } else {
                format!("in the namespace {namespace:?}")
            };
            format!(
                "{verb} resource \"{resource}{slash}{subresource}\" in API group {group:?} {place}"
            )
        }
    }
}

/// The name in a request's address: a creation has none, a list that selects one name has that.
fn name_of(request: &Request) -> &str {
    let Target { name, subresource, .. } = &request.target;
    match request.verb {
        Verb::Create(_) if subresource.is_none() => "",
        Verb::List | Verb::Watch if name.is_empty() => {
            let fields = &request.options.field_selector;
            let named = fields.strip_prefix("metadata.name=").unwrap_or_default();
            let named = named.strip_prefix('=').unwrap_or(named);
            if named.contains([',', '=', '!']) { "" } else { named }
        }
        _ => name,
    }
}
