//! Tasks without a cluster: what they print and when they want to go on.

use super::*;
use crate::{ContainerMachine, WaitOutcome};

#[derive(Default)]
struct World {
    now_ms: u64,
    said: String,
    called: Vec<(Vec<String>, bool)>,
}

impl Host for World {
    fn now_ms(&self) -> u64 {
        self.now_ms
    }
    fn epoch_unix_seconds(&self) -> i64 {
        1_772_442_000
    }
    fn wait_until(&mut self, _: u64) -> WaitOutcome {
        unreachable!("a task does not wait")
    }
    fn random_u64(&mut self, _: &str) -> u64 {
        7
    }
    fn print(&mut self, _: Stream, text: &str) {
        for line in text.lines() {
            self.said += &format!("{}: {line}\n", self.now_ms);
        }
    }
    fn interrupted(&mut self) -> bool {
        false
    }
    fn edit(&mut self, _: &str, _: &str) -> Option<String> {
        None
    }
    fn tool(&mut self, _: ToolCall<'_>) -> ToolResult {
        unreachable!("a task calls")
    }
    fn tool_names(&self) -> &[&str] {
        &[]
    }
}

impl TaskHost for World {
    fn call(&mut self, call: ToolCall<'_>, replaces: bool) -> Called {
        self.called.push((call.argv.to_vec(), replaces));
        match call.argv[0].as_str() {
            "wget" => Called::After(300, ToolResult::fail("wget: no\n", 1)),
            _ if replaces => Called::Replaced,
            _ => Called::Stays,
        }
    }
}

fn task(script: &str) -> Task {
    let programs =
        "cat date echo env kill ls seq sh sleep tail tee test touch true wget nginx timeout";
    let files = ["/tmp/", "/bin/", "/data/"].into_iter().map(|it| (it.to_owned(), Vec::new()));
    let machine = ContainerMachine {
        shell: ContainerShell::Ash,
        programs: programs.split(' ').map(str::to_owned).collect(),
        env: BTreeMap::from([("PATH".to_owned(), "/bin".to_owned())]),
        cwd: "/".to_owned(),
        files: files.collect(),
        guards: BTreeMap::new(),
        large: BTreeMap::new(),
        rooms: Vec::new(),
        stdin: None,
    };
    let options = ShellOptions { container: Some(machine), ..ShellOptions::default() };
    let script = Script { text: script.to_owned(), ..Script::default() };
    Task::new(options, &["wget".to_owned(), "nginx".to_owned()], script)
}

/// Lets a task go on until a time or its end.
fn play(task: &mut Task, world: &mut World, until_ms: u64) -> Progress {
    loop {
        let progress = task.resume(world);
        match progress {
            Progress::Waits(Some(next)) if next <= until_ms => world.now_ms = next,
            other => return other,
        }
    }
}

fn run(script: &str, until_ms: u64) -> (String, Progress) {
    let mut world = World::default();
    let progress = play(&mut task(script), &mut world, until_ms);
    (world.said, progress)
}

#[test]
fn a_loop_goes_on_while_time_passes() {
    let script = "i=0; while [ $i -lt 3 ]; do echo $i; wget x || echo failed; i=$((i+1)); sleep 5; done; exit 4";
    let (said, progress) = run(script, 60_000);
    let expected = "0: 0\n300: wget: no\n300: failed\n5300: 1\n5600: wget: no\n5600: failed\n10600: 2\n\
                    10900: wget: no\n10900: failed\n";
    assert_eq!(said, expected);
    assert_eq!(progress, Progress::Ended(4));
}

#[test]
fn what_the_shell_says_is_the_containers() {
    assert_eq!(run("foo", 0), ("0: sh: foo: not found\n".to_owned(), Progress::Ended(127)));
    let (said, progress) = run("set -e\necho a\nfalse\necho b", 0);
    assert_eq!((said.as_str(), progress), ("0: a\n", Progress::Ended(1)));
    let (said, progress) = run("for i in $(seq 1 3); do echo \"n $i\" >&2; done", 0);
    assert_eq!((said.as_str(), progress), ("0: n 1\n0: n 2\n0: n 3\n", Progress::Ended(0)));
}

#[test]
fn a_handler_runs_when_the_command_in_the_foreground_has_ended() {
    let mut world = World::default();
    let mut task = task("trap 'echo bye; exit 3' TERM; while :; do sleep 4; echo tick; done");
    assert_eq!(play(&mut task, &mut world, 5_000), Progress::Waits(Some(8_000)));
    world.now_ms = 5_500;
    assert!(!task.signal(15));
    assert!(!task.signal(2), "nobody handles it");
    assert_eq!(task.resume(&mut world), Progress::Waits(Some(8_000)));
    world.now_ms = 8_000;
    assert_eq!(task.resume(&mut world), Progress::Ended(3));
    assert_eq!(world.said, "4000: tick\n8000: bye\n");
}

#[test]
fn a_handler_runs_in_a_loop_that_only_sleeps() {
    for script in [
        "trap 'echo bye; exit 3' TERM; while :; do sleep 4; done",
        "trap 'echo bye; exit 3' TERM\nwhile true; do sleep 4; done",
        "trap 'echo bye; exit 3' TERM; sleep 4; echo no",
    ] {
        let mut world = World::default();
        let mut task = task(script);
        assert_eq!(task.resume(&mut world), Progress::Waits(Some(4_000)));
        assert!(!task.signal(15));
        world.now_ms = 4_000;
        assert_eq!(task.resume(&mut world), Progress::Ended(3), "{script}");
        assert_eq!(world.said, "4000: bye\n", "{script}");
    }
}

#[test]
fn a_signal_ends_wait_at_once() {
    let mut world = World::default();
    let mut task = task(
        "bye() { echo bye $1; exit 0; }\ntrap 'bye now' TERM\nsleep infinity &\nwait $!\necho never",
    );
    assert_eq!(task.resume(&mut world), Progress::Waits(None));
    world.now_ms = 1_000;
    assert!(task.signal(15));
    assert_eq!(task.resume(&mut world), Progress::Ended(0));
    assert_eq!(world.said, "1000: bye now\n");
}

#[test]
fn texts_that_are_parsed_on_a_thread_are_waited_for() {
    for _ in 0..50 {
        let (said, progress) = run("eval 'sleep 1; echo a'; sh -c 'sleep 1; echo b'", 5_000);
        assert_eq!((said.as_str(), progress), ("1000: a\n2000: b\n", Progress::Ended(0)));
    }
}

#[test]
fn jobs_in_the_background_are_waited_for_only_by_wait() {
    let (said, progress) = run("sleep 3 & sleep 1 & wait; echo done", 10_000);
    assert_eq!((said.as_str(), progress), ("3000: done\n", Progress::Ended(0)));
    let (said, progress) = run("sleep 100 & echo end; exit 2", 10_000);
    assert_eq!((said.as_str(), progress), ("0: end\n", Progress::Ended(2)));
    let (said, progress) = run("sleep 100 & echo end", 10_000);
    assert_eq!((said.as_str(), progress), ("0: end\n", Progress::Ended(0)));
}

#[test]
fn a_program_takes_the_shells_place_or_stays_below_it() {
    let mut world = World::default();
    assert_eq!(task("echo a; exec nginx -g 'daemon off;'").resume(&mut world), Progress::Replaced);
    assert_eq!(task("nginx").resume(&mut world), Progress::Replaced);
    let mut below = task("nginx; echo left $?");
    assert_eq!(below.resume(&mut world), Progress::Waits(None));
    below.left(1, 0);
    assert_eq!(below.resume(&mut world), Progress::Ended(0));
    assert_eq!(world.said, "0: a\n0: left 1\n");
}

#[test]
fn who_only_computes_is_busy() {
    assert_eq!(run("while true; do :; done", 0).1, Progress::Busy);
    assert_eq!(run("timeout 2 sleep 100; echo $?", 5_000).0, "2000: 124\n");
}

#[test]
fn what_is_added_to_a_file_is_told_while_it_is_followed() {
    let mut world = World::default();
    let mut task =
        task("echo one > /data/log; (sleep 2; echo two >> /data/log) & tail -n+1 -F /data/log");
    play(&mut task, &mut world, 4_000);
    assert_eq!(world.said, "0: one\n3000: two\n");
}
