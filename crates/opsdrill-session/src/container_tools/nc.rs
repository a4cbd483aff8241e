//! busybox' `nc` as a client that looks whether a port is open: `nc -z [-v] [-w SECONDS] HOST PORT`.

use opsdrill_engine::physical::network::ConnectError;
use opsdrill_shell::door::ExecReply;

use super::{Inside, database, fails, not_simulated};

/// How long it tries to connect.
const PATIENCE_MS: u64 = 127_000;

pub(super) fn run(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    let unknown = || not_simulated(&format!("nc {}", words.join(" ")));
    let (mut looks_only, mut tells, mut patience_ms) = (false, false, PATIENCE_MS);
    let mut operands = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let Some(letters) = word.strip_prefix('-').filter(|it| !it.is_empty()) else {
            operands.push(word.as_str());
            continue;
        };
        let mut letters = letters.chars();
        while let Some(letter) = letters.next() {
            match letter {
                'z' => looks_only = true,
                'v' => tells = true,
                'n' => {}
                'w' => {
                    let attached = letters.as_str().to_owned();
                    let value =
                        if attached.is_empty() { rest.next().cloned() } else { Some(attached) };
                    let Some(seconds) = value.and_then(|it| it.parse::<u32>().ok()) else {
                        return unknown();
                    };
                    patience_ms = u64::from(seconds) * 1_000;
                    break;
                }
                _ => return unknown(),
            }
        }
    }
    let [host, port] = operands[..] else { return unknown() };
    let Some(port) = port.parse::<u16>().ok().filter(|_| looks_only) else { return unknown() };
    let found = inside.handle.connect(inside.cluster.world(), host, port);
    let place = format!("{host} ({}:{port})", database::address(inside, host));
    match found {
        Ok(_) => {
            let stderr = if tells { format!("{place} open\n") } else { String::new() };
            ExecReply { stderr, ..ExecReply::default() }
        }
        Err(ConnectError::NameNotFound | ConnectError::NameTimeout) => {
            fails(&format!("nc: bad address '{host}'"), 1)
        }
        Err(ConnectError::Refused) if tells => {
            fails(&format!("nc: {place}: Connection refused"), 1)
        }
        Err(ConnectError::NoRoute) if tells => {
            fails(&format!("nc: {place}: Host is unreachable"), 1)
        }
        Err(ConnectError::Timeout) => {
            inside.waited_ms += patience_ms.min(PATIENCE_MS);
            let text = format!("nc: {place}: Connection timed out");
            if tells { fails(&text, 1) } else { ExecReply { exit_code: 1, ..ExecReply::default() } }
        }
        Err(_) => ExecReply { exit_code: 1, ..ExecReply::default() },
    }
}
