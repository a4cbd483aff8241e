//! What no well-behaved client sends: the served cluster refuses it as the real server does, and serves on.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]
#![expect(clippy::disallowed_methods, reason = "the program is tried as a process")]
#![cfg(unix)]

#[path = "https/mod.rs"]
mod https;

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use https::{Connection, Program, Protocol, block_on};

const CONFIGMAPS: &str = "/api/v1/namespaces/default/configmaps";
const JSON: &str = "application/json";
const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";

/// A request, and the code and the words with which it is refused.
struct Bad {
    request: (&'static str, String, &'static str, Vec<u8>),
    code: u16,
    says: &'static str,
}

fn bad(
    (method, path): (&'static str, &str),
    (content_type, body): (&'static str, impl Into<Vec<u8>>),
    code: u16,
    says: &'static str,
) -> Bad {
    Bad { request: (method, path.to_owned(), content_type, body.into()), code, says }
}

/// Bodies that cannot be read.
fn bodies() -> Vec<Bad> {
    let post = ("POST", CONFIGMAPS);
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let deep = format!("{{\"kind\":\"ConfigMap\",\"data\":{}}}", nested(20_000));
    let anchors = (0..30).fold("a0: &a0 [x,x]\n".to_owned(), |text, it| {
        text + &format!("a{}: &a{} [*a{it},*a{it},*a{it},*a{it}]\n", it + 1, it + 1)
    });
    let large = format!("{{\"data\":{{\"a\":\"{}\"}}}}", "x".repeat(3 << 20));
    vec![
        bad(
            post,
            (JSON, "{\"a\":"),
            400,
            "couldn't get version/kind; json parse error: unexpected end of JSON input",
        ),
        bad(post, (JSON, "[1]"), 400, "json: cannot unmarshal array into Go value"),
        bad(
            post,
            (JSON, b"{\"\xff\xfe\":1}".as_slice()),
            400,
            "the object provided is unrecognized (must be of type ConfigMap)",
        ),
        bad(post, (JSON, ""), 400, ""),
        bad(post, (JSON, deep), 400, "exceeded max depth"),
        bad(
            post,
            (JSON, "{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}"),
            400,
            "Pod in version \"v1\" cannot be handled as a ConfigMap",
        ),
        bad(
            post,
            (JSON, "{\"metadata\":{\"name\":\"x\"},\"data\":{\"a\":7}}"),
            400,
            "json: cannot unmarshal number into Go struct field ConfigMap.data of type string",
        ),
        bad(post, (JSON, large), 413, "Request entity too large: limit is 3145728"),
        bad(
            post,
            ("text/plain", "{}"),
            415,
            "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
        ),
        bad(post, ("application/yaml", "a: [b"), 400, "the object provided is unrecognized"),
        bad(post, ("application/yaml", anchors), 400, ""),
        bad(
            post,
            ("application/vnd.kubernetes.protobuf", b"k8s\0\xff\xff\xff\xff\xff".as_slice()),
            400,
            "",
        ),
        bad(
            post,
            ("application/vnd.kubernetes.protobuf", "nothing of the kind"),
            400,
            "provided data does not appear to be a protobuf message",
        ),
        bad(
            post,
            (JSON, "{\"metadata\":{\"name\":\"A_B\"}}"),
            422,
            "a lowercase RFC 1123 subdomain must consist of",
        ),
        bad(post, (JSON, "{\"metadata\":{}}"), 422, "name or generateName is required"),
    ]
}

/// Patches that do not fit.
fn patches() -> Vec<Bad> {
    let root = ("PATCH", "/api/v1/namespaces/default/configmaps/kube-root-ca.crt");
    let json_patch = "application/json-patch+json";
    let many = json!([{ "op": "add", "path": "/data/x", "value": "y" }]);
    let many: Vec<Value> = std::iter::repeat_n(many[0].clone(), 10_001).collect();
    vec![
        bad(
            root,
            (JSON, "{}"),
            415,
            "accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml, application/strategic-merge-patch+json",
        ),
        bad(
            root,
            (json_patch, "{}"),
            400,
            "json: cannot unmarshal object into Go value of type jsonpatch.Patch",
        ),
        bad(
            root,
            (json_patch, "[{\"op\":\"remove\",\"path\":\"/nothing/there\"}]"),
            422,
            "the server rejected our request due to an error in our request",
        ),
        bad(
            root,
            (json_patch, "[{\"op\":\"test\",\"path\":\"/kind\",\"value\":\"Pod\"}]"),
            422,
            "the server rejected our request due to an error in our request",
        ),
        bad(
            root,
            (json_patch, Value::from(many).to_string()),
            413,
            "The allowed maximum operations in a JSON patch is 10000, got 10001",
        ),
        bad(root, (MERGE, "[1,2"), 400, ""),
        bad(root, (MERGE, "{\"data\":[1]}"), 400, ""),
        bad(
            root,
            (MERGE, "{\"metadata\":{\"name\":\"other\"}}"),
            400,
            "the name of the object (other) does not match the name on the URL (kube-root-ca.crt)",
        ),
        bad(root, (STRATEGIC, "{\"metadata\":{\"$patch\":\"explode\"}}"), 500, ""),
        bad(
            root,
            ("application/apply-patch+yaml", "kind: ConfigMap\napiVersion: v1\n"),
            422,
            "fieldManager",
        ),
    ]
}

/// Queries and paths.
fn paths() -> Vec<Bad> {
    let get = |path: &'static str| ("GET", path);
    let none = || (JSON, "");
    vec![
        bad(
            get("/api/v1/pods?labelSelector=a+in+("),
            none(),
            400,
            "unable to parse requirement: found ''",
        ),
        bad(
            get("/api/v1/pods?labelSelector=%3D%3D%3D"),
            none(),
            400,
            "found '==', expected: !, identifier, or 'end of string'",
        ),
        bad(
            get("/api/v1/pods?fieldSelector=spec.color%3Dred"),
            none(),
            400,
            "field label not supported: spec.color",
        ),
        bad(
            get("/api/v1/pods?limit=many"),
            none(),
            400,
            "strconv.ParseInt: parsing \"many\": invalid syntax",
        ),
        bad(
            get("/api/v1/pods?resourceVersion=x"),
            none(),
            422,
            "resourceVersion: Invalid value: \"x\"",
        ),
        bad(get("/api/v1/pods?continue=garbage"), none(), 400, "continue key is not valid"),
        bad(get("/api/v1/namespaces/../secrets"), none(), 200, "\"items\":[]"),
        bad(get("/api/v1/namespaces/%2e%2e/pods/x"), none(), 404, ""),
        bad(get("/api/v1/namespaces/default/pods/a%2Fb"), none(), 404, ""),
        bad(get("/api/v1/namespaces/default/pods/%00"), none(), 404, ""),
        bad(get("/api/v1/namespaces/default/pods/%zz"), none(), 400, "400 Bad Request"),
        bad(get("//api//v1"), none(), 404, ""),
        bad(get("/api/v1/namespaces/default/nothings"), none(), 404, "404 page not found"),
        bad(get("/apis/apps/v9/deployments"), none(), 404, "404 page not found"),
        bad(
            ("BREW", "/api/v1/pods"),
            none(),
            405,
            "the server does not allow this method on the requested resource",
        ),
        bad(
            ("PUT", CONFIGMAPS),
            none(),
            405,
            "the server does not allow this method on the requested resource",
        ),
    ]
}

/// The message of a Status, or the text of what is none.
fn message(body: &[u8]) -> String {
    let status: Option<Value> = serde_json::from_slice(body).ok();
    let message = status.and_then(|it| it["message"].as_str().map(str::to_owned));
    message.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned())
}

#[test]
fn bad_requests_are_refused_in_the_servers_words() {
    let program = Program::start("bad-requests", &["serve", "--empty"]);
    let wrong: Vec<String> = block_on(async {
        let mut wrong = Vec::new();
        for protocol in [Protocol::One, Protocol::Two] {
            for bad in bodies().into_iter().chain(patches()).chain(paths()) {
                let (method, path, content_type, body) = bad.request;
                let mut connection = program.connect(protocol).await;
                let sent = program.request_as(method, &path, content_type, body);
                let (code, body) = connection.ask(sent).await;
                let message = message(&body);
                if code != bad.code || !message.contains(bad.says) {
                    let (wish, says) = (bad.code, bad.says);
                    wrong.push(format!("{protocol:?} {method} {path:.80}: {code} {message:.400}\n  not {wish} {says}"));
                }
            }
        }
        wrong
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    is_whole(program);
}

/// The server still answers, and its log is one that can be played again.
fn is_whole(program: Program) {
    block_on(async {
        let mut connection = program.connect(Protocol::Two).await;
        let (code, _) = connection.ask(program.request("GET", "/api/v1/namespaces", "")).await;
        assert_eq!(code, 200);
    });
    let state = program.kill();
    let verified = Command::new(env!("CARGO_BIN_EXE_opsdrill"))
        .args(["replay"])
        .env("OPSDRILL_STATE", &state)
        .output()
        .unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

/// Sends bytes over TLS and reads until the server closes, or for a while.
async fn raw(program: &Program, bytes: &[u8]) -> String {
    let mut stream = program.tls(Protocol::One).await;
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(2), stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn strangers_and_broken_http_do_no_harm() {
    let program = Program::start("bad-http", &["serve", "--empty"]);
    block_on(async {
        for (sent, answered) in [
            ("nonsense\r\n\r\n", "400 Bad Request"),
            ("GET / HTTP/9.9\r\n\r\n", "HTTP/1"),
            ("GET /api HTTP/1.1\r\nHost: a\r\n\r\n", "\"reason\":\"Unauthorized\""),
            (
                "GET /api HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer nobody\r\n\r\n",
                "\"code\":401",
            ),
            ("GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "400 Bad Request"),
            (
                "POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "HTTP/1.1 40",
            ),
        ] {
            let answer = raw(&program, sent.as_bytes()).await;
            assert!(answer.contains(answered), "{sent:?}: {answer}");
        }
        // A head that does not end.
        let endless = format!("GET / HTTP/1.1\r\nX: {}", "y".repeat(2 << 20));
        let answer = raw(&program, endless.as_bytes()).await;
        assert!(answer.is_empty() || answer.contains(" 4"), "{answer:.200}");
        // HTTP where TLS is spoken, in the words of Go's server.
        let mut plain = program.tcp().await;
        plain.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        let _ = plain.read_to_string(&mut answer).await;
        assert_eq!(
            answer,
            "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
        );
        // Neither HTTP nor TLS.
        let mut noise = program.tcp().await;
        noise.write_all(&[0x16, 0x03, 0xff, 0xff, 0xff, 1, 2, 3]).await.unwrap();
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(2), noise.read_to_end(&mut answer)).await;
    });
    is_whole(program);
}

#[test]
fn idle_and_slow_clients_hold_nobody_up() {
    let program = Program::start("slow-clients", &["serve", "--empty"]);
    block_on(async {
        let mut idle = Vec::new();
        for _ in 0..300 {
            idle.push(program.tcp().await);
        }
        let mut slow = Vec::new();
        for _ in 0..50 {
            let mut stream = program.tls(Protocol::One).await;
            stream.write_all(b"GET /api/v1/pods HTTP/1.1\r\nHost: a\r\nX-Slow: ").await.unwrap();
            slow.push(stream);
        }
        // Watches whose readers read nothing, and one that is closed half way.
        for _ in 0..50 {
            let mut connection = program.connect(Protocol::Two).await;
            let path = format!("{CONFIGMAPS}?watch=true");
            let response = connection.send(program.request("GET", &path, "")).await.unwrap();
            std::mem::forget((connection, response));
        }
        drop(watching(&program).await);
        let mut connection = program.connect(Protocol::Two).await;
        for number in 0..200 {
            let object = json!({
                "metadata": { "name": format!("map-{number}") }, "data": { "a": "x".repeat(10_000) },
            });
            let sent = program.request("POST", CONFIGMAPS, object.to_string());
            let answer = connection.ask(sent);
            let (code, _) = tokio::time::timeout(Duration::from_secs(5), answer).await.unwrap();
            assert_eq!(code, 201);
        }
    });
    is_whole(program);
}

#[test]
fn ten_thousand_connections_hold_nobody_up() {
    let program = Program::start("many-connections", &["serve", "--empty"]);
    block_on(async {
        let mut known = program.connect(Protocol::Two).await;
        let mut strangers = Vec::new();
        // As many of them as the machine lets one process have.
        while strangers.len() < 10_000
            && let Ok(stream) = TcpStream::connect(&program.address).await
        {
            strangers.push(stream);
        }
        assert!(strangers.len() > 500, "only {} connections", strangers.len());
        let in_time = |answer| tokio::time::timeout(Duration::from_secs(5), answer);
        let (code, _) = in_time(known.ask(program.request("GET", CONFIGMAPS, ""))).await.unwrap();
        assert_eq!(code, 200);
        // Where the machine lets nobody have more, a few of them go first.
        strangers.truncate(strangers.len() - 50);
        let mut new = program.connect(Protocol::One).await;
        let (code, _) = in_time(new.ask(program.request("GET", CONFIGMAPS, ""))).await.unwrap();
        assert_eq!(code, 200);
        assert!(memory_kib(&program) < 300 << 10, "{} KiB", memory_kib(&program));
    });
    is_whole(program);
}

/// The memory that a program has, in KiB; nothing where that is not told.
fn memory_kib(program: &Program) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.id()));
    let status = status.unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    line.and_then(|it| it.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or_default()
}

/// A connection on which a watch has begun.
async fn watching(program: &Program) -> Connection {
    let mut connection = program.connect(Protocol::One).await;
    let path = format!("{CONFIGMAPS}?watch=true&resourceVersion=0");
    let response = connection.send(program.request("GET", &path, "")).await.unwrap();
    assert_eq!(response.status(), 200);
    connection
}
