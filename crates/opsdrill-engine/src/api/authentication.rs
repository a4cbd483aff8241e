//! Tokens of service accounts: made on request, and read back.
//!
//! A token is a JSON Web Token as the API server writes it. Its signature is not RSA but a keyed hash of the
//! session's seed: nobody outside can check it, and inside it cannot be forged without the seed.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bevy_ecs::world::World;
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use opsdrill_objects::decode;
use opsdrill_objects::field_error::FieldError;
use opsdrill_objects::{Kind, Object, Status, Uid, timestamp};
use serde_json::{Value, json};

use super::{Answer, Identity, Payload, Target, now_unix, stored};
use crate::chance::Chance;
use crate::view::View;

/// Whom tokens are for when nobody is named.
pub(super) const AUDIENCE: &str = "https://kubernetes.default.svc.cluster.local";

/// How long a token lives when nobody says, in seconds.
const LIFETIME_DEFAULT: i64 = 3600;
/// The shortest life that may be asked for, in seconds.
const LIFETIME_MIN: i64 = 600;
/// Bytes of a signature, as many as RSA's with 2048 bits.
const SIGNATURE_LENGTH: usize = 256;
/// The longest token that is looked at.
const TOKEN_LENGTH_MAX: usize = 16 * 1024;

/// Makes a token for a service account (`serviceaccounts/NAME/token`).
pub(super) fn request_token(
    world: &World,
    target: &Target,
    payload: Payload,
) -> Result<Answer, Status> {
    let account = stored(world, target)?;
    let Payload::Document(mut document) = payload else {
        return Err(Status::bad_request("a token request is a document"));
    };
    let metadata = document.as_object_mut().and_then(|it| it.remove("metadata"));
    let request = decode::decode::<TokenRequest>(&document, "TokenRequest")
        .map_err(|why| why.refusal(Kind::ServiceAccount))?
        .value;
    let seconds = request.spec.expiration_seconds.unwrap_or(LIFETIME_DEFAULT);
    if seconds < LIFETIME_MIN {
        let why = "may not specify a duration less than 10 minutes";
        let error = FieldError::invalid_raw("spec.expirationSeconds", seconds, why);
        return Err(Status::invalid(Kind::ServiceAccount, &target.name, &[error]));
    }
    let audiences = match request.spec.audiences.as_slice() {
        [] => vec![AUDIENCE.to_owned()],
        given => given.to_vec(),
    };
    let now = now_unix(world);
    let token = sign(world, &claims(&account, &audiences, now, now + seconds));
    let expires =
        Timestamp::from_second(now + seconds).expect("simulated dates are in the calendar");
    let mut answer = request;
    answer.spec.expiration_seconds = Some(seconds);
    answer.spec.audiences = audiences;
    answer.status = Some(TokenRequestStatus { expiration_timestamp: Time(expires), token });
    let mut answer = serde_json::to_value(answer).expect("Kubernetes types are JSON");
    answer["metadata"] = json!({
        "name": &*account.meta.name,
        "namespace": account.meta.namespace(),
        "creationTimestamp": timestamp::format(now),
    });
    if let Some(bound) = metadata.as_ref().and_then(|it| it.get("labels")) {
        answer["metadata"]["labels"] = bound.clone();
    }
    Ok(Answer::Document(answer))
}

fn claims(account: &Object, audiences: &[String], issued: i64, expires: i64) -> Value {
    let namespace = account.meta.namespace();
    let name = &*account.meta.name;
    let owner = json!({ "name": name, "uid": account.meta.uid.to_string() });
    let number = blake3::hash(format!("{} {issued} {expires}", account.meta.uid).as_bytes());
    let number =
        Uid(u128::from_le_bytes(number.as_bytes()[..16].try_into().expect("sixteen bytes")));
    json!({
        "aud": audiences,
        "exp": expires,
        "iat": issued,
        "iss": AUDIENCE,
        "jti": number.to_string(),
        "kubernetes.io": { "namespace": namespace, "serviceaccount": owner },
        "nbf": issued,
        "sub": format!("system:serviceaccount:{namespace}:{name}"),
    })
}

fn sign(world: &World, claims: &Value) -> String {
    let key = key(world);
    let header =
        json!({ "alg": "RS256", "kid": URL_SAFE_NO_PAD.encode(blake3::hash(&key).as_bytes()) });
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let signature = signature(&key, &signed);
    format!("{signed}.{signature}")
}

fn key(world: &World) -> [u8; 32] {
    key_of(world.resource::<Chance>().seed())
}

fn key_of(seed: u64) -> [u8; 32] {
    blake3::derive_key("opsdrill service account tokens", &seed.to_le_bytes())
}

/// How the tokens begin that kubelets put into pods.
const BOUND: &str = "simulated-token.";

/// The token that a kubelet puts into a pod: it says which pod it is for, and ends with it. Short, for thousands of pods get one.
pub(crate) fn bound_token(seed: u64, pod: Uid) -> String {
    let mac = blake3::keyed_hash(&key_of(seed), pod.to_string().as_bytes());
    format!("{BOUND}{pod}.{}", &mac.to_hex()[..32])
}

fn identity_of_pod(world: &World, token: &str, bound: &str) -> Option<Identity> {
    let uid = Uid::parse(bound.split_once('.')?.0)?;
    if bound_token(world.resource::<Chance>().seed(), uid) != token {
        return None;
    }
    let object = View::new(world).by_uid(uid)?;
    let name = object.pod()?.spec.service_account_name.as_deref().unwrap_or("default");
    let namespace = object.meta.namespace();
    View::new(world).get(Kind::ServiceAccount, namespace, name)?;
    Some(Identity::service_account(namespace, name))
}

fn signature(key: &[u8; 32], signed: &str) -> String {
    let mut bytes = [0; SIGNATURE_LENGTH];
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(signed.as_bytes());
    hasher.finalize_xof().fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whose token it is, if it is one of ours, has not expired, and its account still exists.
pub(crate) fn identity_of(world: &World, token: &str) -> Option<Identity> {
    if token.len() > TOKEN_LENGTH_MAX {
        return None;
    }
    if let Some(bound) = token.strip_prefix(BOUND) {
        return identity_of_pod(world, token, bound);
    }
    let (signed, given) = token.rsplit_once('.')?;
    if signature(&key(world), signed) != given {
        return None;
    }
    let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.')?.1).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    if claims["exp"].as_i64()? <= now_unix(world) {
        return None;
    }
    let text = |pointer: &str| claims.pointer(pointer).and_then(Value::as_str);
    let namespace = text("/kubernetes.io/namespace")?;
    let name = text("/kubernetes.io/serviceaccount/name")?;
    let account = View::new(world).get(Kind::ServiceAccount, namespace, name)?;
    let known = account.meta.uid.to_string();
    (text("/kubernetes.io/serviceaccount/uid") == Some(&known))
        .then(|| Identity::service_account(namespace, name))
}

impl Identity {
    /// A service account, with the groups that it has.
    pub fn service_account(namespace: &str, name: &str) -> Self {
        let groups: [Arc<str>; 3] = [
            "system:serviceaccounts".into(),
            format!("system:serviceaccounts:{namespace}").into(),
            "system:authenticated".into(),
        ];
        Self {
            user: format!("system:serviceaccount:{namespace}:{name}").into(),
            groups: groups.into(),
        }
    }
}
