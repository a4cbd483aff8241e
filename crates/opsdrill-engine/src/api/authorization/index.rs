//! Rules of roles and roles of subjects, kept as the objects change.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::resource::Resource;
use k8s_openapi::api::rbac::v1::{PolicyRule, RoleRef, Subject};
use opsdrill_objects::{Kind, Object};

use super::{Action, Decision, rules};
use crate::api::Identity;
use crate::store::Notice;

/// Whom a binding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    User(String),
    Group(String),
}

/// A binding: its namespace (empty for the cluster's) and its name.
type BindingKey = (Arc<str>, Arc<str>);
/// A role: its namespace (empty for the cluster's) and its name.
type RoleKey = (Arc<str>, Arc<str>);

/// The index.
#[derive(Resource, Debug, Default)]
pub(crate) struct Authorizer {
    roles: BTreeMap<RoleKey, Arc<[PolicyRule]>>,
    /// The role that each binding of a subject gives.
    bindings: BTreeMap<Who, BTreeMap<BindingKey, RoleKey>>,
}

impl Authorizer {
    /// Notes changed roles and bindings.
    pub(crate) fn observe(&mut self, notices: &[Notice]) {
        let about_roles = |it: &&Notice| {
            matches!(
                it.kind(),
                Kind::Role | Kind::ClusterRole | Kind::RoleBinding | Kind::ClusterRoleBinding
            )
        };
        for notice in notices.iter().filter(about_roles) {
            if let Some(old) = &notice.old {
                self.remove(old);
            }
            if let Some(new) = &notice.new {
                self.add(new);
            }
        }
    }

    pub(super) fn add(&mut self, object: &Object) {
        let own = key(object);
        if let Some(rules) = rules_of(object) {
            self.roles.insert(own, rules.into());
        } else if let Some((role, subjects)) = binding_of(object) {
            let role = role_key(object, role);
            for who in subjects.iter().filter_map(|it| who(object, it)) {
                self.bindings.entry(who).or_default().insert(own.clone(), role.clone());
            }
        }
    }

    fn remove(&mut self, object: &Object) {
        let own = key(object);
        if rules_of(object).is_some() {
            self.roles.remove(&own);
        } else if let Some((_, subjects)) = binding_of(object) {
            for who in subjects.iter().filter_map(|it| who(object, it)) {
                if let Some(bindings) = self.bindings.get_mut(&who) {
                    bindings.remove(&own);
                    if bindings.is_empty() {
                        self.bindings.remove(&who);
                    }
                }
            }
        }
    }

    /// The roles that somebody has in a namespace (those of the cluster included), or in the cluster alone.
    fn roles_of<'a>(
        &'a self,
        identity: &Identity,
        namespace: &'a str,
    ) -> impl Iterator<Item = &'a RoleKey> + use<'a> {
        let user = Who::User(identity.user.to_string());
        let groups = identity.groups.iter().map(|it| Who::Group(it.to_string()));
        let subjects: Vec<Who> = std::iter::once(user).chain(groups).collect();
        let bindings = subjects.into_iter().filter_map(|it| self.bindings.get(&it));
        bindings.flat_map(move |it| {
            let of = |place: &str| {
                let place: Arc<str> = place.into();
                it.range((place.clone(), "".into())..)
                    .take_while(move |((namespace, _), _)| *namespace == place)
                    .map(|(_, role)| role)
            };
            of("").chain((!namespace.is_empty()).then(|| of(namespace)).into_iter().flatten())
        })
    }

    /// Every rule that somebody has in a namespace, and the roles that are bound and do not exist.
    pub(super) fn rules_of(
        &self,
        identity: &Identity,
        namespace: &str,
    ) -> (Vec<PolicyRule>, Vec<String>) {
        let mut rules = Vec::new();
        let mut missing = Vec::new();
        for role in self.roles_of(identity, namespace) {
            match self.roles.get(role) {
                Some(found) => rules.extend(found.iter().cloned()),
                None => missing.push(not_found(role)),
            }
        }
        (rules, missing)
    }

    /// Decides by the rules alone.
    pub(super) fn decide(&self, identity: &Identity, action: &Action<'_>) -> Decision {
        let namespace = match action {
            Action::Resource { namespace, .. } => namespace,
            Action::Path { .. } => "",
        };
        let mut missing = Vec::new();
        for role in self.roles_of(identity, namespace) {
            match self.roles.get(role) {
                Some(rules) if rules.iter().any(|it| rules::allows(it, action)) => {
                    return Decision { allowed: true, reason: String::new() };
                }
                Some(_) => {}
                None => missing.push(not_found(role)),
            }
        }
        let reason = match missing.as_slice() {
            [] => String::new(),
            [one] => format!("RBAC: {one}"),
            many => format!("RBAC: [{}]", many.join(", ")),
        };
        Decision { allowed: false, reason }
    }

    /// The rules of a role that a binding names.
    pub(super) fn role(&self, binding: &Object, role: &RoleRef) -> Option<&Arc<[PolicyRule]>> {
        self.roles.get(&role_key(binding, role))
    }
}

fn not_found((namespace, name): &RoleKey) -> String {
    let resource = if namespace.is_empty() { "clusterrole" } else { "role" };
    format!("{resource}.rbac.authorization.k8s.io {name:?} not found")
}

fn key(object: &Object) -> (Arc<str>, Arc<str>) {
    (object.meta.namespace.clone().unwrap_or_default(), object.meta.name.clone())
}

pub(super) fn rules_of(object: &Object) -> Option<&[PolicyRule]> {
    let rules = match object.kind {
        Kind::Role => &object.role()?.rules,
        Kind::ClusterRole => &object.cluster_role()?.rules,
        _ => return None,
    };
    Some(rules.as_deref().unwrap_or_default())
}

pub(super) fn binding_of(object: &Object) -> Option<(&RoleRef, &[Subject])> {
    let (role, subjects) = match object.kind {
        Kind::RoleBinding => object.role_binding().map(|it| (&it.role_ref, &it.subjects))?,
        Kind::ClusterRoleBinding => {
            object.cluster_role_binding().map(|it| (&it.role_ref, &it.subjects))?
        }
        _ => return None,
    };
    Some((role, subjects.as_deref().unwrap_or_default()))
}

fn role_key(binding: &Object, role: &RoleRef) -> RoleKey {
    let namespace = match role.kind.as_str() {
        "Role" => binding.meta.namespace.clone().unwrap_or_default(),
        _ => Arc::default(),
    };
    (namespace, role.name.as_str().into())
}

fn who(binding: &Object, subject: &Subject) -> Option<Who> {
    match subject.kind.as_str() {
        "User" => Some(Who::User(subject.name.clone())),
        "Group" => Some(Who::Group(subject.name.clone())),
        "ServiceAccount" => {
            let namespace = subject.namespace.as_deref().unwrap_or(binding.meta.namespace());
            Some(Who::User(format!("system:serviceaccount:{namespace}:{}", subject.name)))
        }
        _ => None,
    }
}
