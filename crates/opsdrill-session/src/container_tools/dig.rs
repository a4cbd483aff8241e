//! `dig`: addresses of a name, as `+short` or in the sections of an answer.

use opsdrill_engine::physical::network::dns::{DnsAnswer, DnsError, Resolver};
use opsdrill_shell::door::ExecReply;

use super::{Inside, not_simulated};

/// Three tries of five seconds.
const PATIENCE_MS: u64 = 15_000;

pub(super) fn run(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    let mut name = None;
    let (mut short, mut searches) = (false, false);
    for word in words {
        match word.as_str() {
            "+short" => short = true,
            "+search" => searches = true,
            "A" | "a" | "IN" => {}
            it if it.starts_with(['+', '@', '-']) || name.is_some() => {
                return not_simulated(&format!("dig {}", words.join(" ")));
            }
            it => name = Some(it.to_owned()),
        }
    }
    let Some(name) = name else { return not_simulated("dig without a name") };
    // Without `+search` a name is taken as it stands.
    let asked = if searches || name.ends_with('.') { name.clone() } else { format!("{name}.") };
    let world = inside.cluster.world();
    let answer = inside.handle.lookup(world, &asked);
    let server = Resolver::of(world, &inside.handle.origin()).server;
    if answer == Err(DnsError::Timeout) {
        inside.waited_ms += PATIENCE_MS;
        let stdout = format!(
            ";; communications error to {server}#53: timed out\n\n; <<>> DiG 9.18 <<>> {}\n;; global options: +cmd\n\
             ;; no servers could be reached\n",
            words.join(" ")
        );
        return ExecReply { stdout, exit_code: 9, ..ExecReply::default() };
    }
    let stdout = if short { in_short(&answer) } else { whole(&answer, &server, &asked, words) };
    ExecReply { stdout, ..ExecReply::default() }
}

fn in_short(answer: &Result<DnsAnswer, DnsError>) -> String {
    let Ok(answer) = answer else { return String::new() };
    let alias = answer.alias.iter().map(|it| format!("{it}.\n"));
    alias.chain(answer.addresses.iter().map(|it| format!("{it}\n"))).collect()
}

fn whole(
    answer: &Result<DnsAnswer, DnsError>,
    server: &str,
    asked: &str,
    words: &[String],
) -> String {
    let (status, lines) = match answer {
        Ok(answer) => {
            let owner = answer.alias.as_ref().unwrap_or(&answer.name);
            let alias =
                answer.alias.iter().map(|it| format!("{}.\t5\tIN\tCNAME\t{it}.\n", answer.name));
            let addresses = answer.addresses.iter().map(|it| format!("{owner}.\t5\tIN\tA\t{it}\n"));
            ("NOERROR", alias.chain(addresses).collect::<Vec<_>>())
        }
        Err(_) => ("NXDOMAIN", Vec::new()),
    };
    let id = u16::from_le_bytes([byte_of(asked), byte_of(server)]);
    let section = if lines.is_empty() {
        String::new()
    } else {
        format!(";; ANSWER SECTION:\n{}\n", lines.concat())
    };
    format!(
        "\n; <<>> DiG 9.18 <<>> {}\n;; global options: +cmd\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: \
         {status}, id: {id}\n;; flags: qr aa rd; QUERY: 1, ANSWER: {}, AUTHORITY: 0, ADDITIONAL: 1\n\n;; QUESTION \
         SECTION:\n;{asked}\t\tIN\tA\n\n{section};; Query time: 1 msec\n;; SERVER: {server}#53({server}) (UDP)\n\n",
        words.join(" "),
        lines.len()
    )
}

/// A byte that is always the same for a text.
fn byte_of(text: &str) -> u8 {
    text.bytes().fold(7, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte))
}
