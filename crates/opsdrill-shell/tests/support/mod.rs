//! A small world for the shell's tests: a clock, chance from a counter, and a tool named `probe`.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]

use opsdrill_shell::{
    Host, LineOutcome, Shell, ShellOptions, Stream, ToolCall, ToolResult, WaitOutcome,
};

/// Words, standard input, working directory, streaming, deadline.
type Call = (Vec<String>, Option<String>, String, bool, Option<u64>);

/// The world.
#[derive(Default)]
pub struct World {
    /// Simulated milliseconds.
    pub now_ms: u64,
    /// Everything shown before its line ended, with the time it was shown.
    pub shown: Vec<(u64, Stream, String)>,
    /// Calls of the tool: words, standard input, working directory, streaming, deadline.
    pub calls: Vec<Call>,
    /// Ctrl-C is pressed when the clock reaches this.
    pub interrupt_at_ms: Option<u64>,
    /// What the editor appends; `None` means there is no terminal.
    pub editor_appends: Option<String>,
    drawn: u64,
}

impl Host for World {
    fn now_ms(&self) -> u64 {
        self.now_ms
    }

    fn epoch_unix_seconds(&self) -> i64 {
        1_700_000_000
    }

    fn wait_until(&mut self, deadline_ms: u64) -> WaitOutcome {
        match self.interrupt_at_ms {
            Some(at) if at < deadline_ms => {
                self.now_ms = self.now_ms.max(at);
                WaitOutcome::Interrupted
            }
            _ => {
                self.now_ms = self.now_ms.max(deadline_ms);
                WaitOutcome::Reached
            }
        }
    }

    fn random_u64(&mut self, purpose: &str) -> u64 {
        self.drawn += 1;
        purpose
            .bytes()
            .fold(self.drawn, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }

    fn print(&mut self, stream: Stream, text: &str) {
        self.shown.push((self.now_ms, stream, text.to_owned()));
    }

    fn interrupted(&mut self) -> bool {
        self.interrupt_at_ms.is_some_and(|at| self.now_ms >= at)
    }

    fn edit(&mut self, _: &str, text: &str) -> Option<String> {
        self.editor_appends.as_ref().map(|more| text.to_owned() + more)
    }

    fn tool(&mut self, call: ToolCall<'_>) -> ToolResult {
        let stdin = call.stdin.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        self.calls.push((
            call.argv.to_vec(),
            stdin.clone(),
            call.cwd.to_owned(),
            call.streaming,
            call.deadline_ms,
        ));
        match call.argv.get(1).map(String::as_str) {
            Some("wait") => {
                let until = self.now_ms + call.argv[2].parse::<u64>().expect("milliseconds");
                self.wait_until(call.deadline_ms.map_or(until, |deadline| until.min(deadline)));
                ToolResult::ok("waited\n")
            }
            Some("print") if call.streaming => {
                self.print(Stream::Out, "printed\n");
                ToolResult::default()
            }
            Some("print") => ToolResult::ok("printed\n"),
            Some("digit") => ToolResult::ok("2"),
            Some("fail") => ToolResult::fail("probe: failed\n", 3),
            Some("stdin") => ToolResult::ok(stdin.unwrap_or_default()),
            Some("write") => match call.files.write(&call.argv[2], b"by probe\n") {
                Ok(()) => ToolResult::default(),
                Err(error) => ToolResult::fail(format!("probe: {error}\n"), 1),
            },
            Some("env") => ToolResult::ok(format!(
                "{}\n",
                call.env.get(&call.argv[2]).cloned().unwrap_or_default()
            )),
            _ => ToolResult::ok(format!("{}\n", call.argv.join(" "))),
        }
    }

    fn tool_names(&self) -> &[&str] {
        &["probe"]
    }
}

/// A shell beside its world.
pub struct Session {
    /// The shell.
    pub shell: Shell,
    /// The world.
    pub world: World,
}

impl Session {
    /// A session at its first prompt.
    pub fn new() -> Self {
        Self::with(ShellOptions::default())
    }

    /// A session with other options.
    pub fn with(options: ShellOptions) -> Self {
        Self { shell: Shell::new(options), world: World::default() }
    }

    /// Runs a line.
    pub fn run(&mut self, line: &str) -> LineOutcome {
        self.shell.run(line, &mut self.world)
    }

    /// All a terminal shows of a line, and its status.
    pub fn text(&mut self, line: &str) -> (String, i32) {
        self.world.shown.clear();
        let outcome = self.run(line);
        let shown: String = self.world.shown.iter().map(|(_, _, text)| text.as_str()).collect();
        (shown + &outcome.text(), outcome.status)
    }
}
