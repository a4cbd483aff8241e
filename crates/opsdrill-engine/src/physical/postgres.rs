//! What a postgres server is configured with (the official image, version 16).

use std::collections::BTreeMap;

use super::connections::{Login, Server};
use super::process::Process;

/// `max_connections` if nobody says anything.
const CONNECTIONS_MAX: u64 = 100;

/// Reads the environment and the arguments.
///
/// # Errors
/// What the image's entrypoint prints before it ends with exit code 1.
pub(super) fn configure(process: &Process) -> Result<Server, Vec<String>> {
    let value = |name: &str| process.spec.env.get(name).map_or("", String::as_str);
    if value("POSTGRES_PASSWORD").is_empty() && value("POSTGRES_HOST_AUTH_METHOD") != "trust" {
        let words = "Error: Database is uninitialized and superuser password is not specified.\n       \
                     You must specify POSTGRES_PASSWORD to a non-empty value for the\n       \
                     superuser. For example, \"-e POSTGRES_PASSWORD=password\" on \"docker run\".\n\n       \
                     You may also use \"POSTGRES_HOST_AUTH_METHOD=trust\" to allow all\n       \
                     connections without a password. This is *not* recommended.\n\n       \
                     See PostgreSQL documentation about \"trust\":\n       \
                     https://www.postgresql.org/docs/current/auth-trust.html";
        return Err(words.lines().map(str::to_owned).collect());
    }
    let mut config = BTreeMap::new();
    let mut arguments = process.arguments.iter();
    while let Some(argument) = arguments.next() {
        let setting = match argument.strip_prefix("--") {
            Some(setting) => Some(setting),
            None if argument == "-c" => arguments.next().map(String::as_str),
            None => argument.strip_prefix("-c"),
        };
        if let Some((name, value)) = setting.and_then(|it| it.split_once('=')) {
            config.insert(name.replace('-', "_"), value.to_owned());
        }
    }
    let connections_max = match config.get("max_connections") {
        None => CONNECTIONS_MAX,
        Some(text) => text.parse().map_err(|_| {
            vec![format!("FATAL:  invalid value for parameter \"max_connections\": \"{text}\"")]
        })?,
    };
    let value = |name: &str| process.spec.env.get(name).cloned();
    let trusts = value("POSTGRES_HOST_AUTH_METHOD").is_some_and(|it| it == "trust");
    let login = Login {
        user: Some(value("POSTGRES_USER").unwrap_or_else(|| "postgres".to_owned())),
        password: value("POSTGRES_PASSWORD").filter(|_| !trusts),
    };
    Ok(Server { connections_max, login, config, ..Server::default() })
}
