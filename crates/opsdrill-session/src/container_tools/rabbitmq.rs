//! `rabbitmq-diagnostics`: whether the node beside it is there.

use opsdrill_engine::physical::application::model::Runtime;
use opsdrill_shell::door::ExecReply;

use super::{Inside, database, fails, not_simulated, prints};

/// The exit status of a node that cannot be reached (`EX_UNAVAILABLE`).
const UNAVAILABLE: i32 = 69;

pub(super) fn diagnostics(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    let quiet = words.iter().any(|it| matches!(it.as_str(), "-q" | "--quiet" | "-s" | "--silent"));
    let operands: Vec<&str> =
        words.iter().map(String::as_str).filter(|it| !it.starts_with('-')).collect();
    let node = format!("rabbit@{}", inside.handle.hostname());
    let (first, last) = match operands[..] {
        ["ping"] => (
            format!(
                "Will ping {node}. This only checks if the OS process is running and registered with epmd. Timeout: 60000 ms.\n"
            ),
            "Ping succeeded\n".to_owned(),
        ),
        ["check_running"] => (
            format!("Checking if RabbitMQ is running on node {node} ...\n"),
            format!("RabbitMQ on node {node} is fully booted and running\n"),
        ),
        ["check_port_connectivity"] => (
            format!("Testing TCP connections to all active listeners on node {node} ...\n"),
            "Successfully connected to ports 5672, 15692, 25672 on node ".to_owned()
                + &node
                + ".\n",
        ),
        _ => return not_simulated(&format!("rabbitmq-diagnostics {}", words.join(" "))),
    };
    if database::local(inside, Runtime::Rabbitmq).is_none() {
        return fails(
            &format!("Error:\nFailed to connect and authenticate to {node} in 60000 ms"),
            UNAVAILABLE,
        );
    }
    let first = if quiet { String::new() } else { first };
    prints(first + &last)
}
