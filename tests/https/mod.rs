//! A client of its own for the served cluster: raw enough to send what no real client would.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]
#![expect(clippy::disallowed_methods, reason = "the program is tried as a process")]
#![allow(dead_code, reason = "every test uses a part of it")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use opsdrill_testkit::folder;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A program that serves a cluster; killed when it is dropped.
pub(crate) struct Program {
    process: Child,
    /// Closing it ends `play`; `serve` reads nothing.
    pub(crate) prompt: Option<ChildStdin>,
    /// The folder of sessions.
    pub(crate) state: PathBuf,
    /// `127.0.0.1:40123`.
    pub(crate) address: String,
    /// The path of the kubeconfig.
    pub(crate) kubeconfig: PathBuf,
    /// The folder with the drill's manifests.
    pub(crate) workspace: PathBuf,
    /// The bearer token of the first user.
    pub(crate) token: String,
    tls: Arc<ClientConfig>,
    /// What it prints after the kubeconfig.
    output: Option<JoinHandle<String>>,
}

/// One connection; requests follow each other.
pub(crate) enum Connection {
    /// HTTP/1.1 with keep-alive.
    One(http1::SendRequest<Full<Bytes>>),
    /// HTTP/2.
    Two(http2::SendRequest<Full<Bytes>>),
}

/// Which HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// HTTP/1.1.
    One,
    /// HTTP/2.
    Two,
}

impl Program {
    /// Starts `opsdrill` with these arguments, which make it serve.
    pub(crate) fn start(name: &str, arguments: &[&str]) -> Self {
        Self::start_in(folder::empty(env!("CARGO_TARGET_TMPDIR"), name), arguments)
    }

    /// Starts `opsdrill` with sessions in this folder.
    pub(crate) fn start_in(state: PathBuf, arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_opsdrill"))
            .args(arguments)
            .env("OPSDRILL_STATE", &state)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let prompt = process.stdin.take();
        let mut lines =
            BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let kubeconfig = lines
            .by_ref()
            .find_map(|line| Some(PathBuf::from(line.strip_prefix("kubeconfig: ")?)))
            .expect("the program says where the kubeconfig is");
        let output = Some(std::thread::spawn(move || lines.map(|it| it + "\n").collect()));
        let workspace = kubeconfig.with_file_name("workspace");
        let (address, token, tls) = settings(&kubeconfig);
        Self { process, prompt, state, address, kubeconfig, workspace, token, tls, output }
    }

    /// Types a line at the prompt.
    pub(crate) fn types(&mut self, line: &str) {
        writeln!(self.prompt.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Closes the prompt; answers what the program has said, and the folder of sessions.
    pub(crate) fn ends(mut self) -> (String, PathBuf) {
        self.prompt = None;
        self.process.wait().unwrap();
        (self.output.take().unwrap().join().unwrap(), self.state.clone())
    }

    /// Kills the program; answers the folder of sessions.
    pub(crate) fn kill(self) -> PathBuf {
        self.state.clone()
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// A connection without TLS.
    pub(crate) async fn tcp(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// A connection with TLS; `protocol` is asked for by ALPN.
    pub(crate) async fn tls(&self, protocol: Protocol) -> TlsStream<TcpStream> {
        let mut tls = (*self.tls).clone();
        tls.alpn_protocols = match protocol {
            Protocol::One => vec![b"http/1.1".to_vec()],
            Protocol::Two => vec![b"h2".to_vec()],
        };
        let name = ServerName::try_from("127.0.0.1").unwrap();
        TlsConnector::from(Arc::new(tls)).connect(name, self.tcp().await).await.unwrap()
    }

    /// A connection for requests.
    pub(crate) async fn connect(&self, protocol: Protocol) -> Connection {
        let stream = TokioIo::new(self.tls(protocol).await);
        match protocol {
            Protocol::One => {
                let (sender, connection) = http1::handshake(stream).await.unwrap();
                tokio::spawn(connection);
                Connection::One(sender)
            }
            Protocol::Two => {
                let mut builder = http2::Builder::new(TokioExecutor::new());
                builder.timer(TokioTimer::new());
                let (sender, connection) = builder.handshake(stream).await.unwrap();
                tokio::spawn(connection);
                Connection::Two(sender)
            }
        }
    }

    /// A request of the first user; the body is JSON unless a content type is named.
    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        body: impl Into<Bytes>,
    ) -> Request<Full<Bytes>> {
        self.request_as(method, path, "application/json", body)
    }

    /// A request of the first user with this content type.
    pub(crate) fn request_as(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: impl Into<Bytes>,
    ) -> Request<Full<Bytes>> {
        Request::builder()
            .method(method)
            .uri(format!("https://{}{path}", self.address))
            .header("host", &self.address)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", content_type)
            .body(Full::new(body.into()))
            .unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Connection {
    /// Sends a request; answers the head of the response.
    pub(crate) async fn send(
        &mut self,
        mut request: Request<Full<Bytes>>,
    ) -> hyper::Result<Response<Incoming>> {
        match self {
            Self::One(sender) => {
                sender.ready().await?;
                let path = request.uri().path_and_query().unwrap().as_str();
                *request.uri_mut() = path.parse().unwrap();
                sender.send_request(request).await
            }
            Self::Two(sender) => {
                sender.ready().await?;
                sender.send_request(request).await
            }
        }
    }

    /// Sends a request; answers status and body.
    pub(crate) async fn ask(&mut self, request: Request<Full<Bytes>>) -> (u16, Bytes) {
        let response = self.send(request).await.unwrap();
        let status = response.status().as_u16();
        (status, response.into_body().collect().await.unwrap().to_bytes())
    }

    /// Sends a request whose answer is JSON.
    pub(crate) async fn json(&mut self, request: Request<Full<Bytes>>) -> (u16, Value) {
        let (status, body) = self.ask(request).await;
        let shown = || String::from_utf8_lossy(&body).into_owned();
        let value =
            serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{status}: {}", shown()));
        (status, value)
    }
}

/// Address, token and TLS of a kubeconfig of ours.
fn settings(kubeconfig: &Path) -> (String, String, Arc<ClientConfig>) {
    let text = std::fs::read_to_string(kubeconfig).unwrap();
    let field = |name: &str| {
        let line = text.lines().map(|it| it.trim_start_matches([' ', '-']));
        let mut found = line.filter_map(|it| it.strip_prefix(name)?.strip_prefix(": "));
        found.next().unwrap_or_else(|| panic!("no {name} in\n{text}")).to_owned()
    };
    let encoded = field("certificate-authority-data");
    let pem = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, encoded).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&pem).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let address = field("server").trim_start_matches("https://").to_owned();
    (address, field("token"), Arc::new(tls))
}

/// A runtime for one test.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let limited = async { tokio::time::timeout(Duration::from_mins(1), future).await };
    runtime.block_on(limited).expect("the server answers within a minute")
}
