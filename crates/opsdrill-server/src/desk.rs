//! The desk between connections and the session: calls come in, the session's thread answers them in order.
//!
//! Calls that have come by the time the session looks are kept in the log in one piece: what a disk needs for one of
//! them is enough for all.

use std::collections::{BTreeMap, VecDeque};
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
use opsdrill_session::exec_call::{ExecCall, ExecEnd};
use opsdrill_session::{House, LogSink, Script, Session, Stream};
use tokio::sync::{mpsc, oneshot};

use crate::counter::Counter;
use crate::credentials::AUTHENTICATED;
use crate::watchers::{Subscription, WatchRequest, Watchers};

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
    /// A look at the cluster.
    Look(Look),
    /// A command in a container.
    Exec(Box<ExecOrder>),
    /// A line in the shell that such a command opened.
    Typed { id: u64, text: String, answer: oneshot::Sender<ExecEnd> },
    /// Ctrl-C while such a command runs.
    Break(u64),
    /// The client of such a shell has gone.
    HangUp(u64),
}

/// Something that only looks.
pub(crate) type Look = Box<dyn FnOnce(&Cluster) + Send>;

/// What a command in a container prints.
pub(crate) type Output = (Stream, Vec<u8>);

/// How many pieces of output a client may be behind before its command is broken off.
const PIECES_MAX: usize = 4_096;

/// A command in a container, on its way to the session.
pub(crate) struct ExecOrder {
    pub(crate) call: ExecCall,
    /// Where its number goes when it starts.
    pub(crate) started: oneshot::Sender<u64>,
    /// Where its output goes.
    pub(crate) output: mpsc::Sender<Output>,
    pub(crate) answer: oneshot::Sender<ExecEnd>,
}

/// A command in a container, for the connection whose client runs it.
pub(crate) struct Started {
    pub(crate) id: oneshot::Receiver<u64>,
    pub(crate) output: mpsc::Receiver<Output>,
    pub(crate) end: oneshot::Receiver<ExecEnd>,
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
    /// Calls that have come and were not answered yet.
    waiting: VecDeque<Call>,
    watchers: Watchers,
    clock: Arc<AtomicI64>,
    kinds: Arc<RwLock<Arc<Kinds>>>,
    /// Where the output of each command in a container goes.
    outputs: BTreeMap<u64, mpsc::Sender<Output>>,
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
    let desk = Desk {
        calls,
        waiting: VecDeque::new(),
        watchers: Watchers::default(),
        clock: clock.clone(),
        kinds: kinds.clone(),
        outputs: BTreeMap::new(),
    };
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

    /// Looks at the cluster.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Cluster) -> T + Send + 'static,
    ) -> Result<T, Status> {
        let (answer, coming) = oneshot::channel();
        let look: Look = Box::new(move |cluster| drop(answer.send(look(cluster))));
        self.calls.send(Call::Look(look)).map_err(|_| closed())?;
        coming.await.map_err(|_| closed())
    }

    /// Runs a command in a container.
    pub(crate) fn exec(&self, call: ExecCall) -> Result<Started, Status> {
        let (started, id) = oneshot::channel();
        let (sender, output) = mpsc::channel(PIECES_MAX);
        let (answer, end) = oneshot::channel();
        let order = ExecOrder { call, started, output: sender, answer };
        self.calls.send(Call::Exec(Box::new(order))).map_err(|_| closed())?;
        Ok(Started { id, output, end })
    }

    /// Runs a line in the shell that a command opened.
    pub(crate) fn typed(
        &self,
        id: u64,
        text: String,
    ) -> Result<oneshot::Receiver<ExecEnd>, Status> {
        let (answer, coming) = oneshot::channel();
        self.calls.send(Call::Typed { id, text, answer }).map_err(|_| closed())?;
        Ok(coming)
    }

    /// Presses Ctrl-C.
    pub(crate) fn break_off(&self, id: u64) {
        let _ = self.calls.send(Call::Break(id));
    }

    /// Leaves a shell.
    pub(crate) fn hang_up(&self, id: u64) {
        let _ = self.calls.send(Call::HangUp(id));
    }

    /// The simulated date when the session looked last, Unix seconds.
    pub(crate) fn now(&self) -> i64 {
        self.clock.load(Ordering::Relaxed)
    }
}

impl Desk {
    /// Waits for calls, at most so long, and answers all that have come; tells watchers of what has changed.
    ///
    /// `pace` is how many simulated seconds pass in each second while a command in a container waits, and `stops` whether
    /// it is to wait no longer. `advance` is called between the wait and the answers: it lets simulated time pass.
    ///
    /// # Errors
    /// When the log cannot be kept.
    pub fn turn(
        &mut self,
        session: &mut Session,
        sink: &mut dyn LogSink,
        wait: Duration,
        pace: u32,
        stops: fn() -> bool,
        advance: impl FnOnce(&mut Session),
    ) -> Result<(), String> {
        self.await_call(wait);
        advance(session);
        let mut nobody = Script::default();
        let mut front = Counter::new(self, &mut nobody, pace, stops);
        front.serve(&mut session.house(sink))
    }

    /// Waits until a call has come, at most so long.
    pub(crate) fn await_call(&mut self, wait: Duration) {
        if !self.waiting.is_empty() {
            return;
        }
        match self.calls.recv_timeout(wait) {
            Ok(call) => self.waiting.push_back(call),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(wait),
        }
    }

    /// Whether a call waits for its answer.
    pub(crate) fn has_calls(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The next call, if one has come.
    pub(crate) fn next_call(&mut self) -> Option<Call> {
        self.waiting.pop_front().or_else(|| self.calls.try_recv().ok())
    }

    /// Tells watchers what has changed, and connections what time it is.
    pub fn tell(&mut self, session: &Session) {
        self.tell_of(&session.stage().cluster);
    }

    pub(crate) fn tell_of(&mut self, cluster: &Cluster) {
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

    /// Answers what needs no command in a container; gives back what does.
    pub(crate) fn answer(
        &mut self,
        call: Call,
        house: &mut House<'_>,
    ) -> Result<Option<Call>, String> {
        let cluster = &house.stage().cluster;
        match call {
            Call::Watch { request, answer } => {
                let started = self.watch(&request, house)?;
                let _ = answer.send(started);
            }
            Call::Logs { identity, request, answer } => {
                let _ = answer.send(logs(cluster, &identity, &request));
            }
            Call::Identify { token, answer } => {
                let _ = answer.send(cluster.identity_of_token(&token));
            }
            Call::Impersonate { identity, other, answer } => {
                let _ = answer.send(impersonate(cluster, &identity, &other));
            }
            Call::Look(look) => look(cluster),
            Call::Break(id) => house.break_off(id)?,
            Call::HangUp(id) => {
                self.outputs.remove(&id);
                house.break_off(id)?;
                house.hang_up(id)?;
            }
            other => return Ok(Some(other)),
        }
        Ok(None)
    }

    /// Answers requests to the API all together.
    pub(crate) fn answer_api(
        &mut self,
        asked: &mut Vec<(ApiCall, oneshot::Sender<Answered>)>,
        house: &mut House<'_>,
    ) -> Result<(), String> {
        if asked.is_empty() {
            return Ok(());
        }
        let (calls, answers): (Vec<_>, Vec<_>) = asked.drain(..).unzip();
        let replies = house.answer(&calls)?;
        let cluster = &house.stage().cluster;
        self.publish(cluster);
        let (now, newest) = (cluster.unix_now(), cluster.resource_version());
        for (reply, answer) in replies.into_iter().zip(answers) {
            // Whoever asked may have gone.
            let _ = answer.send(Answered { reply, now, newest });
        }
        self.tell_of(cluster);
        Ok(())
    }

    /// Starts a watch: the door says whether it may be, the watchers do the rest.
    fn watch(
        &mut self,
        request: &WatchRequest,
        house: &mut House<'_>,
    ) -> Result<Result<Subscription, Status>, String> {
        let newest = house.stage().cluster.resource_version();
        let call = ApiCall::of(&request.identity, &request.to_engine(newest));
        let reply = house.answer(&[call])?.remove(0);
        let cluster = &house.stage().cluster;
        self.tell_of(cluster);
        if let Err(status) = reply.result {
            return Ok(Err(status));
        }
        Ok(self.watchers.add(request, cluster))
    }

    /// Notes where the output of a command goes.
    pub(crate) fn connect(&mut self, id: u64, output: mpsc::Sender<Output>) {
        self.outputs.insert(id, output);
    }

    /// Sends output; a client who does not read it, or is gone, ends its command.
    pub(crate) fn send(&mut self, id: u64, piece: Output) {
        let Some(output) = self.outputs.get(&id) else { return };
        if output.try_send(piece).is_err() {
            self.outputs.remove(&id);
            self.waiting.push_back(Call::Break(id));
        }
    }

    /// Nothing more is printed.
    pub(crate) fn disconnect(&mut self, id: u64) {
        self.outputs.remove(&id);
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
