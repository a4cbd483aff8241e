//! The API as `curl` in a container meets it: documents of objects, with the token of whoever asks.

use opsdrill_engine::api::Identity;
use opsdrill_engine::physical::network::{HttpError, HttpOutcome, HttpRequest, Peer};
use opsdrill_objects::Status;
use opsdrill_objects::address::Address;
use opsdrill_shell::kubectl;
use opsdrill_shell::kubectl::kubeconfig::Kubeconfig;
use serde_json::json;

use super::Inside;
use super::kubectl::{InsideDoor, Machine};

/// How long an answer takes.
const LATENCY_MS: u64 = 4;

/// The answer of the API to a request that would reach it; `None` if it goes elsewhere.
pub(super) fn answer(
    inside: &mut Inside<'_>,
    request: &HttpRequest,
) -> Option<Result<HttpOutcome, HttpError>> {
    let address = Address::of(&request.url);
    if !address.scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let (host, port) = (address.host_and_port().0.to_owned(), address.port()?);
    let path = format!("/{}", address.rest.trim_start_matches('/'));
    let peer = inside.handle.connect(inside.cluster.world(), &host, port).ok()?;
    if peer != Peer::ApiServer {
        return None;
    }
    if !request.insecure {
        let why = "SSL certificate problem: unable to get local issuer certificate".to_owned();
        return Some(Err(HttpError::Certificate(why)));
    }
    let header = request.headers.iter().find(|it| it.0.eq_ignore_ascii_case("authorization"));
    let identity = match header.and_then(|it| it.1.strip_prefix("Bearer ")) {
        None => Some(Identity::impersonated("system:anonymous", &[])),
        Some(token) => inside.cluster.identity_of_token(token.trim()),
    };
    let Some(identity) = identity else {
        return Some(Ok(refused(&Status::new(401, "Unauthorized", "Unauthorized"))));
    };
    if request.method != "GET" {
        let text = format!("opsdrill: not simulated: curl -X {} to the API\n", request.method);
        return Some(Ok(document(501, text)));
    }
    let words = ["get", "--raw", &path].map(str::to_owned);
    let mut machine = Machine { env: inside.env.clone(), files: Vec::new() };
    let mut config = Kubeconfig::single("in-cluster", "cluster", "account", "");
    let mut door = InsideDoor::new(inside.cluster, inside.handle, identity);
    let status = kubectl::run(&words, None, &mut door, &mut machine, &mut config);
    let (stdout, stderr) = (door.stdout.clone(), door.stderr.clone());
    Some(Ok(match door.refusal.take() {
        Some(refusal) => refused(&refusal),
        None if status == 0 => document(200, pretty(&stdout)),
        None if stderr.contains("opsdrill: ") => document(501, stderr),
        None => refused(&Status::new(
            404,
            "NotFound",
            "the server could not find the requested resource",
        )),
    }))
}

fn document(status: u16, body: String) -> HttpOutcome {
    let headers = vec![
        ("Audit-Id".to_owned(), "00000000-0000-0000-0000-000000000000".to_owned()),
        ("Cache-Control".to_owned(), "no-cache, private".to_owned()),
        ("Content-Type".to_owned(), "application/json".to_owned()),
        ("Content-Length".to_owned(), body.len().to_string()),
    ];
    let body = body.into_bytes();
    HttpOutcome { status, headers, body, latency_ms: LATENCY_MS, address: String::new() }
}

fn refused(status: &Status) -> HttpOutcome {
    let details = status.to_value()["details"].clone();
    let details = if details.is_null() { String::new() } else { format!("\"details\":{details},") };
    let (message, reason) = (json!(status.message), json!(status.reason));
    let text = format!(
        "{{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{{}},\"status\":\"Failure\",\"message\":{message},\
         \"reason\":{reason},{details}\"code\":{}}}",
        status.code
    );
    document(status.code, pretty(&text))
}

/// A document with two blanks for each level, as the server writes it for clients that people use.
fn pretty(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let mut letters = text.trim().chars().peekable();
    let indent = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    while let Some(letter) = letters.next() {
        if quoted {
            out.push(letter);
            quoted = letter != '"' || escaped;
            escaped = letter == '\\' && !escaped;
            continue;
        }
        match letter {
            '"' => {
                quoted = true;
                out.push(letter);
            }
            '{' | '[' => {
                out.push(letter);
                if letters.peek().is_some_and(|it| matches!(it, '}' | ']')) {
                    continue;
                }
                depth += 1;
                indent(&mut out, depth);
            }
            '}' | ']' => {
                if !matches!(out.chars().next_back(), Some('{' | '[')) {
                    depth = depth.saturating_sub(1);
                    indent(&mut out, depth);
                }
                out.push(letter);
            }
            ',' => {
                out.push(',');
                indent(&mut out, depth);
            }
            ':' => out.push_str(": "),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn documents_are_laid_out_as_the_server_lays_them_out() {
        let text = r#"{"a":{},"b":[1,{"c":"x: {\" ,"}],"d":[]}"#;
        let expected = "{\n  \"a\": {},\n  \"b\": [\n    1,\n    {\n      \"c\": \"x: {\\\" ,\"\n    }\n  ],\n  \"d\": []\n}";
        assert_eq!(pretty(text), expected);
    }
}
