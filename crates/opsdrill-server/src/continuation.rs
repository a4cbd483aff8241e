//! The token with which a list goes on: where it ended, and at which version it began.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use opsdrill_objects::Status;
use serde_json::{Value, json};

/// A token taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Continuation {
    /// The last object that was listed: `namespace/name`.
    pub(crate) start: String,
    /// The state that the list shows; `None` for whatever there is.
    pub(crate) version: Option<u64>,
}

/// The token for a list that ended at an object; empty if it is complete.
pub(crate) fn encode(version: u64, last: &str) -> String {
    written(version.cast_signed(), last)
}

/// The token with which a list whose state is too old goes on with whatever there is.
pub(crate) fn inconsistent(last: &str) -> String {
    written(-1, last)
}

fn written(version: i64, last: &str) -> String {
    if last.is_empty() {
        return String::new();
    }
    let token = json!({ "v": "meta.k8s.io/v1", "rv": version, "start": format!("{last}\0") });
    URL_SAFE_NO_PAD.encode(token.to_string())
}

/// Reads a token.
///
/// # Errors
/// The server's refusal of what is no token.
pub(crate) fn decode(token: &str) -> Result<Continuation, Status> {
    let invalid = |why: &str| Status::bad_request(format!("continue key is not valid: {why}"));
    let bytes = URL_SAFE_NO_PAD
        .decode(token.trim_end_matches('='))
        .map_err(|_| invalid("illegal base64 data"))?;
    let document: Value =
        serde_json::from_slice(&bytes).map_err(|_| invalid("invalid character"))?;
    if document["v"] != "meta.k8s.io/v1" {
        return Err(invalid("server does not recognize this encoded version"));
    }
    let start = document["start"].as_str().unwrap_or_default();
    if start.is_empty() {
        return Err(invalid("encoded start key empty (version meta.k8s.io/v1)"));
    }
    let version = document["rv"].as_i64().unwrap_or_default();
    if version == 0 {
        return Err(invalid("incorrect encoded start resourceVersion (version meta.k8s.io/v1)"));
    }
    let version = u64::try_from(version).ok();
    Ok(Continuation { start: start.trim_end_matches('\0').to_owned(), version })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_goes_on_where_it_ended() {
        let token = encode(7, "shop/web");
        let decoded = decode(&token).unwrap();
        assert_eq!((decoded.start.as_str(), decoded.version), ("shop/web", Some(7)));
        assert_eq!(decode(&inconsistent("shop/web")).unwrap().version, None);
        assert_eq!(encode(7, ""), "");
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for token in ["!", "e30", "bm9uc2Vuc2U"] {
            assert_eq!(decode(token).unwrap_err().code, 400, "{token}");
        }
    }
}
