//! Database servers beside redis and postgres: what they need to start, and whom they let in.

use super::application::model::Runtime;
use super::connections::{Login, Server};
use super::process::Process;

/// `max_connections` of MySQL if nobody says anything.
const CONNECTIONS_MAX: u64 = 151;

/// Reads the environment as the entry scripts of the official images do.
///
/// # Errors
/// What the script prints before it ends with exit code 1.
pub(super) fn configure(process: &Process) -> Result<Server, Vec<String>> {
    match process.model.runtime {
        Runtime::Mysql => mysql(process),
        Runtime::Mongo => Ok(Server {
            connections_max: 838_860,
            login: login(process, "MONGO_INITDB_ROOT_USERNAME", "MONGO_INITDB_ROOT_PASSWORD"),
            ..Server::default()
        }),
        _ => Ok(Server { connections_max: 1024, ..Server::default() }),
    }
}

fn value<'p>(process: &'p Process, name: &str) -> &'p str {
    let file = format!("{name}_FILE");
    let direct = process.spec.env.get(name).map_or("", String::as_str);
    if !direct.is_empty() {
        return direct;
    }
    let path = process.spec.env.get(&file);
    let text = path.and_then(|it| std::str::from_utf8(process.spec.files.get(it)?).ok());
    text.map_or("", str::trim_end)
}

fn login(process: &Process, user: &str, password: &str) -> Login {
    let some = |text: &str| Some(text.to_owned()).filter(|it| !it.is_empty());
    Login { user: some(value(process, user)), password: some(value(process, password)) }
}

fn mysql(process: &Process) -> Result<Server, Vec<String>> {
    let is_mariadb = process.model.name == "mariadb";
    let is_set = |name: &str| !value(process, name).is_empty();
    let passwords =
        ["MYSQL_ROOT_PASSWORD", "MYSQL_ALLOW_EMPTY_PASSWORD", "MYSQL_RANDOM_ROOT_PASSWORD"];
    let of_mariadb = [
        "MARIADB_ROOT_PASSWORD",
        "MARIADB_ROOT_PASSWORD_HASH",
        "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD",
        "MARIADB_RANDOM_ROOT_PASSWORD",
    ];
    let known = passwords.iter().any(|it| is_set(it));
    if !(known || is_mariadb && of_mariadb.iter().any(|it| is_set(it))) {
        let head = "{time-date}+00:00 [ERROR] [Entrypoint]: Database is uninitialized and password option is not specified";
        let rest = if is_mariadb {
            vec!["\tYou need to specify one of MARIADB_ROOT_PASSWORD, MARIADB_ROOT_PASSWORD_HASH, MARIADB_ALLOW_EMPTY_ROOT_PASSWORD and MARIADB_RANDOM_ROOT_PASSWORD".to_owned()]
        } else {
            let names = passwords.iter().map(|it| format!("    - {it}"));
            let first = "    You need to specify one of the following as an environment variable:"
                .to_owned();
            std::iter::once(first).chain(names).collect()
        };
        return Err(std::iter::once(head.to_owned()).chain(rest).collect());
    }
    if !is_mariadb && value(process, "MYSQL_USER") == "root" {
        let head = "{time-date}+00:00 [ERROR] [Entrypoint]: MYSQL_USER=\"root\", MYSQL_USER and MYSQL_PASSWORD are for configuring a regular user and cannot be used for the root user";
        return Err(vec![head.to_owned()]);
    }
    Ok(Server { connections_max: CONNECTIONS_MAX, ..Server::default() })
}

/// Whether a MySQL lets a user in.
pub fn mysql_admits(process: &Process, user: &str, password: &str) -> bool {
    let either = |name: &str| {
        let mariadb = value(process, &format!("MARIADB_{name}"));
        if mariadb.is_empty() { value(process, &format!("MYSQL_{name}")) } else { mariadb }
    };
    match user {
        "root" => either("ROOT_PASSWORD") == password,
        "" => false,
        user => user == either("USER") && password == either("PASSWORD"),
    }
}

/// The databases of a MySQL that a user may see, in order of name.
pub fn mysql_databases(process: &Process, user: &str) -> Vec<String> {
    let mut names = vec!["information_schema".to_owned(), "performance_schema".to_owned()];
    if user == "root" {
        names.extend(["mysql".to_owned(), "sys".to_owned()]);
    }
    for name in ["MYSQL_DATABASE", "MARIADB_DATABASE"] {
        let own = value(process, name);
        if !own.is_empty() && !names.iter().any(|it| it == own) {
            names.push(own.to_owned());
        }
    }
    names.sort();
    names
}

/// Whom a postgres or mongo lets in: user and password, as it was started.
pub fn setting<'p>(process: &'p Process, name: &str) -> &'p str {
    value(process, name)
}
