//! `nslookup`: the DNS as the pod's resolver finds it, in busybox' layout or that of bind's tools.

use opsdrill_engine::physical::network::dns::{DnsAnswer, DnsError, Resolver};
use opsdrill_shell::door::ExecReply;

use super::{Inside, fails, not_simulated};

/// Three tries of five seconds.
const PATIENCE_MS: u64 = 15_000;

pub(super) fn run(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    let name = match words {
        [name] if !name.starts_with('-') => name,
        [] => return fails("BusyBox nslookup: usage: nslookup HOST [DNS_SERVER]", 1),
        _ => return not_simulated(&format!("nslookup {}", words.join(" "))),
    };
    let world = inside.cluster.world();
    let answer = inside.handle.lookup(world, name);
    let server = Resolver::of(world, &inside.handle.origin()).server;
    if answer == Err(DnsError::Timeout) {
        inside.waited_ms += PATIENCE_MS;
    }
    layout(&server, name, &answer, inside.is_busybox())
}

fn layout(
    server: &str,
    name: &str,
    answer: &Result<DnsAnswer, DnsError>,
    busybox: bool,
) -> ExecReply {
    let mark = if busybox { ':' } else { '#' };
    let head = format!("Server:\t\t{server}\nAddress:\t{server}{mark}53\n\n");
    let (stdout, exit_code) = match answer {
        Ok(answer) => {
            let mut text = head;
            let mut found = answer.name.as_str();
            if let Some(target) = &answer.alias {
                let end = if busybox { "" } else { "." };
                text += &format!("{found}\tcanonical name = {target}{end}\n");
                found = target;
            }
            for address in &answer.addresses {
                text += &format!("Name:\t{found}\nAddress: {address}\n");
            }
            // Busybox asks for IPv6 too and leaves that answer's empty place.
            (text + if busybox { "\n\n" } else { "\n" }, 0)
        }
        Err(DnsError::NotFound) => {
            let line = format!("** server can't find {name}: NXDOMAIN\n\n");
            (head + &line.repeat(if busybox { 2 } else { 1 }), 1)
        }
        Err(DnsError::Timeout) => {
            (";; connection timed out; no servers could be reached\n\n".to_owned(), 1)
        }
    };
    ExecReply { stdout, exit_code, ..ExecReply::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_have_the_layout_of_the_tool() {
        let answer = Ok(DnsAnswer {
            name: "web.shop.svc.cluster.local".to_owned(),
            alias: None,
            addresses: vec!["10.96.1.2".to_owned()],
        });
        let busybox = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\nName:\tweb.shop.svc.cluster.local\n\
                       Address: 10.96.1.2\n\n\n";
        assert_eq!(layout("10.96.0.10", "web", &answer, true).stdout, busybox);
        let bind = layout("10.96.0.10", "web", &answer, false).stdout;
        assert!(bind.contains("10.96.0.10#53\n"), "{bind}");
        let missing = layout("10.96.0.10", "web", &Err(DnsError::NotFound), false);
        assert!(missing.stdout.ends_with("\n** server can't find web: NXDOMAIN\n\n"));
        assert_eq!(missing.exit_code, 1);
    }
}
