//! What is created without being stored: reviews, which the server answers filled in, and bindings of pods.

use k8s_openapi::api::authentication::v1::{SelfSubjectReview, TokenReview};
use k8s_openapi::api::authorization::v1::{
    LocalSubjectAccessReview, SelfSubjectAccessReview, SelfSubjectRulesReview, SubjectAccessReview,
};
use k8s_openapi::api::core::v1::Binding as BindingBody;

use super::row::ROW;
use super::{Kind, KindInfo, decode_body};

const AUTHENTICATION: &str = "authentication.k8s.io";
const AUTHORIZATION: &str = "authorization.k8s.io";

/// What the rows have in common.
const REVIEW: KindInfo = KindInfo {
    namespaced: false,
    verbs: &["create"],
    validate: |_| Vec::new(),
    validate_update: |_, _| Vec::new(),
    columns: &[],
    cells: |_, _| Vec::new(),
    ..ROW
};

pub(super) const BINDING: KindInfo = KindInfo {
    kind: Kind::Binding,
    name: "Binding",
    plural: "bindings",
    singular: "binding",
    namespaced: true,
    decode: decode_body::<BindingBody>,
    ..REVIEW
};

pub(super) const LOCAL_SUBJECT_ACCESS: KindInfo = KindInfo {
    kind: Kind::LocalSubjectAccessReview,
    name: "LocalSubjectAccessReview",
    group: AUTHORIZATION,
    plural: "localsubjectaccessreviews",
    singular: "localsubjectaccessreview",
    namespaced: true,
    decode: decode_body::<LocalSubjectAccessReview>,
    ..REVIEW
};

pub(super) const SELF_SUBJECT: KindInfo = KindInfo {
    kind: Kind::SelfSubjectReview,
    name: "SelfSubjectReview",
    group: AUTHENTICATION,
    plural: "selfsubjectreviews",
    singular: "selfsubjectreview",
    decode: decode_body::<SelfSubjectReview>,
    ..REVIEW
};

pub(super) const SELF_SUBJECT_ACCESS: KindInfo = KindInfo {
    kind: Kind::SelfSubjectAccessReview,
    name: "SelfSubjectAccessReview",
    group: AUTHORIZATION,
    plural: "selfsubjectaccessreviews",
    singular: "selfsubjectaccessreview",
    decode: decode_body::<SelfSubjectAccessReview>,
    ..REVIEW
};

pub(super) const SELF_SUBJECT_RULES: KindInfo = KindInfo {
    kind: Kind::SelfSubjectRulesReview,
    name: "SelfSubjectRulesReview",
    group: AUTHORIZATION,
    plural: "selfsubjectrulesreviews",
    singular: "selfsubjectrulesreview",
    decode: decode_body::<SelfSubjectRulesReview>,
    ..REVIEW
};

pub(super) const SUBJECT_ACCESS: KindInfo = KindInfo {
    kind: Kind::SubjectAccessReview,
    name: "SubjectAccessReview",
    group: AUTHORIZATION,
    plural: "subjectaccessreviews",
    singular: "subjectaccessreview",
    decode: decode_body::<SubjectAccessReview>,
    ..REVIEW
};

pub(super) const TOKEN: KindInfo = KindInfo {
    kind: Kind::TokenReview,
    name: "TokenReview",
    group: AUTHENTICATION,
    plural: "tokenreviews",
    singular: "tokenreview",
    decode: decode_body::<TokenReview>,
    ..REVIEW
};
