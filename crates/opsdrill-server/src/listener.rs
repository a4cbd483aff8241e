//! The listener: connections, TLS, and the limits that keep strangers and slow clients from harm.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use opsdrill_engine::api::Identity;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::credentials::Credentials;
use crate::desk::{self, Desk};
use crate::discovery::kept::Kept;
use crate::kubeconfig::{self, User};
use crate::service::{Context, IN_FLIGHT_MAX, STREAMS_MAX as TWO_WAY_MAX, serve};
use crate::tls::{Authority, random_token};

/// The most connections at a time; further ones are closed at once.
const CONNECTIONS_MAX: usize = 16_384;

/// How long a client may take to shake hands, and to send the head of a request.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most requests on one HTTP/2 connection at a time (`--http2-max-streams-per-connection`).
const STREAMS_MAX: u32 = 1_000;

/// The largest head of a request.
const HEAD_BYTES_MAX: u32 = 1 << 20;

/// What a server is started with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens; port 0 for any free one.
    pub listen: SocketAddr,
    /// The namespace of the kubeconfig's contexts.
    pub namespace: String,
    /// Who gets a certificate and a token; the first one's context is in use.
    pub users: Vec<Identity>,
}

/// A server that runs until it is dropped.
pub struct Server {
    runtime: Option<Runtime>,
    address: SocketAddr,
    kubeconfig: String,
}

impl Server {
    /// Starts a server; the desk that comes with it is for the session's thread.
    ///
    /// # Errors
    /// When the address is taken, say.
    pub fn start(settings: &Settings) -> Result<(Self, Desk), String> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("http")
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let listener = runtime
            .block_on(TcpListener::bind(settings.listen))
            .map_err(|error| format!("{}: {error}", settings.listen))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let authority = Authority::new()?;
        let acceptor = TlsAcceptor::from(Arc::new(authority.server(address.ip())?));
        let credentials = Arc::new(Credentials::default());
        let users = settings.users.iter().map(|it| user(&authority, &credentials, it));
        let users = users.collect::<Result<Vec<User>, String>>()?;
        let reached = if address.ip().is_unspecified() {
            SocketAddr::from(([127, 0, 0, 1], address.port()))
        } else {
            address
        };
        let kubeconfig = kubeconfig::text(
            &format!("https://{reached}"),
            authority.pem(),
            &settings.namespace,
            &users,
        );
        let (desk, door) = desk::new();
        let context = Context {
            door,
            credentials,
            address: reached.to_string(),
            places: Arc::new(Semaphore::new(IN_FLIGHT_MAX)),
            streams: Arc::new(Semaphore::new(TWO_WAY_MAX)),
            kept: Kept::default(),
        };
        runtime.spawn(accept(listener, acceptor, Arc::new(context)));
        Ok((Self { runtime: Some(runtime), address, kubeconfig }, desk))
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The kubeconfig for the users.
    pub fn kubeconfig(&self) -> &str {
        &self.kubeconfig
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn user(
    authority: &Authority,
    credentials: &Credentials,
    identity: &Identity,
) -> Result<User, String> {
    let proof = authority.user(identity)?;
    credentials.add_certificate(&proof.der, identity.clone());
    let token = random_token()?;
    credentials.add_token(&token, identity.clone());
    Ok(User {
        name: identity.user.to_string(),
        certificate: Some((proof.certificate, proof.key)),
        token: Some(token),
    })
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, context: Arc<Context>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, say: others will end.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let (acceptor, context) = (acceptor.clone(), context.clone());
        tokio::spawn(async move {
            connection(stream, acceptor, context).await;
            drop(place);
        });
    }
}

/// How requests begin that are sent without TLS (`tlsRecordHeaderLooksLikeHTTP` of Go's net/http).
const PLAIN_STARTS: [&[u8; 5]; 5] = [b"GET /", b"HEAD ", b"POST ", b"PUT /", b"OPTIO"];

/// What Go's server answers them.
const PLAIN_REFUSAL: &[u8] =
    b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

/// Shakes hands; nobody, if the client does not, or speaks plain HTTP.
async fn encrypted(mut stream: TcpStream, acceptor: TlsAcceptor) -> Option<TlsStream<TcpStream>> {
    let mut start = [0; 5];
    let seen = stream.peek(&mut start).await.ok()?;
    if seen == start.len() && PLAIN_STARTS.contains(&&start) {
        // What was sent is taken, or else closing would throw the answer away.
        let _ = stream.try_read(&mut [0; 4096]);
        let _ = stream.write_all(PLAIN_REFUSAL).await;
        return None;
    }
    acceptor.accept(stream).await.ok()
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, context: Arc<Context>) {
    let _ = stream.set_nodelay(true);
    let shaken = tokio::time::timeout(PATIENCE, encrypted(stream, acceptor)).await;
    let Ok(Some(stream)) = shaken else { return };
    let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let identity = shown.and_then(|it| context.credentials.of_certificate(it));
    let service = service_fn(move |request| {
        let (context, identity) = (context.clone(), identity.clone());
        async move { Ok::<_, std::convert::Infallible>(serve(context, identity, request).await) }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(HEAD_BYTES_MAX)
        .keep_alive_interval(Duration::from_secs(30));
    // What goes wrong with a connection is its client's to see.
    let _ = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).await;
}
