//! Nobody gives others more than they have (`pkg/registry/rbac`, `ConfirmNoEscalation`).

use bevy_ecs::world::World;
use k8s_openapi::api::rbac::v1::PolicyRule;
use opsdrill_objects::{Object, Status};

use super::index::{binding_of, rules_of};
use super::{Action, Authorizer, decide, is_master, rules};
use crate::api::Identity;

/// Refuses a role with rules that its author does not have, and a binding to such a role.
pub(in crate::api) fn confirm(
    world: &World,
    identity: &Identity,
    object: &Object,
    old: Option<&Object>,
) -> Result<(), Status> {
    if is_master(identity) {
        return Ok(());
    }
    if let Some(wanted) = rules_of(object) {
        let unchanged = old.is_some_and(|it| rules_of(it) == Some(wanted));
        if unchanged || may(world, identity, object, "escalate", &object.meta.name) {
            return Ok(());
        }
        return covered(world, identity, object, wanted);
    }
    let Some((role, _)) = binding_of(object) else { return Ok(()) };
    let resource = if role.kind == "Role" { "roles" } else { "clusterroles" };
    if may_bind(world, identity, object, resource, &role.name) {
        return Ok(());
    }
    let Some(wanted) = world.resource::<Authorizer>().role(object, role) else {
        let info = if role.kind == "Role" { "roles" } else { "clusterroles" };
        let message = format!("{info}.rbac.authorization.k8s.io {:?} not found", role.name);
        return Err(Status::new(404, "NotFound", message));
    };
    covered(world, identity, object, wanted)
}

fn may(world: &World, identity: &Identity, object: &Object, verb: &str, name: &str) -> bool {
    let info = object.kind.info();
    may_with(world, identity, object, verb, (info.plural, name))
}

fn may_bind(
    world: &World,
    identity: &Identity,
    object: &Object,
    resource: &str,
    name: &str,
) -> bool {
    may_with(world, identity, object, "bind", (resource, name))
}

fn may_with(
    world: &World,
    identity: &Identity,
    object: &Object,
    verb: &str,
    (resource, name): (&str, &str),
) -> bool {
    let action = Action::Resource {
        verb,
        group: "rbac.authorization.k8s.io",
        resource,
        subresource: "",
        namespace: object.meta.namespace(),
        name,
    };
    decide(world, identity, &action).allowed
}

fn covered(
    world: &World,
    identity: &Identity,
    object: &Object,
    wanted: &[PolicyRule],
) -> Result<(), Status> {
    let authorizer = world.resource::<Authorizer>();
    let (held, unresolved) = authorizer.rules_of(identity, object.meta.namespace());
    let missing = rules::compact(&rules::missing(&held, wanted));
    if missing.is_empty() {
        return Ok(());
    }
    let mut texts: Vec<String> = missing.iter().map(rules::text).collect();
    texts.sort();
    texts.dedup();
    let groups: Vec<String> = identity.groups.iter().map(|it| format!("{it:?}")).collect();
    let mut why = format!(
        "user {:?} (groups=[{}]) is attempting to grant RBAC permissions not currently held:\n{}",
        &*identity.user,
        groups.join(" "),
        texts.join("\n"),
    );
    if !unresolved.is_empty() {
        why = format!("{why}; resolution errors: [{}]", unresolved.join(" "));
    }
    Err(Status::forbidden(object.kind, &object.meta.name, &why))
}
