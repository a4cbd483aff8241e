//! One trainee's run of one scenario: a pure function of scenario, seed and the inputs in the log.

use std::collections::VecDeque;
use std::sync::Arc;

use opsdrill_engine::SimDuration;
pub use opsdrill_engine::SimTime;
use opsdrill_engine::api::{Identity, Reply};
use opsdrill_objects::timestamp;
use opsdrill_shell::kubectl::kubeconfig::Kubeconfig;
use opsdrill_shell::{Shell, ShellOptions, Stream};

use crate::api_call::ApiCall;
use crate::brought::{self, BroughtFile};
use crate::container_shell::InContainer;
use crate::drill::{self, Drill};
use crate::front_end::FrontEnd;
use crate::grade::Outcome;
use crate::house::House;
use crate::log::{Forget, Header, Input, Language, Log, LogSink, Record};
use crate::opening::Opening;
use crate::playback::Playback;
use crate::scenario::{Library, Scenario};
use crate::stage::{Stage, TRAINEE};
use crate::terminal::Terminal;
use crate::tools::KUBECONFIG;

/// Where the trainee finds what the deploy job printed, below the home.
const DEPLOY_LOG: &str = "ci/deploy.log";

/// The trainee's home.
pub(crate) const HOME: &str = "/home/trainee";

/// What a command costs in step mode.
pub const STEP: SimDuration = SimDuration::seconds(5);

/// What a session starts from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Seed of all chance; it also chooses the variant.
    pub seed: u64,
    /// Language of the texts.
    pub language: Language,
    /// Whether each command costs a fixed simulated time.
    pub step: bool,
    /// Whether a person sits at a terminal: `watch` goes on until Ctrl-C and `clear` has something to clear.
    pub terminal: bool,
}

/// What a line left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineEnd {
    /// Exit status.
    pub status: i32,
    /// Whether the trainee wants to leave.
    pub leave: bool,
    /// Why the input could not be kept; then the line was not run, or its interruption is lost.
    pub log_failure: Option<String>,
}

/// A session.
pub struct Session {
    library: Arc<Library>,
    pub(crate) log: Log,
    pub(crate) play: Play,
}

/// Everything of a session that a replay makes anew.
pub(crate) struct Play {
    pub(crate) scenario: Scenario,
    pub(crate) stage: Stage,
    pub(crate) shell: Shell,
    /// The shell in a container that the trainee has opened and not left.
    pub(crate) inside: Option<InContainer>,
    pub(crate) drill: Drill,
    pub(crate) outcome: Option<Outcome>,
}

impl Session {
    /// Starts a scenario.
    ///
    /// # Errors
    /// What is wrong with the scenario, each thing a text for its author.
    pub fn new(library: Arc<Library>, name: &str, options: Options) -> Result<Self, Vec<String>> {
        Opening::new(library, name, options)?.build()
    }

    /// Before the first input.
    pub(crate) fn begin(
        library: Arc<Library>,
        header: Header,
        scenario: Scenario,
    ) -> Result<Self, Vec<String>> {
        let play = Play::new(scenario, &header)?;
        Ok(Self { library, log: Log::new(header), play })
    }

    /// Plays a log again; the front end sees what the trainee saw.
    ///
    /// # Errors
    /// What is wrong with the scenario.
    pub fn replay(
        library: Arc<Library>,
        log: &Log,
        front: &mut dyn FrontEnd,
    ) -> Result<Self, Vec<String>> {
        let mut session = Self::start_replay(library, log)?;
        for group in groups(log.records()) {
            session.play_group(&group, front);
        }
        Ok(session)
    }

    /// The beginning of a log's session, to be played group by group.
    ///
    /// # Errors
    /// What is wrong with the scenario.
    pub fn start_replay(library: Arc<Library>, log: &Log) -> Result<Self, Vec<String>> {
        Opening::of(library, log.header().clone())?.build()
    }

    /// The log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The scenario.
    pub fn scenario(&self) -> &Scenario {
        &self.play.scenario
    }

    /// The stage.
    pub fn stage(&self) -> &Stage {
        &self.play.stage
    }

    /// The shell, for completion.
    pub fn shell(&self) -> &Shell {
        &self.play.shell
    }

    /// What stands before the cursor.
    pub fn prompt(&self) -> String {
        if let Some(inside) = &self.play.inside {
            return inside.prompt(&self.play.stage.cluster);
        }
        prompt_at(&self.play.shell.cwd())
    }

    /// Whether lines go to a shell in a container.
    pub fn is_in_container(&self) -> bool {
        self.play.inside.is_some()
    }

    /// The result, once the trainee has submitted.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.play.outcome.as_ref()
    }

    /// Under whose name the trainee meets the cluster.
    pub fn identity(&self) -> Identity {
        Identity::admin(TRAINEE)
    }

    /// Simulated time.
    pub fn now(&self) -> SimTime {
        self.play.stage.cluster.now()
    }

    /// The simulated date, such as `2026-03-02T09:00:00Z`.
    pub fn date(&self) -> String {
        timestamp::format(self.play.stage.cluster.unix_now())
    }

    /// A hash over the state of the world: equal inputs give equal hashes.
    pub fn state_hash(&self) -> String {
        self.play.state_hash()
    }

    /// The texts' language.
    pub fn language(&self) -> Language {
        self.log.header().language
    }

    /// Lets simulated time pass while nobody types. The next record carries the time, so nothing is lost.
    pub fn advance_to(&mut self, time: SimTime) {
        if time > self.now() && self.play.outcome.is_none() {
            self.play.stage.advance(time);
        }
    }

    /// What the trainee sees first.
    pub fn greeting(&self) -> String {
        drill::greeting(&self.play.scenario, self.language())
    }

    /// Runs a line: a command of the drill or of the shell.
    pub fn run_line(
        &mut self,
        line: &str,
        front: &mut dyn FrontEnd,
        sink: &mut dyn LogSink,
    ) -> LineEnd {
        if line.trim().is_empty() {
            return LineEnd { status: self.play.shell.status(), ..LineEnd::default() };
        }
        let kept = sink.append(&self.log.push(self.now(), TRAINEE, Input::Line(line.to_owned())));
        if let Err(problem) = kept {
            return LineEnd { status: 1, leave: false, log_failure: Some(problem) };
        }
        let now = self.now();
        for message in self.play.drill.take_arrived(now) {
            let ago = now.since(message.due).as_seconds() as i64;
            let due = timestamp::format(self.play.stage.cluster.unix_now() - ago);
            front.print(Stream::Out, &format!("[{}] {}\n", &due[11..16], message.text));
        }
        let end = match drill::command(line) {
            Some((command, arguments)) => command.run(self, &arguments, front),
            None => self.run_shell(line, front, sink),
        };
        if self.log.header().step && self.play.outcome.is_none() {
            let until = self.now() + STEP;
            self.play.stage.advance(until);
        }
        end
    }

    fn run_shell(
        &mut self,
        line: &str,
        front: &mut dyn FrontEnd,
        sink: &mut dyn LogSink,
    ) -> LineEnd {
        let mut terminal = Terminal::new(&mut self.play.stage, front, &mut self.log, sink);
        let (outcome, leaves_container) = match &mut self.play.inside {
            Some(inside) => (in_container(inside, line, &mut terminal), true),
            None => (self.play.shell.run(line, &mut terminal), false),
        };
        for (stream, bytes) in &outcome.output {
            terminal.front.print(*stream, &String::from_utf8_lossy(bytes));
        }
        terminal.finish();
        let Terminal { log_failure, entered, front, stage, .. } = terminal;
        if !leaves_container {
            self.play.inside = entered;
            return LineEnd { status: outcome.status, leave: outcome.ended, log_failure };
        }
        if outcome.ended {
            let inside = self.play.inside.take();
            self.play.shell.set_status(outcome.status);
            let cluster = &mut stage.cluster;
            if let Some(text) = inside.and_then(|it| it.end(cluster, outcome.status)) {
                front.print(Stream::Out, &text);
            } else if outcome.status != 0 {
                let text = format!("command terminated with exit code {}\n", outcome.status);
                front.print(Stream::Err, &text);
            }
        }
        LineEnd { status: outcome.status, leave: false, log_failure }
    }

    /// Answers requests that came over the network, all at this moment: they are kept first, in one piece.
    ///
    /// # Errors
    /// Why they could not be kept; then none of them was handled.
    pub fn answer(
        &mut self,
        calls: &[ApiCall],
        sink: &mut dyn LogSink,
    ) -> Result<Vec<Reply>, String> {
        self.house(sink).answer(calls)
    }

    /// The session as those meet it who come over the network.
    pub fn house<'s>(&'s mut self, sink: &'s mut dyn LogSink) -> House<'s> {
        let over = self.play.outcome.is_some();
        House { stage: &mut self.play.stage, log: &mut self.log, sink, over, nested: false }
    }

    /// Takes over files of the workspace that were changed outside; answers which of them could not be.
    ///
    /// # Errors
    /// Why they could not be kept; then none of them was taken over.
    pub fn bring(
        &mut self,
        files: Vec<BroughtFile>,
        sink: &mut dyn LogSink,
    ) -> Result<Vec<String>, String> {
        if self.play.outcome.is_some() {
            return Ok(Vec::new());
        }
        sink.append(&self.log.push(self.now(), TRAINEE, Input::Files(files.clone())))?;
        let workspace = self.play.shell.workspace_mut();
        Ok(files.iter().filter_map(|it| brought::put(workspace, it).err()).collect())
    }

    /// The files of the workspace by their paths below the home, hidden ones apart.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        brought::files(self.play.shell.workspace())
    }

    /// Does the `undo` that is the last record; answers the lines that it takes back, the latest first.
    pub(crate) fn undo(&mut self) -> Vec<String> {
        let (before, undone) = effective(self.log.records());
        if !undone.is_empty() {
            self.play = self.played(&before);
        }
        undone
    }

    /// Makes the session anew from its inputs but the last. The old world goes before the new one comes.
    pub(crate) fn start_again(&mut self) {
        let records = self.log.records();
        let before = effective(&records[..records.len() - 1]).0;
        self.play.stage.release();
        self.play = self.played(&before);
    }

    fn played(&self, groups: &[Vec<Record>]) -> Play {
        let mut scratch = Self::start_replay(self.library.clone(), &self.log)
            .expect("the scenario was loaded before");
        for group in groups {
            scratch.play_group(group, &mut Mute);
        }
        // What a hint has said cannot be taken back, nor its price.
        scratch.play.drill.hints = self.play.drill.hints;
        scratch.play
    }

    /// Plays one line and what was pressed and edited while it ran.
    pub fn play_group(&mut self, group: &[Record], front: &mut dyn FrontEnd) {
        let Some((first, rest)) = group.split_first() else { return };
        self.advance_to(first.time);
        let mut coming = rest.iter().cloned().collect::<VecDeque<_>>();
        match &first.input {
            Input::Line(line) => {
                let mut playback = Playback::new(front, coming);
                self.run_line(line, &mut playback, &mut Forget);
                coming = playback.coming;
            }
            Input::Files(files) => {
                let again = self.bring(files.clone(), &mut Forget);
                drop(again.expect("nothing is kept that could fail"));
            }
            visit if visit.is_visit() => {
                let mut playback = Playback::new(front, coming);
                self.house(&mut Forget).play(visit, &mut playback);
                coming = playback.coming;
            }
            _ => return,
        }
        // Requests that only look belong to the step before them.
        for record in coming.into_iter().filter(|it| it.input.is_visit()) {
            self.advance_to(record.time);
            self.house(&mut Forget).play(&record.input, &mut Mute);
        }
    }
}

impl Play {
    /// See [`Session::state_hash`].
    pub(crate) fn state_hash(&self) -> String {
        self.stage.cluster.state_hash().to_hex()[..32].to_owned()
    }

    fn new(scenario: Scenario, header: &Header) -> Result<Self, Vec<String>> {
        let stage = Stage::new(&scenario, header.seed)?;
        let mut files: Vec<(String, Vec<u8>)> = scenario.workspace.clone().into_iter().collect();
        let config = Kubeconfig::single("drill", "drill", TRAINEE, &scenario.file.namespace);
        let kubeconfig = KUBECONFIG.trim_start_matches("/home/trainee/").to_owned();
        files.push((kubeconfig, config.to_yaml().into_bytes()));
        if !stage.deploy_log.is_empty() {
            files.push((DEPLOY_LOG.to_owned(), stage.deploy_log.clone().into_bytes()));
        }
        let shell = Shell::new(ShellOptions {
            files,
            columns: true,
            terminal: header.terminal,
            ..ShellOptions::default()
        });
        Ok(Self { scenario, stage, shell, inside: None, drill: Drill::default(), outcome: None })
    }
}

/// The prompt of the trainee's shell in a folder.
pub(crate) fn prompt_at(folder: &str) -> String {
    match folder.strip_prefix(HOME) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => {
            format!("trainee@drill:~{rest}$ ")
        }
        _ => format!("trainee@drill:{folder}$ "),
    }
}

/// Runs a line in the shell of a container.
fn in_container(
    inside: &mut InContainer,
    line: &str,
    terminal: &mut Terminal<'_>,
) -> opsdrill_shell::LineOutcome {
    let desk = std::cell::RefCell::new(terminal);
    let mut show = |stream, text: &str| desk.borrow_mut().front.print(stream, text);
    inside.run(line, &desk, None, &mut show)
}

/// A front end that shows nothing.
struct Mute;

impl FrontEnd for Mute {
    fn print(&mut self, _stream: Stream, _text: &str) {}

    fn pass(&mut self, _from: SimTime, to: SimTime) -> SimTime {
        to
    }

    fn edit(&mut self, _name: &str, _text: &str) -> Option<String> {
        None
    }
}

/// The records by step: each line with what was pressed and edited while it ran and who came over the network while it
/// waited, each request that changes something, each command in a container. Requests that only look belong to the step
/// before them.
pub fn groups(records: &[Record]) -> Vec<Vec<Record>> {
    let mut groups: Vec<Vec<Record>> = Vec::new();
    let mut waits = false;
    for record in records {
        let begins = match &record.input {
            Input::Line(_) | Input::Files(_) => true,
            Input::Api(call) => !call.is_read() && !waits,
            other => other.is_visit() && !waits,
        };
        match (&record.input, groups.last_mut()) {
            (_, Some(group)) if !begins => group.push(record.clone()),
            _ => groups.push(vec![record.clone()]),
        }
        match record.input {
            Input::Waiting => waits = true,
            Input::Ended | Input::Line(_) | Input::Files(_) => waits = false,
            _ => {}
        }
    }
    groups
}

/// The groups that count once every `undo` has taken back what it says, and the lines that the last one took back, the
/// latest first. An `undo` of more than there is takes nothing back.
fn effective(records: &[Record]) -> (Vec<Vec<Record>>, Vec<String>) {
    let mut stack: Vec<Vec<Record>> = Vec::new();
    let mut undone = Vec::new();
    for group in groups(records) {
        let Some(count) = line_of(&group).and_then(drill::undoes) else {
            stack.push(group);
            continue;
        };
        let kept = stack.len().checked_sub(count).unwrap_or(stack.len());
        let taken = stack.drain(kept..).rev();
        undone = taken.filter_map(|it| step_of(&it)).collect();
    }
    (stack, undone)
}

/// What a group begins with, for the trainee.
fn step_of(group: &[Record]) -> Option<String> {
    group.first().map(|it| it.input.summary())
}

/// The line that a group begins with.
fn line_of(group: &[Record]) -> Option<&str> {
    match &group.first()?.input {
        Input::Line(line) => Some(line),
        _ => None,
    }
}
