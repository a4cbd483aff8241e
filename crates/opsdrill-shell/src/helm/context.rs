//! What a running command has at hand.

use opsdrill_engine::api::{Answer, Options, Request, Target, Verb};
use opsdrill_objects::{Kind, Object, Status};
use opsdrill_sprig::functions::paths;
use opsdrill_sprig::time::Time;
use std::sync::Arc;

use crate::door::WaitOutcome;
use crate::kubectl::context::Context;
use crate::kubectl::flags::Arguments;

use super::failure::{Failure, Outcome};
use super::settings::Settings;
use super::texts::{self, Words};

/// Under which name Helm owns the fields that it writes.
pub(super) const MANAGER: &str = "helm";

/// How often Helm looks whether everything is ready.
const LOOKS_EVERY_MS: u64 = 2000;

/// A running command's surroundings.
pub(super) struct Helm<'a> {
    /// The cluster, files and settings, as kubectl has them.
    pub(super) kube: Context<'a>,
    /// Whether more is told.
    pub(super) debug: bool,
    /// Whether nothing is printed on standard output at the moment.
    is_silent: bool,
    /// What flags and environment say.
    pub(super) settings: Settings,
    /// Why no cluster can be asked, if that is so.
    pub(super) unreachable: Option<String>,
    /// How things are said.
    pub(super) words: &'static Words,
}

impl<'a> Helm<'a> {
    pub(super) fn new(kube: Context<'a>) -> Self {
        let (settings, unreachable) = (Settings::default(), None);
        Self { kube, debug: false, is_silent: false, settings, unreachable, words: &texts::THREE }
    }

    /// Prints on standard output.
    pub(super) fn out(&mut self, text: &str) {
        if !self.is_silent {
            self.kube.out(text);
        }
    }

    /// Does something without what it would print on standard output.
    pub(super) fn silently<T>(&mut self, does: impl FnOnce(&mut Self) -> T) -> T {
        self.is_silent = true;
        let done = does(self);
        self.is_silent = false;
        done
    }

    /// Prints on standard error.
    pub(super) fn err(&mut self, text: &str) {
        self.kube.err(text);
    }

    /// A path from the root, without `.` and `..` in it.
    pub(super) fn absolute(&self, path: &str) -> String {
        let here = self.kube.surroundings.variable("PWD").unwrap_or_default();
        if path.starts_with('/') || here.is_empty() {
            return paths::cleaned(path);
        }
        paths::cleaned(&format!("{here}/{path}"))
    }

    /// The release's namespace.
    pub(super) fn namespace(&self) -> String {
        self.kube.namespace.clone()
    }

    /// The time.
    pub(super) fn now(&self) -> Time {
        let millis = (self.kube.door.now_ms() % 1000) as u32;
        Time { seconds: self.kube.door.unix_now(), nanos: millis * 1_000_000 }
    }

    /// Takes the flags that every command has.
    pub(super) fn take_global_flags(&mut self, arguments: &Arguments) {
        self.settings = Settings::read(arguments, self.kube.surroundings);
        let settings = &self.settings;
        self.debug = settings.text("HELM_DEBUG") == "true";
        let asked = settings.text("HELM_KUBECONTEXT");
        let name = if asked.is_empty() { &self.kube.config.current } else { asked };
        let context = self.kube.config.context(name);
        if context.is_none() && !asked.is_empty() {
            self.unreachable = Some(format!("context \"{asked}\" does not exist"));
        }
        let namespace = match arguments.text("namespace") {
            "" => self.kube.surroundings.variable("HELM_NAMESPACE").unwrap_or_default(),
            given => given.to_owned(),
        };
        self.kube.namespace_is_explicit = !namespace.is_empty();
        self.kube.namespace = match (namespace.as_str(), context) {
            ("", Some(context)) if !context.namespace.is_empty() => context.namespace.clone(),
            ("", _) => "default".to_owned(),
            _ => namespace,
        };
        let (user, groups) = (settings.text("HELM_KUBEASUSER"), settings.list("HELM_KUBEASGROUPS"));
        if !user.is_empty() {
            self.kube.door.impersonate(user, &groups);
        } else if !groups.is_empty() {
            let user = context.map(|it| it.user.as_str()).unwrap_or_default();
            self.unreachable = Some(format!(
                "invalid configuration: requesting uid, groups or user-extra for {user} without impersonating a user"
            ));
        }
    }

    /// Looks whether the cluster can be asked, where Helm looks.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn reach(&self) -> Outcome<()> {
        if let Some(what) = &self.settings.refused {
            return Err(Failure::NotSimulated(format!("{} with {what}", self.kube.path)));
        }
        match &self.unreachable {
            Some(why) => Err(Failure::Plain(format!("Kubernetes cluster unreachable: {why}"))),
            None => Ok(()),
        }
    }

    /// How many revisions are kept; 0 means all.
    pub(super) fn history_max(&self, arguments: &Arguments) -> i64 {
        if arguments.is_set("history-max") {
            return arguments.integer("history-max");
        }
        self.settings.text("HELM_MAX_HISTORY").parse().expect("it was read as a number")
    }

    /// Asks the API server, whose warnings the client library logs.
    pub(super) fn ask(&mut self, request: Request) -> Result<Answer, Status> {
        let reply = self.kube.door.handle(request);
        for warning in reply.warnings {
            self.kube.log_warning("warnings.go:70", &warning);
        }
        reply.result
    }

    /// An object, or why it is not to be had.
    pub(super) fn read(
        &mut self,
        kind: Kind,
        namespace: &str,
        name: &str,
    ) -> Result<Arc<Object>, Status> {
        match self.ask(Request::get(kind, namespace, name))? {
            Answer::Object(object) => Ok(object),
            other => panic!("a read is answered by an object, not by {other:?}"),
        }
    }

    /// All objects of a kind in a namespace that a selector chooses.
    pub(super) fn all(
        &mut self,
        kind: Kind,
        namespace: &str,
        labels: &str,
    ) -> Result<Vec<Arc<Object>>, Status> {
        let mut request = Request::new(Verb::List, Target::all(kind, namespace));
        request.options = Options { label_selector: labels.to_owned(), ..Options::default() };
        match self.ask(request)? {
            Answer::List { items, .. } => Ok(items),
            other => panic!("a list is answered by a list, not by {other:?}"),
        }
    }

    /// The options of a request that writes.
    pub(super) fn writing() -> Options {
        Options { field_manager: MANAGER.to_owned(), ..Options::default() }
    }

    /// When a step must be over that begins now, in milliseconds since the session's epoch.
    pub(super) fn deadline(&self, timeout_ms: u64) -> u64 {
        self.kube.door.now_ms().saturating_add(timeout_ms)
    }

    /// Looks every two seconds until `is_done` says so; whether that was before the deadline.
    pub(super) fn poll(
        &mut self,
        timeout_ms: u64,
        mut is_done: impl FnMut(&mut Self) -> Outcome<bool>,
    ) -> Outcome<bool> {
        let deadline = self.deadline(timeout_ms);
        loop {
            if is_done(self)? {
                return Ok(true);
            }
            let now = self.kube.door.now_ms();
            if now >= deadline {
                return Ok(false);
            }
            let next = now.saturating_add(LOOKS_EVERY_MS).min(deadline);
            if self.kube.door.interrupted()
                || self.kube.door.wait_until(next) == WaitOutcome::Interrupted
            {
                return Err(Failure::Interrupted);
            }
        }
    }

    /// Looks after every change until `is_done` says so; whether that was before the deadline.
    pub(super) fn watch(
        &mut self,
        timeout_ms: u64,
        mut is_done: impl FnMut(&mut Self) -> Outcome<bool>,
    ) -> Outcome<bool> {
        let deadline = self.deadline(timeout_ms);
        loop {
            if is_done(self)? {
                return Ok(true);
            }
            if self.kube.door.now_ms() >= deadline {
                return Ok(false);
            }
            if self.kube.door.interrupted()
                || self.kube.door.next_change(deadline) == WaitOutcome::Interrupted
            {
                return Err(Failure::Interrupted);
            }
        }
    }
}
