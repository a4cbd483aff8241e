//! A drill: the start to the first prompt, `kubectl get pods`, an hour, the night after `submit`, memory.
//!
//! `cargo bench -p opsdrill-session --bench drill` prints what each takes in each scenario; it asserts nothing about time.
#![expect(
    clippy::disallowed_types,
    clippy::float_arithmetic,
    clippy::print_stdout,
    reason = "a benchmark looks at the clock and tells"
)]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use opsdrill_engine::SimDuration;
use opsdrill_session::log::Forget;
use opsdrill_session::{Library, Options, Script, Session};
use opsdrill_testkit::folder;

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often short things are done; the middle one counts.
const TIMES: usize = 11;

fn main() {
    let library = library();
    println!("{:32} {:>10} {:>10} {:>10} {:>10}", "", "start", "get pods", "hour", "night");
    for name in library.names() {
        let start =
            || Session::new(library.clone(), name, Options { step: true, ..Options::default() });
        let (start_time, session) = middle(start);
        let mut session = session.expect("the scenarios of the repository are sound");
        let (get_pods, _) = middle(|| run(&mut session, "kubectl get pods"));
        let (hour, ()) = middle(|| {
            let until = session.now() + SimDuration::seconds(3600);
            session.advance_to(until);
        });
        let begun = Instant::now();
        let graded = run(&mut session, "submit");
        assert!(graded.contains("/100"), "{graded}");
        let night = begun.elapsed();
        let shown = [start_time, get_pods, hour, night].map(milliseconds);
        println!("{name:32} {:>10} {:>10} {:>10} {:>10}", shown[0], shown[1], shown[2], shown[3]);
    }
    println!("peak memory of all of them, one after the other: {}", peak_memory());
}

fn library() -> Arc<Library> {
    let mut library = Library::default();
    library.add(folder::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")));
    Arc::new(library)
}

fn run(session: &mut Session, line: &str) -> String {
    let mut front = Script::default();
    session.run_line(line, &mut front, &mut Forget);
    front.output
}

/// Does something several times: the middle duration, and the last result.
fn middle<T>(mut act: impl FnMut() -> T) -> (Duration, T) {
    let mut timed = || {
        let begun = Instant::now();
        let result = act();
        (begun.elapsed(), result)
    };
    let mut durations: Vec<_> = (1..TIMES).map(|_| timed().0).collect();
    let (last, result) = timed();
    durations.push(last);
    durations.sort();
    (durations[TIMES / 2], result)
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1000.0)
}

fn peak_memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    peak.map_or_else(|| "unknown".to_owned(), |it| it.trim().to_owned())
}
