//! Who may come in: client certificates and bearer tokens, each for one identity.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use opsdrill_engine::api::Identity;
use opsdrill_objects::Status;
use ring::digest::{SHA256, digest};

/// The group of everybody who came in.
pub(crate) const AUTHENTICATED: &str = "system:authenticated";

/// What the server knows of its clients.
#[derive(Debug, Default)]
pub struct Credentials {
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// By the hash of a certificate.
    certificates: BTreeMap<[u8; 32], Identity>,
    /// By the hash of a token.
    tokens: BTreeMap<[u8; 32], Identity>,
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// The refusal of somebody unknown.
pub(crate) fn unauthorized() -> Status {
    Status::new(401, "Unauthorized", "Unauthorized")
}

impl Credentials {
    /// Lets the holder of a certificate in.
    pub(crate) fn add_certificate(&self, certificate: &[u8], identity: Identity) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.certificates.insert(hash(certificate), identity);
    }

    /// Lets whoever shows a token in.
    pub(crate) fn add_token(&self, token: &str, identity: Identity) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.tokens.insert(hash(token.as_bytes()), identity);
    }

    /// The holder of a certificate that the connection has verified.
    pub(crate) fn of_certificate(&self, certificate: &[u8]) -> Option<Identity> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.certificates.get(&hash(certificate)).cloned()
    }

    /// The identity behind a token of a user.
    pub(crate) fn of_token(&self, token: &str) -> Option<Identity> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.tokens.get(&hash(token.as_bytes())).cloned()
    }
}

/// The identity that a word such as `jane` or `jane:developers,testers` names.
pub fn user_of(word: &str) -> Identity {
    // Names like `system:serviceaccount:ci:deployer` hold colons themselves.
    let named = word.rsplit_once(':').filter(|_| !word.starts_with("system:"));
    let (name, groups) = named.unwrap_or((word, ""));
    let groups = groups.split(',').filter(|it| !it.is_empty()).chain([AUTHENTICATED]);
    Identity { user: name.into(), groups: groups.map(Into::into).collect() }
}

/// The token in an `Authorization` header.
pub(crate) fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The identity that impersonation headers name; `None` if there are none.
///
/// # Errors
/// 400 when groups or the like come without a user.
pub(crate) fn impersonated(
    user: Option<&str>,
    groups: &[&str],
    further: bool,
) -> Result<Option<Identity>, Status> {
    let Some(user) = user.filter(|it| !it.is_empty()) else {
        if groups.is_empty() && !further {
            return Ok(None);
        }
        // The real server answers this as an internal error.
        return Err(Status::new(
            500,
            "InternalError",
            "Internal error occurred: requested [] without impersonating a user",
        ));
    };
    Ok(Some(Identity::impersonated(user, groups)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_in_headers() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        assert_eq!(bearer("Basic abc"), None);
        assert_eq!(bearer("Bearer "), None);
    }

    #[test]
    fn nobody_is_let_in_who_was_not_announced() {
        let credentials = Credentials::default();
        credentials.add_token("abc", Identity::user("jane"));
        assert_eq!(credentials.of_token("abc").unwrap().user.as_ref(), "jane");
        assert_eq!(credentials.of_token("abd"), None);
        assert_eq!(credentials.of_certificate(b"x"), None);
    }

    #[test]
    fn a_service_account_that_is_impersonated_has_its_groups() {
        let identity =
            impersonated(Some("system:serviceaccount:shop:web"), &[], false).unwrap().unwrap();
        let groups: Vec<&str> = identity.groups.iter().map(|it| &**it).collect();
        assert_eq!(
            groups,
            ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"]
        );
        assert_eq!(impersonated(None, &[], false).unwrap(), None);
        assert_eq!(impersonated(None, &["a"], false).unwrap_err().code, 500);
    }
}
