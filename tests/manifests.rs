//! Manifests as somebody finds them in tutorials and vendors' examples, applied to the cluster of `opsdrill serve --empty`.
//!
//! `tests/manifests/NAME/` holds the files and `transcript.md`: what is done with them and what is printed. Each transcript
//! is played twice: by the built-in kubectl, always, and by a real one over HTTPS, with `--ignored` and
//! `OPSDRILL_KUBECTL_1_32`, on a cluster that is equal at the beginning. Both must print the same but for what chance and the
//! clock decide (`differential/chance.rs`): a real client waits a little longer or shorter.
//! `UPDATE=1` rewrites the transcripts with what the built-in one prints; then read them.
#![expect(clippy::disallowed_methods, reason = "this test is about programs as processes")]
#![expect(clippy::disallowed_types, reason = "and about the time that they take")]
#![cfg(unix)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use opsdrill_testkit::{folder, transcript};

#[path = "differential/chance.rs"]
mod chance;
#[path = "differential/lines.rs"]
#[allow(dead_code, reason = "transcripts need no remarks")]
mod lines;
#[path = "differential/masks.rs"]
mod masks;
#[path = "differential/pair.rs"]
mod pair;

use chance::Chance;
use masks::Masks;
use pair::{Pair, Printed};

/// The cluster of `opsdrill serve --empty`.
const SCENARIO: &[u8] = include_bytes!("../crates/opsdrill/src/empty/scenario.yaml");

/// The fewest manifests, and how many of them must be broken at first.
const MANIFESTS_MIN: usize = 40;
const BROKEN_MIN: usize = 16;

/// The stack of a thread that has a shell in it.
const STACK_BYTES: usize = 512 << 20;

/// What kubectl tells that sleeps: the real one by the wall clock, while simulated time stands still.
const SLEEPS: &str = "will retry after";

const TRANSCRIPT: &str = "transcript.md";

/// Two tests for each folder; those whose names begin so are broken at first.
macro_rules! manifests {
    ($($name:ident)*) => {
        mod built_in {
            $(
                #[test]
                fn $name() {
                    super::with_stack(|| super::play(stringify!($name)));
                }
            )*
        }
        mod real {
            $(
                #[test]
                #[ignore = "needs a real kubectl"]
                fn $name() {
                    super::with_stack(|| super::compare(stringify!($name)));
                }
            )*
        }
        /// All of them.
        const MANIFESTS: &[&str] = &[$(stringify!($name)),*];
    };
}

manifests! {
    blue_green broken_command broken_config broken_config_reload broken_drain broken_hpa broken_image
    broken_ingress broken_init broken_job broken_manifest broken_memory broken_missing_env broken_network_policy
    broken_pod_security broken_port_conflict broken_probes broken_quota broken_rbac broken_rollout
    broken_scheduling broken_secret_newline broken_security broken_service broken_storage broken_volume_data
    canary configuration cronjob_hello daemonset_fluentd debug_ephemeral echo_servers guestbook hpa_php_apache
    ingress_tls init_wait job_indexed job_parallel job_pi liveness_http microservice_shop mongo_express
    network_policy nginx_config node_exporter pdb_drain postgres_statefulset priority_classes quota_limits
    rabbitmq_memcached rbac_reader shared_volume sidecar_logging statefulset_web wordpress_mysql
}

/// Runs a test where the shell's interpreter may call itself.
fn with_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    if let Err(panic) = thread.spawn(test).expect("a thread").join() {
        std::panic::resume_unwind(panic);
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/manifests")
}

fn folder_of(name: &str) -> PathBuf {
    root().join(name.replace('_', "-"))
}

/// The files of a folder beside its transcript.
fn files_of(name: &str) -> Vec<(String, Vec<u8>)> {
    let mut files = folder::read(&folder_of(name));
    files.retain(|(name, _)| name != TRANSCRIPT);
    files
}

/// Plays a transcript with the built-in kubectl.
fn play(name: &str) {
    let update = std::env::var("UPDATE").is_ok_and(|it| it == "1");
    let mut session = pair::session(SCENARIO);
    for (name, content) in files_of(name) {
        pair::lay_out(&mut session, &name, &content);
    }
    let path = folder_of(name).join(TRANSCRIPT);
    let checked = transcript::check(&path, update, |line| {
        let printed = pair::typed(&mut session, line);
        (printed.out + &printed.err, printed.status)
    });
    checked.unwrap_or_else(|report| panic!("{report}"));
}

/// Plays a transcript with a real kubectl on a cluster that is equal to the built-in one's.
fn compare(name: &str) {
    let kubectl = std::env::var_os("OPSDRILL_KUBECTL_1_32").expect("OPSDRILL_KUBECTL_1_32 is set");
    let kubectl = fs::canonicalize(kubectl).expect("OPSDRILL_KUBECTL_1_32 names a file");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("manifests-{name}"));
    let text = fs::read_to_string(folder_of(name).join(TRANSCRIPT)).expect("a transcript");
    let parsed = transcript::Transcript::parse(&text).expect("a well-formed transcript");
    let mut pair = Pair::new(SCENARIO, &folder, &kubectl, &files_of(name));
    let (masks, chance) = (Masks::new(), Chance::new());
    let mut report = String::new();
    for step in parsed.steps() {
        if let Some(span) = step.command.strip_prefix("skip ") {
            let seconds = span.strip_suffix('s').and_then(|it| it.parse().ok());
            pair.skip(seconds.expect("`skip 30s`"));
            continue;
        }
        let [built_in, theirs] =
            pair.run(&step.command).map(|it| shown(&masks, &chance, &step.command, &it));
        if built_in != theirs && !built_in.0.contains(SLEEPS) {
            let (line, command) = (step.line, &step.command);
            let _ = writeln!(report, "{name}:{line}: $ {command}");
            let _ = writeln!(report, "--- built-in\n{}--- real\n{}", built_in.0, theirs.0);
            let _ = writeln!(report, "--- status {} and {}", built_in.1, theirs.1);
        }
    }
    assert!(report.is_empty(), "{report}");
}

/// What of an output both must show.
fn shown(masks: &Masks, chance: &Chance, line: &str, printed: &Printed) -> (String, i32) {
    let masked = masks.apply(line, &[], printed);
    (chance.without(&(masked.out + &masked.err)), masked.status)
}

#[test]
fn every_folder_has_its_tests_and_there_are_enough() {
    let entries = fs::read_dir(root()).expect("the manifests are there");
    let mut folders: Vec<String> = entries
        .map(|it| it.expect("readable").file_name().to_string_lossy().replace('-', "_"))
        .collect();
    folders.sort();
    let mut names = MANIFESTS.to_vec();
    names.sort_unstable();
    assert_eq!(folders, names, "folders and tests");
    let broken = names.iter().filter(|it| it.starts_with("broken_")).count();
    assert!(names.len() >= MANIFESTS_MIN && broken >= BROKEN_MIN, "{} and {broken}", names.len());
}
