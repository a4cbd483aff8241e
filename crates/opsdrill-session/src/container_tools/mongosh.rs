//! `mongosh --eval`: whether a server is there.

use opsdrill_engine::physical::application::model::Runtime;
use opsdrill_engine::physical::network::ConnectError;
use opsdrill_shell::door::ExecReply;

use super::database::{self, Away};
use super::{Inside, fails, not_simulated, prints};

pub(super) fn run(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    let (mut script, mut host, mut port) = (None, None, 27_017);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let (name, given) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (word.as_str(), None),
        };
        let mut value = || given.clone().or_else(|| rest.next().cloned()).unwrap_or_default();
        match name {
            "--eval" => script = Some(value()),
            "--quiet" | "--norc" => {}
            "--host" | "-h" => host = Some(value()),
            "--port" => port = value().parse().unwrap_or(27_017),
            "-u" | "--username" | "-p" | "--password" | "--authenticationDatabase" => drop(value()),
            flag if flag.starts_with('-') => return not_simulated(&format!("mongosh {word}")),
            place => {
                let place = place.strip_prefix("mongodb://").unwrap_or(place);
                let place = place.rsplit('@').next().unwrap_or(place);
                let place = place.split('/').next().unwrap_or(place);
                if place.contains(['.', ':']) || word.contains("://") {
                    let (name, number) = place.split_once(':').unwrap_or((place, "27017"));
                    host = Some(name.to_owned());
                    port = number.parse().unwrap_or(27_017);
                }
            }
        }
    }
    let Some(script) = script else { return not_simulated("an interactive mongosh: use --eval") };
    let host = host.unwrap_or_else(|| "127.0.0.1".to_owned());
    let found = database::remote(inside, Runtime::Mongo, &host, port);
    if let Err(why) = found {
        let address = database::address(inside, &host);
        let text = match why {
            Away::Connect(ConnectError::NameNotFound | ConnectError::NameTimeout) => {
                format!("MongoNetworkError: getaddrinfo ENOTFOUND {host}")
            }
            Away::Connect(ConnectError::Refused) => {
                format!("MongoNetworkError: connect ECONNREFUSED {address}:{port}")
            }
            _ => "MongoServerSelectionError: Server selection timed out after 30000 ms".to_owned(),
        };
        return fails(&text, 1);
    }
    let bare: String = script.chars().filter(|it| !it.is_whitespace()).collect();
    let bare = bare.replace('"', "'").trim_end_matches(';').to_owned();
    match bare.as_str() {
        "db.adminCommand('ping')"
        | "db.adminCommand({ping:1})"
        | "db.runCommand({ping:1})"
        | "db.runCommand('ping')" => prints("{ ok: 1 }\n"),
        "db.adminCommand('ping').ok"
        | "db.runCommand('ping').ok"
        | "db.runCommand({ping:1}).ok"
        | "db.adminCommand({ping:1}).ok" => prints("1\n"),
        _ => not_simulated(&format!("mongosh --eval {script}")),
    }
}
