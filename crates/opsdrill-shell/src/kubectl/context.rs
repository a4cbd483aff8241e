//! What a running verb has at hand: the cluster, the trainee's files, the client's settings.

use std::sync::Arc;

use opsdrill_engine::api::{Answer, Options, Request, Target, Verb};
use opsdrill_objects::{Kind, Object, Status, duration};

use crate::door::{ClusterDoor, Stream, WaitOutcome};

use super::errors::ToolError;
use super::flags::Arguments;
use super::kubeconfig::Kubeconfig;
use super::surroundings::Surroundings;

/// The exit status of a command that Ctrl-C ended.
pub const INTERRUPTED: i32 = 130;

/// The number of kubectl's process in its log.
const PROCESS: u32 = 19229;

/// A running verb's surroundings.
pub struct Context<'a> {
    /// The cluster.
    pub door: &'a mut dyn ClusterDoor,
    /// Files and editor.
    pub surroundings: &'a mut dyn Surroundings,
    /// The client's settings.
    pub config: &'a mut Kubeconfig,
    /// What is piped in; `None` when standard input is the terminal.
    pub stdin: Option<&'a [u8]>,
    /// The namespace to work in.
    pub namespace: String,
    /// Whether the line itself named it, with `-n`.
    pub namespace_is_explicit: bool,
    /// `kubectl get`, as complaints name the verb.
    pub path: String,
}

impl Context<'_> {
    /// Prints on standard output.
    pub fn out(&mut self, text: &str) {
        if !text.is_empty() {
            self.door.print(Stream::Out, text);
        }
    }

    /// Prints on standard error.
    pub fn err(&mut self, text: &str) {
        if !text.is_empty() {
            self.door.print(Stream::Err, text);
        }
    }

    /// Prints a warning as kubectl's log does.
    pub fn log_warning(&mut self, place: &str, text: &str) {
        self.log('W', place, text);
    }

    /// Prints a line of kubectl's log: with a letter for how grave it is, a date, a process and a place in its source.
    pub fn log(&mut self, severity: char, place: &str, text: &str) {
        let date = opsdrill_objects::timestamp::format(self.now());
        let (month, day, time) = (&date[5..7], &date[8..10], &date[11..19]);
        let millis = self.door.now_ms() % 1000;
        self.err(&format!(
            "{severity}{month}{day} {time}.{millis:03}000 {PROCESS:>7} {place}] {text}\n"
        ));
    }

    /// The time in Unix seconds.
    pub fn now(&self) -> i64 {
        self.door.unix_now()
    }

    /// Takes the flags that every verb has.
    ///
    /// # Errors
    /// When the context does not exist or the timeout is no span.
    pub(super) fn take_global_flags(&mut self, arguments: &Arguments) -> Result<(), ToolError> {
        let name = match arguments.text("context") {
            "" => self.config.current.clone(),
            given => given.to_owned(),
        };
        let context = self.config.context(&name);
        if context.is_none() && arguments.is_set("context") {
            return Err(ToolError::Bare(format!(
                "Error in configuration: context was not found for specified context: {name}"
            )));
        }
        let context_user = context.map(|it| it.user.clone());
        self.namespace = match (arguments.text("namespace"), context) {
            ("", Some(context)) if !context.namespace.is_empty() => context.namespace.clone(),
            ("", _) => "default".to_owned(),
            (given, _) => given.to_owned(),
        };
        self.check_login(arguments)?;
        let (user, groups) = (arguments.text("as"), arguments.list("as-group"));
        if !user.is_empty() {
            self.door.impersonate(user, &groups);
        } else if !groups.is_empty() {
            return Err(ToolError::plain(format!(
                "requesting uid, groups or user-extra for {} without impersonating a user",
                context_user.unwrap_or_default()
            )));
        }
        self.namespace_is_explicit = arguments.is_set("namespace");
        self.request_timeout_ms(arguments).map(|_| ())
    }

    /// `--user` and `--cluster` may name what the kubeconfig has; nothing here is told apart by them.
    fn check_login(&self, arguments: &Arguments) -> Result<(), ToolError> {
        let lists = [
            ("user", "auth info", &self.config.users),
            ("cluster", "cluster", &self.config.clusters),
        ];
        for (flag, what, entries) in lists {
            let name = if arguments.is_global(flag) { arguments.text(flag) } else { "" };
            if !name.is_empty() && entries.iter().all(|it| it.name != name) {
                return Err(ToolError::plain(format!("{what} {name:?} does not exist")));
            }
        }
        if arguments.has("v") && arguments.integer("v") > 0 {
            return Err(ToolError::not_simulated("kubectl --v"));
        }
        Ok(())
    }

    /// `--request-timeout` in milliseconds, if there is one: a bare number counts seconds.
    ///
    /// # Errors
    /// When it is no span.
    pub fn request_timeout_ms(&self, arguments: &Arguments) -> Result<Option<u64>, ToolError> {
        let text = arguments.text("request-timeout");
        let span = match text.parse::<i64>() {
            Ok(seconds) => Ok(seconds.saturating_mul(1000)),
            Err(_) => duration::parse(text),
        };
        match span {
            Ok(span) => Ok(u64::try_from(span).ok().filter(|it| *it > 0)),
            Err(_) => Err(ToolError::plain(
                "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)",
            )),
        }
    }

    /// The kind that a word names.
    ///
    /// # Errors
    /// That the server has no such type.
    pub fn kind_of(&self, word: &str) -> Result<Kind, ToolError> {
        self.door.kinds().by_resource(word).ok_or_else(|| {
            ToolError::plain(format!("the server doesn't have a resource type {word:?}"))
        })
    }

    /// The same for verbs that ask the client's map of types and not the server: kubectl complains without `error: `.
    ///
    /// # Errors
    /// That the server has no such type.
    pub fn mapped_kind_of(&self, word: &str) -> Result<Kind, ToolError> {
        self.door.kinds().by_resource(word).ok_or_else(|| {
            ToolError::Bare(format!("the server doesn't have a resource type {word:?}"))
        })
    }

    /// Asks the API server and prints its warnings.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn ask(&mut self, request: Request) -> Result<Answer, Status> {
        let reply = self.door.handle(request);
        for warning in reply.warnings {
            self.err(&format!("Warning: {warning}\n"));
        }
        reply.result
    }

    /// Asks for something whose answer is an object.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn ask_object(&mut self, request: Request) -> Result<Arc<Object>, Status> {
        match self.ask(request)? {
            Answer::Object(object) | Answer::Created(object) | Answer::Deleted(object) => {
                Ok(object)
            }
            other => panic!("the request answers no object but {other:?}"),
        }
    }

    /// Reads an object. When it is missing because its namespace is, the answer says that.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn get(&mut self, kind: Kind, name: &str, namespace: &str) -> Result<Arc<Object>, Status> {
        let namespace = if kind.info().namespaced { namespace } else { "" };
        let refusal = match self.ask_object(Request::get(kind, namespace, name)) {
            Err(refusal) if refusal.code == 404 => refusal,
            answer => return answer,
        };
        if !namespace.is_empty() && namespace != "default" {
            match self.ask(Request::get(Kind::Namespace, "", namespace)) {
                Err(missing) if missing.code == 404 => return Err(missing),
                _ => {}
            }
        }
        Err(refusal)
    }

    /// Reads all objects of a kind in a namespace (everywhere if it is empty) that selectors choose,
    /// and the resourceVersion from which a watch may go on.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn list(
        &mut self,
        kind: Kind,
        namespace: &str,
        labels: &str,
        fields: &str,
    ) -> Result<(Vec<Arc<Object>>, u64), Status> {
        let namespace = if kind.info().namespaced { namespace } else { "" };
        let mut request = Request::new(Verb::List, Target::all(kind, namespace));
        request.options = Options {
            label_selector: labels.to_owned(),
            field_selector: fields.to_owned(),
            ..Options::default()
        };
        match self.ask(request) {
            Ok(Answer::List { items, resource_version, .. }) => Ok((items, resource_version)),
            Ok(other) => panic!("a list is answered by a list, not by {other:?}"),
            Err(refusal) => Err(of_list(refusal, kind, labels, fields)),
        }
    }

    /// Sleeps for a while; an error if the trainee interrupts.
    ///
    /// # Errors
    /// The interruption.
    pub fn sleep_ms(&mut self, span_ms: u64) -> Result<(), ToolError> {
        let deadline = self.door.now_ms().saturating_add(span_ms);
        match self.door.wait_until(deadline) {
            WaitOutcome::Reached => Ok(()),
            WaitOutcome::Interrupted => Err(ToolError::Exit(INTERRUPTED)),
        }
    }

    /// Reads a file, or standard input for `-`.
    ///
    /// # Errors
    /// kubectl's complaint about the path.
    pub fn read_file(&mut self, path: &str) -> Result<Vec<u8>, ToolError> {
        if path == "-" {
            return Ok(self.stdin.unwrap_or_default().to_vec());
        }
        self.surroundings.read(path).map_err(|why| {
            if why.0 == "no such file or directory" {
                ToolError::plain(format!("the path {path:?} does not exist"))
            } else {
                ToolError::plain(format!("open {path}: {}", why.0))
            }
        })
    }
}

/// A refusal to list: where the request itself was wrong, kubectl says what it was looking for.
fn of_list(refusal: Status, kind: Kind, labels: &str, fields: &str) -> Status {
    if !matches!(refusal.code, 400 | 404) {
        return refusal;
    }
    let (what, why) = (kind.info().gvr(), &refusal.message);
    let message = if labels.is_empty() && fields.is_empty() {
        format!("Unable to list {what:?}: {why}")
    } else {
        format!(
            "Unable to find {what:?} that match label selector {labels:?}, field selector {fields:?}: {why}"
        )
    };
    Status { message, ..refusal }
}
