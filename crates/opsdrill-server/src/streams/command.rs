//! A command in a container, for a client who is connected to it: what it reads, what it prints, how it ends.

use std::collections::VecDeque;
use std::time::Duration;

use opsdrill_engine::physical::logs::LogRequest;
use opsdrill_objects::Status;
use opsdrill_session::Stream;
use opsdrill_session::exec_call::{Bytes, ExecCall, ExecEnd};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

use super::Visit;
use super::line_editor::for_terminal;
use super::typing::{Next, Typing};
use crate::desk::{DeskDoor, Output, Started};
use crate::query::Query;
use crate::service::Context;

/// What a client sends.
#[derive(Debug)]
pub(super) enum Incoming {
    /// Bytes for the command to read.
    Stdin(Vec<u8>),
    /// There are no more.
    StdinClosed,
}

/// What a client gets.
#[derive(Debug)]
pub(super) enum Outgoing {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
    /// The Status at the end.
    Error(Vec<u8>),
}

/// The client's end of a command. When its input ends without [`Incoming::StdinClosed`], the client has gone.
pub(super) struct Peer {
    pub(super) incoming: mpsc::Receiver<Incoming>,
    pub(super) outgoing: mpsc::Sender<Outgoing>,
    /// Whether the client can say that its input is over.
    pub(super) closes_stdin: bool,
    /// Whether the server translates between client and kubelet: what goes wrong is then told as its own error, too
    /// (`NewInternalError` of the translator; recording 338).
    pub(super) translated: bool,
}

/// The most bytes that a command reads.
const STDIN_BYTES_MAX: usize = 8 << 20;

/// How long a command that may not read at all is given to be sent something.
const STDIN_PATIENCE: Duration = Duration::from_millis(200);

/// How often a log is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Programs that read what is sent to them to its end.
const READERS: &[&str] = &[
    "-",
    "awk",
    "base64",
    "cat",
    "cut",
    "dd",
    "grep",
    "gzip",
    "head",
    "jq",
    "md5sum",
    "od",
    "psql",
    "read",
    "redis-cli",
    "sed",
    "sha256sum",
    "sort",
    "tail",
    "tar",
    "tee",
    "tr",
    "uniq",
    "wc",
    "xargs",
];

/// What is asked for.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the query")]
struct Wanted {
    argv: Vec<String>,
    stdin: bool,
    stdout: bool,
    stderr: bool,
    terminal: bool,
}

impl Wanted {
    fn of(query: &Query, attaches: bool) -> Self {
        let argv =
            if attaches { Vec::new() } else { query.all("command").map(str::to_owned).collect() };
        let terminal = query.is_set("tty");
        Self {
            argv,
            stdin: query.is_set("stdin"),
            stdout: query.is_set("stdout"),
            // A terminal has one output.
            stderr: query.is_set("stderr") && !terminal,
            terminal,
        }
    }

    /// Whether it is a shell that waits for lines.
    fn is_shell(&self) -> bool {
        let Some((program, rest)) = self.argv.split_first() else { return true };
        let name = program.rsplit('/').next().unwrap_or(program);
        let plain = rest.iter().all(|it| matches!(it.as_str(), "-i" | "-l" | "-il" | "--login"));
        matches!(name, "sh" | "bash" | "ash") && plain
    }

    /// Whether it reads its input to the end: it is waited for then. A program that is given a file reads that.
    fn reads(&self) -> bool {
        let has_file = self.argv.iter().skip(1).any(|it| it.starts_with('/'));
        let program = self.argv.first().map(String::as_str).unwrap_or_default();
        let takes_files = ["awk", "cat", "cut", "grep", "head", "sed", "sort", "tail", "wc"];
        if has_file && takes_files.contains(&program.rsplit('/').next().unwrap_or(program)) {
            return false;
        }
        let words = self.argv.iter().flat_map(|it| it.split([' ', '|', ';', '&', '(', '\n', '/']));
        words.into_iter().any(|it| READERS.contains(&it))
    }
}

/// Runs a command for a client.
pub(super) async fn run(context: &Context, visit: &Visit, peer: Peer) {
    let attaches = visit.path.subresource == "attach";
    let wanted = Wanted::of(&visit.query, attaches);
    let call = ExecCall {
        namespace: visit.path.namespace.clone(),
        pod: visit.path.name.clone(),
        container: visit.query.get("container").to_owned(),
        argv: wanted.argv.clone(),
        terminal: wanted.terminal,
        ..ExecCall::default()
    };
    let call = call.by(&visit.identity);
    // Says that the connection stands.
    let hello = if wanted.stdout { Outgoing::Stdout } else { Outgoing::Stderr };
    let _ = peer.outgoing.send(hello(Vec::new())).await;
    let door = context.door.clone();
    let mut client = Client { peer, wanted, door, ahead: VecDeque::new(), gone: false };
    let status = match client.begin(call).await {
        Ok(Some(Ended::Status(status))) => status,
        Ok(Some(Ended::Streams)) => client.follow(visit).await,
        Ok(None) => return,
        Err(mut status) => {
            if client.peer.translated && status.code == 500 {
                status.message = format!("Internal error occurred: {}", status.message);
                status.reason = "InternalError";
            }
            status.to_value().to_string()
        }
    };
    let _ = client.peer.outgoing.send(Outgoing::Error(status.into_bytes())).await;
}

/// How a command went.
enum Ended {
    /// With this Status.
    Status(String),
    /// It goes on writing to its log.
    Streams,
}

fn success() -> String {
    json!({ "metadata": {}, "status": "Success" }).to_string()
}

/// The Status for an exit code (`ServeExec`). Who attaches is not told one.
fn exited(argv: &[String], code: i32) -> String {
    if code == 0 || argv.is_empty() {
        return success();
    }
    let command = argv.join(" ");
    json!({
        "metadata": {},
        "status": "Failure",
        "message": format!(
            "command terminated with non-zero exit code: error executing command [{command}], exit code {code}"
        ),
        "reason": "NonZeroExitCode",
        "details": { "causes": [{ "reason": "ExitCode", "message": code.to_string() }] },
    })
    .to_string()
}

struct Client {
    peer: Peer,
    wanted: Wanted,
    door: DeskDoor,
    /// What has come while a line ran.
    ahead: VecDeque<Incoming>,
    gone: bool,
}

impl Client {
    /// Runs the command; `None` if the client has gone.
    async fn begin(&mut self, mut call: ExecCall) -> Result<Option<Ended>, Status> {
        let shell = self.wanted.stdin && self.wanted.is_shell();
        if shell {
            call.stays = true;
            call.stdin = Some(Bytes::default());
        } else if self.wanted.stdin && !self.wanted.terminal {
            let read = self.gather().await?;
            call.stdin = Some(Bytes(read));
        }
        let Started { id, mut output, end } = self.door.exec(call)?;
        let (end, id) = self.until_end(id, &mut output, end).await?;
        let Some(prompt) = self.after(end)? else { return Ok(None) };
        match prompt {
            After::Ended(ended) => Ok(Some(ended)),
            After::Prompt(prompt) => {
                let ended = self.converse(id, prompt, &mut output).await;
                Ok(ended?.map(Ended::Status))
            }
        }
    }

    /// All that the client sends, if the command is one that reads.
    async fn gather(&mut self) -> Result<Vec<u8>, Status> {
        let mut read = Vec::new();
        let waits = self.wanted.reads();
        loop {
            let next = self.peer.incoming.recv();
            let next = if waits {
                next.await
            } else {
                match tokio::time::timeout(STDIN_PATIENCE, next).await {
                    Ok(next) => next,
                    Err(_) => return Ok(read),
                }
            };
            match next {
                Some(Incoming::Stdin(bytes)) => read.extend(bytes),
                Some(Incoming::StdinClosed) | None => return Ok(read),
            }
            if read.len() > STDIN_BYTES_MAX {
                let text = format!(
                    "opsdrill: not simulated: more than {STDIN_BYTES_MAX} bytes of standard input"
                );
                return Err(Status::bad_request(text));
            }
            // Who cannot say that the input is over has said so when an archive is.
            if !self.peer.closes_stdin && ends_an_archive(&read) {
                return Ok(read);
            }
        }
    }

    /// Passes output on until the command, or the line, is over.
    async fn until_end(
        &mut self,
        id: oneshot::Receiver<u64>,
        output: &mut mpsc::Receiver<Output>,
        mut end: oneshot::Receiver<ExecEnd>,
    ) -> Result<(ExecEnd, u64), Status> {
        let closed = || Status::new(503, "ServiceUnavailable", "apiserver is shutting down");
        let id = id.await.map_err(|_| closed())?;
        loop {
            let open = !self.gone;
            tokio::select! {
                biased;
                Some(piece) = output.recv() => self.show(piece).await,
                ended = &mut end => {
                    let ended = ended.map_err(|_| closed())?;
                    while let Ok(piece) = output.try_recv() {
                        self.show(piece).await;
                    }
                    return Ok((ended, id));
                }
                input = self.peer.incoming.recv(), if open => match input {
                    Some(Incoming::Stdin(bytes)) if self.wanted.terminal && bytes.contains(&3) => {
                        self.door.break_off(id);
                    }
                    Some(input) => self.ahead.push_back(input),
                    None => {
                        self.gone = true;
                        // What has read its input to the end goes on without its client.
                        if self.wanted.terminal || !self.wanted.stdin {
                            self.door.break_off(id);
                        }
                    }
                },
            }
        }
    }

    async fn show(&mut self, (stream, bytes): Output) {
        let piece = match stream {
            _ if self.wanted.terminal => Outgoing::Stdout(for_terminal(&bytes)),
            Stream::Out if self.wanted.stdout => Outgoing::Stdout(bytes),
            Stream::Err if self.wanted.stderr => Outgoing::Stderr(bytes),
            _ => return,
        };
        let _ = self.peer.outgoing.send(piece).await;
    }

    /// What follows a line or a command; `None` if there is nobody any more.
    fn after(&self, end: ExecEnd) -> Result<Option<After>, Status> {
        match end {
            ExecEnd::Ended(code) => {
                Ok(Some(After::Ended(Ended::Status(exited(&self.wanted.argv, code)))))
            }
            ExecEnd::Streams => Ok(Some(After::Ended(Ended::Streams))),
            ExecEnd::Stays(prompt) => Ok(Some(After::Prompt(prompt))),
            ExecEnd::Refused(status) => Err(status),
        }
    }

    /// Runs line after line in a shell; answers its Status at its end, or `None` when the client has gone.
    async fn converse(
        &mut self,
        id: u64,
        mut prompt: String,
        output: &mut mpsc::Receiver<Output>,
    ) -> Result<Option<String>, Status> {
        let mut typing = Typing::new(self.wanted.terminal);
        self.say(&prompt).await;
        loop {
            let line = match typing.next() {
                Some(Next::Echo(text)) => {
                    let _ = self.peer.outgoing.send(Outgoing::Stdout(text.into_bytes())).await;
                    continue;
                }
                Some(Next::Prompt { goes_on }) => {
                    let shown = if goes_on { "> " } else { &prompt };
                    self.say(shown).await;
                    continue;
                }
                Some(Next::Line(line)) => line,
                None => match self.input().await {
                    Some(Incoming::Stdin(bytes)) => {
                        typing.typed(&bytes);
                        continue;
                    }
                    Some(Incoming::StdinClosed) => {
                        typing.closed();
                        continue;
                    }
                    None => {
                        self.door.hang_up(id);
                        return Ok(None);
                    }
                },
            };
            let end = self.door.typed(id, line)?;
            let (started, number) = oneshot::channel();
            let _ = started.send(id);
            let (end, _) = self.until_end(number, output, end).await?;
            match self.after(end)? {
                Some(After::Prompt(next)) if !self.gone => prompt = next,
                Some(After::Prompt(_)) => {
                    self.door.hang_up(id);
                    return Ok(None);
                }
                Some(After::Ended(Ended::Status(status))) => return Ok(Some(status)),
                _ => return Ok(None),
            }
            self.say(&prompt).await;
        }
    }

    /// The next input.
    async fn input(&mut self) -> Option<Incoming> {
        match self.ahead.pop_front() {
            Some(input) => Some(input),
            None if self.gone => None,
            None => self.peer.incoming.recv().await,
        }
    }

    /// Shows a prompt, which only a terminal has.
    async fn say(&mut self, prompt: &str) {
        if self.wanted.terminal {
            let _ = self.peer.outgoing.send(Outgoing::Stdout(prompt.into())).await;
        }
    }

    /// Shows what a container writes from now on, until it ends or the client goes.
    async fn follow(&mut self, visit: &Visit) -> String {
        let container = visit.query.get("container");
        let mut request = LogRequest {
            namespace: visit.path.namespace.clone(),
            pod: visit.path.name.clone(),
            container: (!container.is_empty()).then(|| container.to_owned()),
            previous: false,
            since_ns: None,
            tail_lines: Some(0),
            after: None,
        };
        loop {
            let asked = request.clone();
            let read = self.door.look(move |cluster| cluster.logs(&asked)).await;
            let Ok(Ok(reply)) = read else { return success() };
            let text = reply.body(false, None);
            if !text.is_empty() {
                self.show((Stream::Out, text.into_bytes())).await;
            }
            if reply.ended {
                return success();
            }
            (request.after, request.tail_lines) = (Some(reply.cursor), None);
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                input = self.peer.incoming.recv() => {
                    if input.is_none() {
                        return success();
                    }
                }
            }
        }
    }
}

enum After {
    Ended(Ended),
    Prompt(String),
}

/// Whether an archive of tar is complete: it ends in two blocks of zeros.
fn ends_an_archive(bytes: &[u8]) -> bool {
    bytes.len() >= 1024
        && bytes.len().is_multiple_of(512)
        && bytes[bytes.len() - 1024..].iter().all(|it| *it == 0)
}
