//! Small servers and loads that a script starts.

use opsdrill_engine::Cluster;
use opsdrill_engine::physical::programs::{self, RunId};
use opsdrill_shell::{Called, ToolCall, ToolResult, Workspace};

use super::pi;

/// The most digits of pi that are computed.
const PI_DIGITS_MAX: usize = 5_000;
/// Squares of digits that perl computes in a millisecond: 2000 digits take some four seconds.
const PI_SPEED: usize = 1_000;

/// Their names.
pub(super) const NAMES: &[&str] = &["httpd", "nc", "perl", "python", "python3", "stress"];

/// Runs one of them; `None` if it is another command.
pub(super) fn call(cluster: &mut Cluster, run: RunId, call: &ToolCall<'_>) -> Option<Called> {
    let (name, words) = call.argv.split_first().filter(|it| NAMES.contains(&it.0.as_str()))?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match name.as_str() {
        _ if !is_known(name, &words) => Some(not_simulated(call)),
        "httpd" => Some(httpd(cluster, run, &words, call)),
        "nc" if words.iter().any(|it| it.starts_with('-') && it.contains('l')) => {
            let operand = words.iter().rev().find_map(|it| it.parse().ok());
            let port = port_after(&words, "-p").or(operand);
            Some(port.map_or_else(|| not_simulated(call), |port| listen(cluster, run, port)))
        }
        "python" | "python3" => Some(match words[..] {
            ["-m", "http.server", ref rest @ ..] => http_server(cluster, run, rest, call),
            _ => not_simulated(call),
        }),
        "perl" => Some(match words[..] {
            ["-Mbignum=bpi", "-wle", script] => pi(script).unwrap_or_else(|| not_simulated(call)),
            _ => not_simulated(call),
        }),
        "stress" => Some(stress(cluster, run, &words, call)),
        _ => None,
    }
}

/// Whether all options of a call are heeded below; what is not must not be passed over.
fn is_known(name: &str, words: &[&str]) -> bool {
    let heeded: &[&str] = match name {
        "httpd" => &["-f", "-v", "-vv", "-p", "-h"],
        "python" | "python3" => &["-m", "-d", "--directory"],
        "stress" => {
            &["--vm", "-m", "--vm-bytes", "--vm-hang", "--vm-keep", "--cpu", "-c", "--io", "-i"]
        }
        "nc" => &["-l", "-p", "-lp", "-lk", "-lkp", "-lvp", "-lv", "-v", "-k"],
        _ => return true,
    };
    let is_listening = name != "nc" || words.iter().any(|it| it.starts_with("-l"));
    !is_listening || words.iter().all(|it| !it.starts_with('-') || heeded.contains(it))
}

/// busybox' `httpd -f -p 8080 -h /www`; without `-f` it goes on in the background.
fn httpd(cluster: &mut Cluster, run: RunId, words: &[&str], call: &ToolCall<'_>) -> Called {
    let folder = words.windows(2).find(|it| it[0] == "-h").map_or(call.cwd, |it| it[1]);
    programs::serve_files(cluster.world_mut(), run, Workspace::resolve(call.cwd, folder));
    let called = listen(cluster, run, port_after(words, "-p").unwrap_or(80));
    let stays = words.iter().any(|it| it.starts_with('-') && it.contains('f'));
    if stays { called } else { Called::Done(ToolResult::default()) }
}

/// `python3 -m http.server [PORT] [--directory FOLDER]`; what it says is in a buffer until the end.
fn http_server(cluster: &mut Cluster, run: RunId, rest: &[&str], call: &ToolCall<'_>) -> Called {
    let port = rest.iter().find_map(|it| it.parse().ok()).unwrap_or(8000);
    let flag = |it: &&[&str]| matches!(it[0], "-d" | "--directory");
    let folder = rest.windows(2).find(flag).map_or(call.cwd, |it| it[1]);
    programs::serve_files(cluster.world_mut(), run, Workspace::resolve(call.cwd, folder));
    listen(cluster, run, port)
}

/// `print bpi(2000)`: so many digits of pi, the last one rounded. By Machin's formula in decimal digits.
fn pi(script: &str) -> Option<Called> {
    let digits =
        script.trim().strip_prefix("print bpi(")?.trim_end_matches(';').strip_suffix(')')?;
    let digits = digits.parse::<usize>().ok().filter(|it| (1..=PI_DIGITS_MAX).contains(it))?;
    let took_ms = (digits * digits / PI_SPEED) as u64;
    Some(Called::After(took_ms, ToolResult::ok(pi::digits(digits) + "\n")))
}

/// Whether a call of the image's application speaks to the one that runs: `nginx -s quit` and the like.
pub(super) fn is_control(name: &str, words: &[String]) -> bool {
    const FLAGS: &[&str] = &["-s", "-t", "-T", "-v", "-V"];
    let is_nginx = name.rsplit('/').next() == Some("nginx");
    is_nginx && words.iter().any(|it| FLAGS.contains(&it.as_str()))
}

fn port_after(words: &[&str], flag: &str) -> Option<u16> {
    words
        .windows(2)
        .find(|it| it[0] == flag || it[0].ends_with("lp") && flag == "-p")
        .and_then(|it| it[1].rsplit(':').next()?.parse().ok())
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
    let Some(bytes) = value(["--vm-bytes"; 2]).map_or(Some(256 << 20), bytes) else {
        return not_simulated(call);
    };
    let number = |names| value(names).and_then(|it| it.parse::<u32>().ok()).unwrap_or(0);
    let (cpu, io) = (number(["--cpu", "-c"]), number(["--io", "-i"]));
    let line =
        format!("stress: info: [1] dispatching hogs: {cpu} cpu, {io} io, {workers} vm, 0 hdd\n");
    programs::write(cluster.world_mut(), run, &line);
    let hangs = words.iter().any(|it| matches!(*it, "--vm-hang" | "--vm-keep"));
    let busy = u64::from(cpu) + if hangs { 0 } else { workers };
    let bytes = workers.saturating_mul(bytes);
    programs::hold(cluster.world_mut(), run, bytes, busy.saturating_mul(1000));
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
