//! Reviews: questions about who may do what, and who somebody is, answered without storing anything.

use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::authentication::v1::{SelfSubjectReviewStatus, TokenReviewStatus, UserInfo};
use k8s_openapi::api::authorization::v1::{
    NonResourceAttributes, NonResourceRule, ResourceAttributes, ResourceRule,
    SubjectAccessReviewSpec, SubjectAccessReviewStatus, SubjectRulesReviewStatus,
};
use opsdrill_objects::field_error::FieldError;
use opsdrill_objects::{Kind, Object, Status};

use super::{Action, Authorizer, decide, is_master};
use crate::api::{Answer, Identity, authentication, now_unix};

/// Fills in a review.
pub(in crate::api) fn review(
    world: &World,
    identity: &Identity,
    mut object: Object,
) -> Result<Answer, Status> {
    let namespace = object.meta.namespace().to_owned();
    match object.kind {
        Kind::SelfSubjectAccessReview => {
            let body = object.self_subject_access_review_mut().expect("a review");
            let spec = &body.spec;
            let resource = spec.resource_attributes.as_ref();
            let path = spec.non_resource_attributes.as_ref();
            check_one_of(Kind::SelfSubjectAccessReview, resource, path)?;
            body.status = Some(status(world, identity, resource, path));
        }
        Kind::SubjectAccessReview => {
            let body = object.subject_access_review_mut().expect("a review");
            body.status = Some(about(world, Kind::SubjectAccessReview, &body.spec)?);
        }
        Kind::LocalSubjectAccessReview => {
            let body = object.local_subject_access_review_mut().expect("a review");
            let asked = body.spec.resource_attributes.as_ref();
            let asked = asked.and_then(|it| it.namespace.as_deref()).unwrap_or_default();
            if asked != namespace {
                let why = format!("must match metadata.namespace: {namespace:?}");
                let path = "spec.resourceAttributes.namespace";
                let error = FieldError::invalid(path, asked, why);
                return Err(Status::invalid(Kind::LocalSubjectAccessReview, "", &[error]));
            }
            body.status = Some(about(world, Kind::LocalSubjectAccessReview, &body.spec)?);
        }
        Kind::SelfSubjectRulesReview => {
            let body = object.self_subject_rules_review_mut().expect("a review");
            let Some(namespace) = body.spec.namespace.clone() else {
                return Err(Status::bad_request("no namespace on request"));
            };
            body.status = Some(rules(world, identity, &namespace));
        }
        Kind::SelfSubjectReview => {
            let body = object.self_subject_review_mut().expect("a review");
            let user_info = Some(user_info(identity));
            body.status = Some(SelfSubjectReviewStatus { user_info });
            object.meta.created = now_unix(world);
        }
        Kind::TokenReview => {
            let body = object.token_review_mut().expect("a review");
            let token = body.spec.token.take().unwrap_or_default();
            body.spec.token = Some(token.clone());
            let known = authentication::identity_of(world, &token);
            body.status = Some(TokenReviewStatus {
                authenticated: Some(known.is_some()),
                user: known.as_ref().map(user_info),
                audiences: known.map(|_| vec![authentication::AUDIENCE.to_owned()]),
                error: None,
            });
        }
        kind => unreachable!("{kind:?} is no review"),
    }
    Ok(Answer::Object(Arc::new(object)))
}

fn user_info(identity: &Identity) -> UserInfo {
    UserInfo {
        username: Some(identity.user.to_string()),
        groups: Some(identity.groups.iter().map(ToString::to_string).collect()),
        ..UserInfo::default()
    }
}

fn check_one_of(
    kind: Kind,
    resource: Option<&ResourceAttributes>,
    path: Option<&NonResourceAttributes>,
) -> Result<(), Status> {
    let given = resource.is_some() == path.is_some();
    if !given {
        return Ok(());
    }
    let why = if resource.is_some() {
        "cannot be specified in combination with resourceAttributes"
    } else {
        "exactly one of nonResourceAttributes or resourceAttributes must be specified"
    };
    let error = if resource.is_some() {
        FieldError::invalid("spec.nonResourceAttributes", "", why)
    } else {
        FieldError::invalid("spec.resourceAttributes", "", why)
    };
    Err(Status::invalid(kind, "", &[error]))
}

fn about(
    world: &World,
    kind: Kind,
    spec: &SubjectAccessReviewSpec,
) -> Result<SubjectAccessReviewStatus, Status> {
    let resource = spec.resource_attributes.as_ref();
    let path = spec.non_resource_attributes.as_ref();
    check_one_of(kind, resource, path)?;
    let user = spec.user.clone().unwrap_or_default();
    let groups = spec.groups.clone().unwrap_or_default();
    if user.is_empty() && groups.is_empty() {
        let why = "at least one of user or group must be specified";
        let error = FieldError::invalid("spec.user", "", why);
        return Err(Status::invalid(kind, "", &[error]));
    }
    let identity =
        Identity { user: user.into(), groups: groups.into_iter().map(Arc::<str>::from).collect() };
    Ok(status(world, &identity, resource, path))
}

fn status(
    world: &World,
    identity: &Identity,
    resource: Option<&ResourceAttributes>,
    path: Option<&NonResourceAttributes>,
) -> SubjectAccessReviewStatus {
    let text = |it: &'_ Option<String>| it.clone().unwrap_or_default();
    let decision = if let Some(it) = resource {
        let [verb, group, kind, subresource, namespace, name] =
            [&it.verb, &it.group, &it.resource, &it.subresource, &it.namespace, &it.name].map(text);
        decide(
            world,
            identity,
            &Action::Resource {
                verb: &verb,
                group: &group,
                resource: &kind,
                subresource: &subresource,
                namespace: &namespace,
                name: &name,
            },
        )
    } else {
        let (verb, path) = path.map(|it| (text(&it.verb), text(&it.path))).unwrap_or_default();
        decide(world, identity, &Action::Path { verb: &verb, path: &path })
    };
    SubjectAccessReviewStatus {
        allowed: decision.allowed,
        reason: Some(decision.reason).filter(|it| !it.is_empty()),
        ..SubjectAccessReviewStatus::default()
    }
}

/// What somebody may do in a namespace.
fn rules(world: &World, identity: &Identity, namespace: &str) -> SubjectRulesReviewStatus {
    let (mut rules, missing) = world.resource::<Authorizer>().rules_of(identity, namespace);
    if is_master(identity) && rules.is_empty() {
        let all = || Some(vec!["*".to_owned()]);
        let verbs = || vec!["*".to_owned()];
        rules.push(k8s_openapi::api::rbac::v1::PolicyRule {
            api_groups: all(),
            resources: all(),
            verbs: verbs(),
            ..Default::default()
        });
        rules.push(k8s_openapi::api::rbac::v1::PolicyRule {
            non_resource_urls: all(),
            verbs: verbs(),
            ..Default::default()
        });
    }
    let (paths, resources): (Vec<_>, Vec<_>) = rules
        .into_iter()
        .partition(|it| it.non_resource_urls.as_ref().is_some_and(|it| !it.is_empty()));
    SubjectRulesReviewStatus {
        evaluation_error: (!missing.is_empty()).then(|| missing.join(", ")),
        incomplete: !missing.is_empty(),
        non_resource_rules: paths
            .into_iter()
            .map(|it| NonResourceRule { non_resource_urls: it.non_resource_urls, verbs: it.verbs })
            .collect(),
        resource_rules: resources
            .into_iter()
            .map(|it| ResourceRule {
                api_groups: it.api_groups,
                resource_names: it.resource_names,
                resources: it.resources,
                verbs: it.verbs,
            })
            .collect(),
    }
}
