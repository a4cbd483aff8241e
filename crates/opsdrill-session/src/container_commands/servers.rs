//! Small servers and loads that a script starts, and calls of an application that speak to the one that runs.

use opsdrill_engine::physical::container::ContainerHandle;
use opsdrill_engine::physical::programs::{self, RunId};
use opsdrill_engine::{Cluster, physical};
use opsdrill_shell::door::ExecReply;
use opsdrill_shell::{Called, ToolCall, ToolResult};

/// Their names.
pub(super) const NAMES: &[&str] = &["httpd", "nc", "python", "python3", "stress"];

/// Runs one of them; `None` if it is another command.
pub(super) fn call(cluster: &mut Cluster, run: RunId, call: &ToolCall<'_>) -> Option<Called> {
    let (name, words) = call.argv.split_first()?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match name.as_str() {
        "httpd" => Some(listen(cluster, run, port_after(&words, "-p").unwrap_or(80))),
        "nc" if words.iter().any(|it| it.starts_with('-') && it.contains('l')) => {
            let operand = words.iter().rev().find_map(|it| it.parse().ok());
            let port = port_after(&words, "-p").or(operand);
            Some(port.map_or_else(|| not_simulated(call), |port| listen(cluster, run, port)))
        }
        "python" | "python3" => match words[..] {
            ["-m", "http.server", ref rest @ ..] => {
                let port = rest.first().and_then(|it| it.parse().ok()).unwrap_or(8000);
                let host = format!("Serving HTTP on 0.0.0.0 port {port} (http://0.0.0.0:{port}/) ...\n");
                programs::write(cluster.world_mut(), run, &host);
                Some(listen(cluster, run, port))
            }
            _ => Some(not_simulated(call)),
        },
        "stress" => Some(stress(cluster, run, &words, call)),
        _ => None,
    }
}

/// `nginx -s quit`, `nginx -t` and the like; `None` if the words start the application.
pub(super) fn control(
    cluster: &mut Cluster,
    handle: &ContainerHandle,
    name: &str,
    words: &[String],
) -> Option<ExecReply> {
    if name.rsplit('/').next() != Some("nginx") {
        return None;
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["-s", "quit" | "stop"] => {
            physical::terminate(cluster.world_mut(), handle.process);
            Some(ExecReply::default())
        }
        ["-s", "reload"] => Some(ExecReply::default()),
        ["-t"] => {
            let file = "/etc/nginx/nginx.conf";
            let stderr = format!(
                "nginx: the configuration file {file} syntax is ok\nnginx: configuration file {file} test is successful\n"
            );
            Some(ExecReply { stderr, ..ExecReply::default() })
        }
        _ => None,
    }
}

fn port_after(words: &[&str], flag: &str) -> Option<u16> {
    words.windows(2).find(|it| it[0] == flag || it[0].ends_with("lp") && flag == "-p").and_then(|it| {
        it[1].rsplit(':').next()?.parse().ok()
    })
}

fn listen(cluster: &mut Cluster, run: RunId, port: u16) -> Called {
    programs::listen(cluster.world_mut(), run, port);
    Called::Stays
}

/// `stress --vm 1 --vm-bytes 150M --vm-hang 1`.
fn stress(cluster: &mut Cluster, run: RunId, words: &[&str], call: &ToolCall<'_>) -> Called {
    let value = |names: [&str; 2]| {
        let place = words.iter().position(|it| names.contains(it))?;
        words.get(place + 1).copied()
    };
    let workers: u64 = value(["--vm", "-m"]).and_then(|it| it.parse().ok()).unwrap_or(0);
    let Some(bytes) = value(["--vm-bytes", "--vm-bytes"]).map_or(Some(256 << 20), bytes) else {
        return not_simulated(call);
    };
    let number = |names| value(names).and_then(|it| it.parse::<u32>().ok()).unwrap_or(0);
    let (cpu, io) = (number(["--cpu", "-c"]), number(["--io", "-i"]));
    let line = format!("stress: info: [1] dispatching hogs: {cpu} cpu, {io} io, {workers} vm, 0 hdd\n");
    programs::write(cluster.world_mut(), run, &line);
    programs::hold(cluster.world_mut(), run, workers.saturating_mul(bytes));
    Called::Stays
}

fn bytes(text: &str) -> Option<u64> {
    let (number, shift) = match text.chars().last()? {
        'k' | 'K' => (&text[..text.len() - 1], 10),
        'm' | 'M' => (&text[..text.len() - 1], 20),
        'g' | 'G' => (&text[..text.len() - 1], 30),
        'b' | 'B' => (&text[..text.len() - 1], 0),
        _ => (text, 0),
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}

fn not_simulated(call: &ToolCall<'_>) -> Called {
    let text = format!("opsdrill: not simulated: {}\n", call.argv.join(" "));
    Called::Done(ToolResult::fail(text, 126))
}
