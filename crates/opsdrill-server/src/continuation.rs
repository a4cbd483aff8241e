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
}

/// The token for a list that ended at an object; empty if it is complete.
pub(crate) fn encode(version: u64, last: &str) -> String {
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
    Ok(Continuation { start: start.trim_end_matches('\0').to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_goes_on_where_it_ended() {
        let token = encode(7, "shop/web");
        assert_eq!(decode(&token).unwrap().start, "shop/web");
        assert_eq!(encode(7, ""), "");
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for token in ["!", "e30", "bm9uc2Vuc2U"] {
            assert_eq!(decode(token).unwrap_err().code, 400, "{token}");
        }
    }
}
