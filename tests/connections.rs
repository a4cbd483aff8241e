//! Connections that go both ways, and what else the served cluster answers, through sockets and without a kubectl.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]
#![cfg(unix)]

#[path = "https/mod.rs"]
mod https;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use https::{Connection, Program, Protocol, block_on};

const PODS: &str = "/api/v1/namespaces/default/pods";

/// A cluster with a pod that runs.
async fn with_pod(name: &str) -> (Program, Connection) {
    let program = Program::start(name, &["serve", "--empty", "--pace", "60"]);
    let mut connection = program.connect(Protocol::One).await;
    let spec = json!({ "containers": [{ "name": "web", "image": "nginx" }] });
    let pod = json!({ "metadata": { "name": "web", "labels": { "app": "web" } }, "spec": spec });
    // The namespace's service account comes a moment after the namespace.
    for _ in 0..100 {
        let made = connection.json(program.request("POST", PODS, pod.to_string())).await;
        if made.0 == 201 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for _ in 0..200 {
        let path = format!("{PODS}/web");
        let (_, pod) = connection.json(program.request("GET", &path, "")).await;
        if pod["status"]["phase"] == "Running" {
            return (program, connection);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the pod does not run");
}

/// Asks for another protocol; answers the head of the response and the connection.
async fn upgrade(
    program: &Program,
    (method, path): (&str, &str),
    headers: &[&str],
) -> (String, TlsStream<TcpStream>) {
    let mut stream = program.tls(Protocol::One).await;
    let mut request = format!(
        "{method} {PODS}/{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nConnection: Upgrade\r\n",
        program.token
    );
    for header in headers {
        request += &format!("{header}\r\n");
    }
    stream.write_all((request + "\r\n").as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    (String::from_utf8(head).unwrap(), stream)
}

const WEBSOCKET: &[&str] = &[
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/// A WebSocket to the pod.
async fn socket(program: &Program, path: &str, protocol: &str) -> TlsStream<TcpStream> {
    let protocol_header = format!("Sec-WebSocket-Protocol: {protocol}");
    let headers = [WEBSOCKET, &[protocol_header.as_str()]].concat();
    let (head, stream) = upgrade(program, ("GET", path), &headers).await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    let head = head.to_lowercase();
    assert!(head.contains(&format!("sec-websocket-protocol: {protocol}").to_lowercase()), "{head}");
    assert!(head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
    stream
}

/// Sends a masked message.
async fn send(stream: &mut TlsStream<TcpStream>, message: &[u8]) {
    let mask = [7, 8, 9, 10];
    let mut frame = vec![0x82, 0x80 | u8::try_from(message.len()).unwrap()];
    assert!(message.len() < 126);
    frame.extend(mask);
    frame.extend(message.iter().enumerate().map(|(place, it)| it ^ mask[place % 4]));
    stream.write_all(&frame).await.unwrap();
}

/// The next message; `None` when the server closes.
async fn receive(stream: &mut TlsStream<TcpStream>) -> Option<Vec<u8>> {
    let first = stream.read_u8().await.ok()?;
    let size = match stream.read_u8().await.ok()? {
        126 => usize::from(stream.read_u16().await.ok()?),
        127 => usize::try_from(stream.read_u64().await.ok()?).unwrap(),
        size => usize::from(size),
    };
    let mut message = vec![0; size];
    stream.read_exact(&mut message).await.ok()?;
    (first == 0x82).then_some(message)
}

/// All messages to the end: standard output, standard error, the Status.
async fn all(stream: &mut TlsStream<TcpStream>) -> (String, String, Value) {
    let mut channels = [(); 4].map(|()| Vec::new());
    while let Some(message) = receive(stream).await {
        channels[usize::from(message[0])].extend(&message[1..]);
    }
    let text = |bytes: &Vec<u8>| String::from_utf8(bytes.clone()).unwrap();
    (text(&channels[1]), text(&channels[2]), serde_json::from_slice(&channels[3]).unwrap())
}

#[test]
fn commands_run_over_the_older_protocol() {
    block_on(async {
        let (program, _) = with_pod("connections-exec").await;
        let query = "command=sh&command=-c&command=echo+out%3B+echo+err+%3E%262%3B+exit+2&stdout=1&stderr=1";
        let mut stream = socket(&program, &format!("web/exec?{query}"), "v4.channel.k8s.io").await;
        let (out, err, status) = all(&mut stream).await;
        assert_eq!((out.as_str(), err.as_str()), ("out\n", "err\n"));
        assert_eq!(status["reason"], "NonZeroExitCode");
        assert_eq!(status["details"]["causes"], json!([{ "reason": "ExitCode", "message": "2" }]));
        // A shell runs what is sent line by line, as the Python client does it.
        let query = "command=sh&stdin=1&stdout=1&stderr=1";
        let mut stream = socket(&program, &format!("web/exec?{query}"), "v4.channel.k8s.io").await;
        assert_eq!(receive(&mut stream).await.unwrap(), b"\x01");
        send(&mut stream, b"\0x=one\n").await;
        send(&mut stream, b"\0echo $x\n").await;
        assert_eq!(receive(&mut stream).await.unwrap(), b"\x01one\n");
        send(&mut stream, b"\0exit\n").await;
        assert_eq!(all(&mut stream).await.2["status"], "Success");
    });
}

#[test]
fn ports_are_reached_over_channels() {
    block_on(async {
        let (program, _) = with_pod("connections-ports").await;
        let path = "web/portforward?ports=80&ports=81";
        let mut stream = socket(&program, path, "v4.channel.k8s.io").await;
        let mut begun = Vec::new();
        let mut refused = Vec::new();
        while begun.len() < 4 || refused.is_empty() {
            let message = receive(&mut stream).await.unwrap();
            if message.len() == 3 { begun.push(message) } else { refused = message }
        }
        begun.sort();
        assert_eq!(begun, [[0, 80, 0], [1, 80, 0], [2, 81, 0], [3, 81, 0]]);
        assert_eq!(refused[0], 3);
        let said = String::from_utf8(refused).unwrap();
        assert!(said.contains("failed to connect to localhost:81 inside namespace"), "{said}");
        send(&mut stream, b"\0GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
        let answer = receive(&mut stream).await.unwrap();
        assert!(answer.starts_with(b"\0HTTP/1.1 200 OK\r\n"), "{answer:?}");
    });
}

#[test]
fn what_is_refused_is_refused_before_the_protocol_changes() {
    block_on(async {
        let (program, mut connection) = with_pod("connections-refused").await;
        let exec = "command=ls&stdout=1";
        let path = format!("{PODS}/web/exec?{exec}");
        let (code, status) = connection.json(program.request("GET", &path, "")).await;
        assert_eq!((code, &status["message"]), (400, &json!("Upgrade request required")));
        let v4 = "Sec-WebSocket-Protocol: v4.channel.k8s.io";
        let spdy = ["Upgrade: SPDY/3.1", "X-Stream-Protocol-Version: v4.channel.k8s.io"];
        let cases: [((&str, &str), Vec<&str>, &str); 5] = [
            (("GET", "web/exec?command=ls"), [WEBSOCKET, &[v4]].concat(), "400"),
            (
                ("GET", "web/exec?command=ls&stdout=1&container=no"),
                [WEBSOCKET, &[v4]].concat(),
                "400",
            ),
            (("POST", "web/exec?command=ls&stdout=1&container=no"), spdy.to_vec(), "400"),
            (("GET", "none/exec?command=ls&stdout=1"), [WEBSOCKET, &[v4]].concat(), "404"),
            (("GET", "web/exec?command=ls&stdout=1"), WEBSOCKET.to_vec(), "403"),
        ];
        for (asked, headers, code) in cases {
            let (head, _) = upgrade(&program, asked, &headers).await;
            assert!(head.starts_with(&format!("HTTP/1.1 {code} ")), "{asked:?}: {head}");
        }
    });
}

#[test]
fn a_list_goes_on_in_the_state_in_which_it_began() {
    block_on(async {
        let (program, mut connection) = with_pod("connections-chunks").await;
        let maps = "/api/v1/namespaces/default/configmaps";
        let map = |name: &str| json!({ "metadata": { "name": name } }).to_string();
        for name in ["a", "b", "c"] {
            connection.ask(program.request("POST", maps, map(name))).await;
        }
        let names = |list: &Value| -> Vec<String> {
            let items = list["items"].as_array().unwrap().iter();
            items.map(|it| it["metadata"]["name"].as_str().unwrap().to_owned()).collect()
        };
        let path = format!("{maps}?limit=2");
        let (_, first) = connection.json(program.request("GET", &path, "")).await;
        assert_eq!(names(&first), ["a", "b"]);
        connection.ask(program.request("POST", maps, map("bb"))).await;
        connection.ask(program.request("DELETE", &format!("{maps}/c"), "")).await;
        let token = first["metadata"]["continue"].as_str().unwrap();
        let path = format!("{maps}?limit=2&continue={token}");
        let (_, second) = connection.json(program.request("GET", &path, "")).await;
        assert_eq!(names(&second), ["c", "kube-root-ca.crt"]);
        let version = first["metadata"]["resourceVersion"].as_str().unwrap();
        assert_eq!(second["metadata"]["resourceVersion"], version);
        let path = format!("{maps}?resourceVersion={version}&resourceVersionMatch=Exact");
        let (_, exact) = connection.json(program.request("GET", &path, "")).await;
        assert_eq!(names(&exact), ["a", "b", "c", "kube-root-ca.crt"]);
        let path = format!("{maps}?resourceVersionMatch=Exact");
        let (code, status) = connection.json(program.request("GET", &path, "")).await;
        assert_eq!(code, 422, "{status}");
        // A state from before the history began.
        let path = format!("{maps}?resourceVersion=1&resourceVersionMatch=NotOlderThan");
        assert_eq!(connection.ask(program.request("GET", &path, "")).await.0, 200);
    });
}

#[test]
fn measurements_are_selected_by_labels() {
    block_on(async {
        let (program, mut connection) = with_pod("connections-metrics").await;
        let metrics = "/apis/metrics.k8s.io/v1beta1";
        let count = |list: &Value| list["items"].as_array().unwrap().len();
        let pods = format!("{metrics}/namespaces/default/pods");
        for (query, wanted) in
            [("", 1), ("?labelSelector=app%3Dweb", 1), ("?labelSelector=app%3Dno", 0)]
        {
            let path = format!("{pods}{query}");
            let (_, list) = connection.json(program.request("GET", &path, "")).await;
            assert_eq!(
                (&list["kind"], count(&list)),
                (&json!("PodMetricsList"), wanted),
                "{query}"
            );
        }
        let (_, nodes) =
            connection.json(program.request("GET", &format!("{metrics}/nodes"), "")).await;
        assert_eq!(count(&nodes), 3);
        assert!(nodes["items"][0]["usage"]["cpu"].as_str().unwrap().ends_with('n'));
        let (code, _) = connection.json(program.request("GET", &format!("{pods}/no"), "")).await;
        assert_eq!(code, 404);
    });
}
