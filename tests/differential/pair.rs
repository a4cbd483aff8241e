//! Two clusters that are equal: one is driven by the built-in kubectl at its prompt, the other by a real one over HTTPS.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use opsdrill_server::{Desk, Server, Settings};
use opsdrill_session::api_call::ApiVerb;
use opsdrill_session::log::{Forget, Input, Record};
use opsdrill_session::session::SimTime;
use opsdrill_session::{FrontEnd, Library, Options, Session, Stream};

/// What a line printed, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Printed {
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
    /// Exit status.
    pub(crate) status: i32,
}

/// Where the built-in shell lives.
const HOME: &str = "/home/trainee";
/// Where the built-in kubeconfig says that the cluster is.
const SERVER: &str = "https://drill.example.internal:6443";
/// The wall time without a request after which a client that watches is taken to wait for the cluster.
const IDLE: Duration = Duration::from_millis(150);
/// The same for a client that has asked for something else: it may ask again from time to time.
const IDLE_UNWATCHED: Duration = Duration::from_millis(400);
/// The same for a client that has asked for nothing yet.
const IDLE_UNBEGUN: Duration = Duration::from_millis(1500);
/// The same once it has waited.
const STILL_IDLE: Duration = Duration::from_millis(10);
/// The wall time without a request after which a client may wait longer than the built-in kubectl did.
const IDLE_BEYOND: Duration = Duration::from_secs(4);
/// The simulated time for which it may do so.
const BEYOND_MS: u64 = 60_000;
/// The most simulated time that passes at once while a client waits.
const STRIDE_MS: u64 = 1_000;
/// The wall time that a line may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How far the draws of the two sessions may be apart.
const DRAWS_MAX: usize = 64;

/// The two clusters.
pub(crate) struct Pair {
    built_in: Session,
    served: Session,
    server: Server,
    desk: Desk,
    /// Where the real kubectl works.
    home: PathBuf,
}

/// The screen of the built-in prompt.
#[derive(Default)]
struct Screen {
    out: String,
    err: String,
}

impl FrontEnd for Screen {
    fn print(&mut self, stream: Stream, text: &str) {
        match stream {
            Stream::Out => self.out.push_str(text),
            Stream::Err => self.err.push_str(text),
        }
    }

    fn pass(&mut self, _from: SimTime, to: SimTime) -> SimTime {
        to
    }

    fn edit(&mut self, _name: &str, _text: &str) -> Option<String> {
        None
    }
}

/// Runs a line at a session's prompt.
pub(crate) fn typed(session: &mut Session, line: &str) -> Printed {
    let mut screen = Screen::default();
    let end = session.run_line(line, &mut screen, &mut Forget);
    Printed { out: screen.out, err: screen.err, status: end.status }
}

/// A new session of a scenario: its file, and what an empty cluster has beside it.
pub(crate) fn session(scenario: &[u8]) -> Session {
    let storage = include_bytes!("../../crates/opsdrill/src/empty/storage.yaml");
    let mut library = Library::default();
    library.add([
        ("equal/scenario.yaml".to_owned(), scenario.to_vec()),
        ("equal/cluster/storage.yaml".to_owned(), storage.to_vec()),
    ]);
    let started = Session::new(Arc::new(library), "equal", Options::default());
    started.expect("the scenario is sound")
}

/// Writes a file at a session's prompt.
pub(crate) fn lay_out(session: &mut Session, name: &str, content: &[u8]) {
    let above = Path::new(name).parent().expect("it is relative").display();
    let text = std::str::from_utf8(content).expect("the files are text");
    assert!(text.is_empty() || text.ends_with('\n'), "{name} has no line break at its end");
    let script = format!("mkdir -p './{above}'\ncat > '{name}' <<'END-OF-FILE'\n{text}END-OF-FILE");
    let written = typed(session, &script);
    assert_eq!(written.status, 0, "{name} cannot be written at the prompt");
}

impl Pair {
    /// Two new clusters of a scenario, with these files at hand on both sides.
    pub(crate) fn new(
        scenario: &[u8],
        folder: &Path,
        kubectl: &Path,
        files: &[(String, Vec<u8>)],
    ) -> Self {
        let (built_in, other) = (session(scenario), session(scenario));
        let settings = Settings {
            listen: "127.0.0.1:0".parse().expect("an address"),
            namespace: "default".to_owned(),
            users: vec![other.identity()],
        };
        let (server, desk) = Server::start(&settings).expect("a free port");
        // What an earlier pair has left is of no use.
        let _ = fs::remove_dir_all(folder);
        let home = folder.join("home");
        fs::create_dir_all(home.join(".kube")).expect("a folder to work in");
        fs::create_dir_all(folder.join("bin")).expect("a folder to work in");
        std::os::unix::fs::symlink(kubectl, folder.join("bin/kubectl")).expect("a link");
        fs::write(home.join(".kube/config"), server.kubeconfig()).expect("it can be written");
        let mut pair = Self { built_in, served: other, server, desk, home };
        for (name, content) in files {
            pair.lay_out(name, content);
        }
        pair
    }

    fn lay_out(&mut self, name: &str, content: &[u8]) {
        let path = self.home.join(name);
        let above = Path::new(name).parent().expect("it is relative");
        fs::create_dir_all(self.home.join(above)).expect("a folder can be made");
        fs::write(path, content).expect("a file can be written");
        lay_out(&mut self.built_in, name, content);
    }

    /// Lets simulated time pass on both.
    pub(crate) fn skip(&mut self, seconds: u64) {
        let until = SimTime(self.built_in.now().0 + seconds * 1000);
        self.meet_at(until);
    }

    fn meet_at(&mut self, time: SimTime) {
        self.built_in.advance_to(time);
        self.served.advance_to(time);
        self.desk.tell(&self.served);
    }

    /// Runs a line on both: what the built-in kubectl printed, and what the real one did.
    pub(crate) fn run(&mut self, line: &str) -> [Printed; 2] {
        self.align_chance();
        let built_in = self.run_built_in(line);
        // The shell draws for each line; the served session's draws, too.
        typed(&mut self.served, ":");
        let real = self.run_real(line);
        let later = self.built_in.now().max(self.served.now());
        self.meet_at(later);
        [built_in, real]
    }

    /// Sees to it that both sessions draw the same from chance: what the built-in kubectl has drawn for names of its
    /// own, say, the other session draws as well.
    fn align_chance(&mut self) {
        const SHOW: &str = "echo $RANDOM $RANDOM";
        let wanted = typed(&mut self.built_in, SHOW).out;
        let drawn: Vec<String> = (0..DRAWS_MAX)
            .map(|_| typed(&mut self.served, SHOW).out)
            .take_while(|it| *it != wanted)
            .collect();
        if let Some(last) = drawn.get(DRAWS_MAX - 1) {
            let mut behind = (0..2 * DRAWS_MAX).map(|_| typed(&mut self.built_in, SHOW).out);
            assert!(behind.any(|it| it == *last), "the sessions' draws are too far apart");
        }
    }

    fn run_built_in(&mut self, line: &str) -> Printed {
        typed(&mut self.built_in, line)
    }

    fn run_real(&mut self, line: &str) -> Printed {
        let beside = |name: &str| self.home.with_file_name(name);
        let (out, err) = (beside("stdout"), beside("stderr"));
        let path = format!("{}:/usr/bin:/bin", beside("bin").display());
        let file = |path: &Path| File::create(path).expect("a file can be written");
        let mut child = Command::new("bash")
            .args(["-c", line])
            .current_dir(&self.home)
            .env_clear()
            .env("PATH", path)
            .env("HOME", &self.home)
            .env("USER", "trainee")
            .env("KUBECACHEDIR", beside("cache"))
            .env("TZ", "UTC")
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::null())
            .stdout(file(&out))
            .stderr(file(&err))
            .spawn()
            .expect("bash is there");
        let status = self.serve(&mut child);
        let read = |path: &Path| {
            let text =
                String::from_utf8_lossy(&fs::read(path).expect("it was written")).into_owned();
            let text = text.replace(&self.home.display().to_string(), HOME);
            text.replace(&format!("https://{}", self.server.address()), SERVER)
        };
        Printed { out: read(&out), err: read(&err), status }
    }

    /// Answers the requests of a process until it ends. Time passes while it waits for something to happen: as much as
    /// passed for the built-in kubectl, and more only when it goes on waiting.
    fn serve(&mut self, child: &mut Child) -> i32 {
        let begun = Instant::now();
        let (mut quiet, mut asked) = (begun, self.served.log().records().len());
        let mut patience = IDLE_UNBEGUN;
        let mut watched = false;
        let end = self.built_in.now();
        loop {
            let turned = self.desk.turn(
                &mut self.served,
                &mut Forget,
                Duration::from_millis(1),
                1,
                || false,
                |_| (),
            );
            turned.expect("nothing is kept that could fail");
            if let Some(ended) = child.try_wait().expect("it is our own") {
                return ended.code().unwrap_or(-1);
            }
            let records = self.served.log().records();
            if records.len() != asked {
                let is_watch = |it: &Record| matches!(&it.input, Input::Api(call) if call.verb == ApiVerb::Watch);
                watched |= records[asked..].iter().any(is_watch);
                patience = if watched { IDLE } else { IDLE_UNWATCHED };
                (asked, quiet) = (records.len(), Instant::now());
            }
            let now = self.served.now();
            if now < end && quiet.elapsed() > patience {
                self.stride(end);
                (quiet, patience) = (Instant::now(), STILL_IDLE);
            } else if now.0 < end.0 + BEYOND_MS && quiet.elapsed() > IDLE_BEYOND {
                self.stride(SimTime(end.0 + BEYOND_MS));
            }
            if begun.elapsed() > PATIENCE {
                child.kill().expect("it is our own");
            }
        }
    }

    /// Lets time pass until something happens on the served cluster.
    fn stride(&mut self, until: SimTime) {
        let now = self.served.now();
        let next = self.served.stage().cluster.next_event().unwrap_or(until);
        let next = next.max(SimTime(now.0 + 1)).min(SimTime(now.0 + STRIDE_MS)).min(until);
        self.served.advance_to(next);
        self.desk.tell(&self.served);
    }
}
