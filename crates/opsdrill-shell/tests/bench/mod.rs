//! A whole cluster behind kubectl, whose pods find no node, and what a line prints there.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]

use std::collections::BTreeMap;
use std::sync::Arc;

use opsdrill_engine::api::{Identity, Payload, Reply, Request, Subresource, Target, Verb};
use opsdrill_engine::{Cluster, ClusterConfig, SimTime};
use opsdrill_objects::custom::kinds::Kinds;
use opsdrill_objects::{Kind, Status, yaml};
use opsdrill_shell::door::{
    AttachReply, AttachRequest, ClusterDoor, ContainerPlace, CopiedFile, CopiedOut, CopyError,
    ExecReply, ExecRequest, LogReply, LogRequest, PortForward, Stream, Usage, UsageScope,
    WaitOutcome,
};
use opsdrill_shell::kubectl;
use opsdrill_shell::kubectl::editor::{Edited, Editor, EditorFailure};
use opsdrill_shell::kubectl::kubeconfig::Kubeconfig;
use opsdrill_shell::kubectl::surroundings::{FileError, Surroundings};

/// The cluster.
pub struct Door {
    /// The cluster itself.
    pub cluster: Cluster,
    /// What it answers about the use of resources.
    pub usage: Vec<Usage>,
    /// The commands that were to run in containers.
    pub executed: Vec<ExecRequest>,
    /// Why commands cannot run in containers.
    pub refuses: Option<Status>,
    printed: String,
}

impl ClusterDoor for Door {
    fn handle(&mut self, request: Request) -> Reply {
        self.cluster.handle(&Identity::admin("trainee"), request)
    }

    fn impersonate(&mut self, _: &str, _: &[String]) {}

    fn kinds(&self) -> Arc<Kinds> {
        self.cluster.kinds().clone()
    }

    fn now_ms(&self) -> u64 {
        self.cluster.now().0
    }

    fn unix_now(&self) -> i64 {
        self.cluster.unix_now()
    }

    fn wait_until(&mut self, deadline_ms: u64) -> WaitOutcome {
        self.cluster.advance(SimTime(deadline_ms));
        WaitOutcome::Reached
    }

    fn next_change(&mut self, deadline_ms: u64) -> WaitOutcome {
        self.cluster.step(SimTime(deadline_ms));
        WaitOutcome::Reached
    }

    fn logs(&mut self, _: &LogRequest) -> Result<LogReply, Status> {
        Ok(LogReply::default())
    }

    fn usage(&mut self, _: &UsageScope) -> Result<Vec<Usage>, Status> {
        Ok(self.usage.clone())
    }

    fn lease_renewed(&mut self, _: &str) -> Option<i64> {
        None
    }

    fn exec(&mut self, request: &ExecRequest) -> Result<ExecReply, Status> {
        self.executed.push(request.clone());
        self.refuses.clone().map_or(Ok(ExecReply::default()), Err)
    }

    fn attach(&mut self, _: &AttachRequest) -> Result<AttachReply, Status> {
        Ok(AttachReply::Streams)
    }

    fn is_folder(&mut self, _: &ContainerPlace, _: &str) -> Result<bool, Status> {
        Ok(false)
    }

    fn copy_out(&mut self, _: &ContainerPlace, _: &str) -> Result<CopiedOut, CopyError> {
        Ok(CopiedOut::default())
    }

    fn copy_in(&mut self, _: &ContainerPlace, _: &str, _: &[CopiedFile]) -> Result<(), CopyError> {
        Ok(())
    }

    fn open_ports(&mut self, _: &PortForward) -> Result<bool, Vec<u16>> {
        Ok(true)
    }

    fn close_ports(&mut self, _: &PortForward) {}

    fn print(&mut self, stream: Stream, text: &str) {
        for line in text.lines() {
            let mark = if stream == Stream::Err { "! " } else { "" };
            self.printed.push_str(&format!("{mark}{line}\n"));
        }
    }

    fn interrupted(&mut self) -> bool {
        false
    }

    fn random_u64(&mut self, _: &str) -> u64 {
        4
    }
}

/// The trainee's machine.
#[derive(Default)]
pub struct Machine {
    /// Its files.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What the editor makes of a text.
    pub edit: Option<fn(&str) -> String>,
    /// Its environment.
    pub variables: BTreeMap<String, String>,
}

impl Surroundings for Machine {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let missing = || FileError("no such file or directory".to_owned());
        self.files.get(path).cloned().ok_or_else(missing)
    }

    fn entries(&self, path: &str) -> Option<Vec<String>> {
        let prefix = format!("{}/", path.trim_end_matches('/'));
        let names: Vec<String> = self
            .files
            .keys()
            .filter_map(|it| it.strip_prefix(&prefix))
            .map(str::to_owned)
            .collect();
        (!names.is_empty()).then_some(names)
    }

    fn write(&mut self, path: &str, content: &[u8]) -> Result<(), FileError> {
        self.files.insert(path.to_owned(), content.to_vec());
        Ok(())
    }

    fn make_folder(&mut self, _: &str) -> Result<(), FileError> {
        Ok(())
    }

    fn remove(&mut self, path: &str) -> Result<(), FileError> {
        let missing = || FileError("no such file or directory".to_owned());
        self.files.remove(path).map(drop).ok_or_else(missing)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn edit(&mut self, _: &Editor, _: &str, text: &str) -> Edited {
        let saved = self.edit.map(|edit| edit(text)).ok_or(EditorFailure::Failed);
        Edited { output: Vec::new(), saved }
    }
}

/// kubectl with all around it.
pub struct Bench {
    /// The cluster.
    pub door: Door,
    /// The machine.
    pub machine: Machine,
    /// The client's settings.
    pub config: Kubeconfig,
}

/// A deployment.
pub const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: demo, labels: {app: web}}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: nginx
        image: nginx:1.27
        env:
        - name: PW
          valueFrom: {secretKeyRef: {name: web-secret, key: password}}
";

impl Bench {
    /// An empty cluster with the namespace `demo`.
    pub fn new() -> Self {
        let mut cluster = Cluster::new(ClusterConfig::default());
        cluster.bootstrap();
        let mut bench = Self {
            door: Door {
                cluster,
                usage: Vec::new(),
                executed: Vec::new(),
                refuses: None,
                printed: String::new(),
            },
            machine: Machine::default(),
            config: Kubeconfig::single("drill", "prod", "oncall", "demo"),
        };
        bench.machine.files.insert("web.yaml".to_owned(), WEB.into());
        let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: demo}\n";
        assert_eq!(bench.pipe("apply -f -", namespace), "namespace/demo created\n");
        bench.settle(1);
        bench
    }

    /// Lets time pass.
    pub fn settle(&mut self, seconds: u64) {
        let now = self.door.now_ms();
        self.door.wait_until(now + seconds * 1000);
    }

    /// What a line prints: errors marked with `!`, and the exit status if it is not 0.
    pub fn run(&mut self, line: &str) -> String {
        self.call(line, None)
    }

    /// The same with a text on standard input.
    pub fn pipe(&mut self, line: &str, stdin: &str) -> String {
        self.call(line, Some(stdin.as_bytes()))
    }

    /// Puts documents into the cluster, status and all.
    pub fn given(&mut self, documents: &str) {
        let identity = Identity::system("system:admin");
        for document in yaml::parse_documents(documents).expect("YAML") {
            let document = document.value;
            let part = |pointer: &str| {
                document.pointer(pointer).and_then(|it| it.as_str()).unwrap_or_default().to_owned()
            };
            let kind = Kind::by_name(&part("/apiVersion"), &part("/kind")).expect("a known kind");
            let target = Target::one(kind, &part("/metadata/namespace"), &part("/metadata/name"));
            let create = Verb::Create(Payload::Document(document.clone()));
            let mut requests = vec![Request::new(create, target.clone())];
            if document.get("status").is_some() {
                let update = Verb::Update(Payload::Document(document.clone()));
                requests.push(Request::new(update, target.with(Subresource::Status)));
            }
            for request in requests {
                let reply = self.door.cluster.handle(&identity, request);
                reply.object().expect("the cluster takes it");
            }
        }
    }

    fn call(&mut self, line: &str, stdin: Option<&[u8]>) -> String {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let status =
            kubectl::run(&words, stdin, &mut self.door, &mut self.machine, &mut self.config);
        let mut text = std::mem::take(&mut self.door.printed);
        if status != 0 {
            text.push_str(&format!("({status})\n"));
        }
        text
    }

    /// With the deployment `web`, five seconds old.
    pub fn with_web() -> Self {
        let mut bench = Self::new();
        assert_eq!(bench.run("apply -f web.yaml"), "deployment.apps/web created\n");
        bench.settle(5);
        bench
    }
}
