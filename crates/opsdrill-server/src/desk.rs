//! The desk between connections and the session: calls come in, the session's thread answers them in order.
//!
//! Calls that have come by the time the session looks are kept in the log in one piece: what a disk needs for one of
//! them is enough for all.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use opsdrill_engine::Cluster;
use opsdrill_engine::api::authorization::Action;
use opsdrill_engine::api::{Identity, Reply, Request};
use opsdrill_engine::physical::logs::{LogReply, LogRequest};
use opsdrill_objects::custom::kinds::Kinds;
use opsdrill_objects::{Object, Status};
use opsdrill_session::api_call::ApiCall;
use opsdrill_session::{LogSink, Session};
use tokio::sync::oneshot;

use crate::credentials::AUTHENTICATED;
use crate::watchers::{Subscription, WatchRequest, Watchers};

/// The most calls that are answered in one piece.
const BATCH_MAX: usize = 256;

/// What a connection may ask of the session.
pub(crate) enum Call {
    /// A request to the API.
    Api { call: Box<ApiCall>, answer: oneshot::Sender<Answered> },
    /// To be told of changes.
    Watch { request: Box<WatchRequest>, answer: oneshot::Sender<Result<Subscription, Status>> },
    /// A container's log.
    Logs {
        identity: Identity,
        request: Box<LogRequest>,
        answer: oneshot::Sender<Result<LogReply, Status>>,
    },
    /// Whose token of a service account it is.
    Identify { token: String, answer: oneshot::Sender<Option<Identity>> },
    /// Whether somebody may ask as somebody else.
    Impersonate { identity: Identity, other: Identity, answer: oneshot::Sender<Result<(), Status>> },
}

/// An answer with what it takes to write it down.
pub(crate) struct Answered {
    pub(crate) reply: Reply,
    /// The date, Unix seconds.
    pub(crate) now: i64,
    /// The newest resourceVersion.
    pub(crate) newest: u64,
}

/// The session's side of the desk.
pub struct Desk {
    calls: Receiver<Call>,
    watchers: Watchers,
    clock: Arc<AtomicI64>,
    kinds: Arc<RwLock<Arc<Kinds>>>,
}

/// A connection's side of the desk.
#[derive(Clone)]
pub(crate) struct DeskDoor {
    calls: Sender<Call>,
    clock: Arc<AtomicI64>,
    kinds: Arc<RwLock<Arc<Kinds>>>,
}

/// A new desk.
pub(crate) fn new() -> (Desk, DeskDoor) {
    let (sender, calls) = channel();
    let clock = Arc::new(AtomicI64::new(0));
    let kinds = Arc::new(RwLock::default());
    let watchers = Watchers::default();
    let desk = Desk { calls, watchers, clock: clock.clone(), kinds: kinds.clone() };
    (desk, DeskDoor { calls: sender, clock, kinds })
}

/// The refusal when the session has ended.
fn closed() -> Status {
    Status::new(503, "ServiceUnavailable", "apiserver is shutting down")
}

impl DeskDoor {
    /// Asks the API.
    pub(crate) async fn api(&self, identity: &Identity, request: &Request) -> Answered {
        let (answer, coming) = oneshot::channel();
        let call = Box::new(ApiCall::of(identity, request));
        let sent = self.calls.send(Call::Api { call, answer });
        let gone = || Answered {
            reply: Reply { result: Err(closed()), warnings: Vec::new() },
            now: self.now(),
            newest: 0,
        };
        match sent {
            Ok(()) => coming.await.unwrap_or_else(|_| gone()),
            Err(_) => gone(),
        }
    }

    /// Subscribes to changes.
    pub(crate) async fn watch(&self, request: WatchRequest) -> Result<Subscription, Status> {
        let (answer, coming) = oneshot::channel();
        let request = Box::new(request);
        self.calls.send(Call::Watch { request, answer }).map_err(|_| closed())?;
        coming.await.map_err(|_| closed())?
    }

    /// Reads a container's log.
    pub(crate) async fn logs(
        &self,
        identity: &Identity,
        request: LogRequest,
    ) -> Result<LogReply, Status> {
        let (answer, coming) = oneshot::channel();
        let (identity, request) = (identity.clone(), Box::new(request));
        self.calls.send(Call::Logs { identity, request, answer }).map_err(|_| closed())?;
        coming.await.map_err(|_| closed())?
    }

    /// The service account to which a token belongs.
    pub(crate) async fn identify(&self, token: &str) -> Option<Identity> {
        let (answer, coming) = oneshot::channel();
        self.calls.send(Call::Identify { token: token.to_owned(), answer }).ok()?;
        coming.await.ok()?
    }

    /// Whether somebody may ask as somebody else.
    pub(crate) async fn impersonate(
        &self,
        identity: &Identity,
        other: &Identity,
    ) -> Result<(), Status> {
        let (answer, coming) = oneshot::channel();
        let (identity, other) = (identity.clone(), other.clone());
        self.calls.send(Call::Impersonate { identity, other, answer }).map_err(|_| closed())?;
        coming.await.map_err(|_| closed())?
    }

    /// The kinds that the cluster serves.
    pub(crate) fn kinds(&self) -> Arc<Kinds> {
        self.kinds.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The simulated date when the session looked last, Unix seconds.
    pub(crate) fn now(&self) -> i64 {
        self.clock.load(Ordering::Relaxed)
    }
}

impl Desk {
    /// Waits for calls, at most so long, and answers all that have come; tells watchers of what has changed.
    ///
    /// `advance` is called between the wait and the answers: it lets simulated time pass.
    ///
    /// # Errors
    /// When the log cannot be kept.
    pub fn turn(
        &mut self,
        session: &mut Session,
        sink: &mut dyn LogSink,
        wait: Duration,
        advance: impl FnOnce(&mut Session),
    ) -> Result<(), String> {
        let first = match self.calls.recv_timeout(wait) {
            Ok(call) => Some(call),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                std::thread::sleep(wait);
                None
            }
        };
        advance(session);
        self.tell(session);
        let Some(first) = first else { return Ok(()) };
        let more = self.calls.try_iter().take(BATCH_MAX - 1);
        let calls: Vec<Call> = std::iter::once(first).chain(more).collect();
        self.answer(calls, session, sink)
    }

    /// Tells watchers what has changed, and connections what time it is.
    pub fn tell(&mut self, session: &Session) {
        let cluster = &session.stage().cluster;
        self.clock.store(cluster.unix_now(), Ordering::Relaxed);
        self.publish(cluster);
        self.watchers.tell(cluster);
    }

    /// Tells connections which kinds there are: before any answer that follows from them.
    fn publish(&self, cluster: &Cluster) {
        let mut known = self.kinds.write().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&known, cluster.kinds()) {
            known.clone_from(cluster.kinds());
        }
    }

    fn answer(
        &mut self,
        calls: Vec<Call>,
        session: &mut Session,
        sink: &mut dyn LogSink,
    ) -> Result<(), String> {
        let mut asked = Vec::new();
        for call in calls {
            if let Call::Api { call, answer } = call {
                asked.push((*call, answer));
                continue;
            }
            self.answer_api(&mut asked, session, sink)?;
            match call {
                Call::Watch { request, answer } => {
                    let started = self.watch(&request, session, sink)?;
                    let _ = answer.send(started);
                }
                Call::Logs { identity, request, answer } => {
                    let _ = answer.send(logs(&session.stage().cluster, &identity, &request));
                }
                Call::Identify { token, answer } => {
                    let _ = answer.send(session.stage().cluster.identity_of_token(&token));
                }
                Call::Impersonate { identity, other, answer } => {
                    let _ = answer.send(impersonate(&session.stage().cluster, &identity, &other));
                }
                Call::Api { .. } => unreachable!("taken above"),
            }
        }
        self.answer_api(&mut asked, session, sink)
    }

    /// Answers requests to the API all together.
    fn answer_api(
        &mut self,
        asked: &mut Vec<(ApiCall, oneshot::Sender<Answered>)>,
        session: &mut Session,
        sink: &mut dyn LogSink,
    ) -> Result<(), String> {
        if asked.is_empty() {
            return Ok(());
        }
        let (calls, answers): (Vec<_>, Vec<_>) = asked.drain(..).unzip();
        let replies = session.answer(&calls, sink)?;
        let cluster = &session.stage().cluster;
        self.publish(cluster);
        let (now, newest) = (cluster.unix_now(), cluster.resource_version());
        for (reply, answer) in replies.into_iter().zip(answers) {
            // Whoever asked may have gone.
            let _ = answer.send(Answered { reply, now, newest });
        }
        self.tell(session);
        Ok(())
    }

    /// Starts a watch: the door says whether it may be, the watchers do the rest.
    fn watch(
        &mut self,
        request: &WatchRequest,
        session: &mut Session,
        sink: &mut dyn LogSink,
    ) -> Result<Result<Subscription, Status>, String> {
        let newest = session.stage().cluster.resource_version();
        let call = ApiCall::of(&request.identity, &request.to_engine(newest));
        let reply = session.answer(&[call], sink)?.remove(0);
        self.tell(session);
        if let Err(status) = reply.result {
            return Ok(Err(status));
        }
        Ok(self.watchers.add(request, &session.stage().cluster))
    }
}

/// Reads a log for somebody who may.
fn logs(cluster: &Cluster, identity: &Identity, request: &LogRequest) -> Result<LogReply, Status> {
    let action = Action::Resource {
        verb: "get",
        group: "",
        resource: "pods",
        subresource: "log",
        namespace: &request.namespace,
        name: &request.pod,
    };
    cluster.authorize(identity, &action)?;
    cluster.logs(request)
}

/// Whether somebody may ask as somebody else: as that user, and as a member of each group that is named.
fn impersonate(cluster: &Cluster, identity: &Identity, other: &Identity) -> Result<(), Status> {
    let impersonating = |resource: &str, namespace: &str, name: &str| {
        let (verb, group, subresource) = ("impersonate", "", "");
        let action = Action::Resource { verb, group, resource, subresource, namespace, name };
        cluster.authorize(identity, &action)
    };
    match other.user.strip_prefix("system:serviceaccount:").and_then(|it| it.split_once(':')) {
        Some((namespace, name)) => return impersonating("serviceaccounts", namespace, name),
        None => impersonating("users", "", &other.user)?,
    }
    let mut named = other.groups.iter().filter(|it| &***it != AUTHENTICATED);
    named.try_for_each(|it| impersonating("groups", "", it))
}

/// The objects that a watch begins with.
pub(crate) fn present(
    cluster: &Cluster,
    request: &WatchRequest,
    matches: &dyn Fn(&Object) -> bool,
) -> Vec<Arc<Object>> {
    let all = cluster.view().list(request.kind, &request.namespace);
    all.filter(|it| matches(it)).cloned().collect()
}
