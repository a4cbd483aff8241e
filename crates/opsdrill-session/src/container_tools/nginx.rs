//! `nginx` beside the one that runs: `-t`, `-T`, `-v`, `-s reload|quit|stop`.

use std::fmt::Write as _;

use opsdrill_engine::physical::{self, nginx};
use opsdrill_objects::timestamp;
use opsdrill_shell::door::ExecReply;

use super::{Inside, not_simulated};

/// The signals that `-s` knows and that are not simulated.
const OTHER_SIGNALS: &[&str] = &["reopen"];

pub(crate) fn run(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let process = inside.handle.process;
    match words[..] {
        ["-s", "quit" | "stop"] => {
            physical::terminate(inside.cluster.world_mut(), process);
            ExecReply::default()
        }
        ["-s", "reload"] => {
            let complaints = nginx::reload(inside.cluster.world_mut(), process);
            if complaints.is_empty() {
                let said = "{time-slash} [notice] 40#40: signal process started".to_owned();
                return says(inside, &[said], 0);
            }
            says(inside, &complaints, 1)
        }
        ["-s", other] if !OTHER_SIGNALS.contains(&other) => {
            says(inside, &["nginx: invalid option: \"-s ".to_owned() + other + "\""], 1)
        }
        ["-v"] => {
            let version = nginx::version_of(inside.cluster.world(), process);
            says(inside, &[format!("nginx version: nginx/{version}")], 0)
        }
        [flag @ ("-t" | "-T"), ref rest @ ..] => test(inside, flag, rest),
        [.., flag @ ("-t" | "-T")] => test(inside, flag, &words[..words.len() - 1]),
        _ => not_simulated(&format!("nginx {}", words.join(" "))),
    }
}

fn test(inside: &Inside<'_>, flag: &str, rest: &[&str]) -> ExecReply {
    if rest.chunks(2).any(|it| !matches!(it, ["-c" | "-g", _])) {
        return not_simulated(&format!("nginx {flag} {}", rest.join(" ")));
    }
    let tested = nginx::test(inside.cluster.world(), inside.handle.process, rest);
    let path = &tested.path;
    if !tested.complaints.is_empty() {
        let failed = format!("nginx: configuration file {path} test failed");
        let lines: Vec<String> = tested.complaints.into_iter().chain([failed]).collect();
        return says(inside, &lines, 1);
    }
    let sound = [
        format!("nginx: the configuration file {path} syntax is ok"),
        format!("nginx: configuration file {path} test is successful"),
    ];
    let mut reply = says(inside, &sound, 0);
    if flag == "-T" {
        for (path, text) in &tested.files {
            let _ = writeln!(reply.stdout, "# configuration file {path}:\n{text}");
        }
    }
    reply
}

/// Lines of standard error, with the dates of now.
fn says(inside: &Inside<'_>, lines: &[String], exit_code: i32) -> ExecReply {
    let date = timestamp::format(inside.cluster.unix_now());
    let date = date.trim_end_matches('Z').replace('-', "/").replace('T', " ");
    let stderr = lines.iter().map(|it| it.replace("{time-slash}", &date) + "\n").collect();
    ExecReply { stderr, exit_code, ..ExecReply::default() }
}
