//! `mysql` and `mysqladmin` (8.0; MariaDB's under their names): connections with their complaints, and the few questions that
//! need no data.

use opsdrill_engine::physical::application::model::Runtime;
use opsdrill_engine::physical::network::ConnectError;
use opsdrill_engine::physical::{ProcessId, databases, process};
use opsdrill_shell::door::ExecReply;

use super::database::{self, Away};
use super::table::Table;
use super::{Inside, fails, not_simulated, prints};

const SOCKET: &str = "/var/run/mysqld/mysqld.sock";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
struct Call {
    host: Option<String>,
    port: u16,
    user: String,
    password: Option<String>,
    /// Whether the password stood on the command line.
    is_shown: bool,
    statement: Option<String>,
    no_names: bool,
    batch: bool,
    table: bool,
    operands: Vec<String>,
}

pub(super) fn mysql(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    let call = match parse(inside, words) {
        Ok(call) => call,
        Err(reply) => return reply,
    };
    let warning = warning(inside, "mysql", &call);
    let server = match connect(inside, &call) {
        Ok(server) => server,
        Err((code, state, text)) => {
            let state = if state.is_empty() { "HY000" } else { state };
            let reply = fails(&format!("ERROR {code} ({state}): {text}"), 1);
            return ExecReply { stderr: warning + &reply.stderr, ..reply };
        }
    };
    let Some(found) = process::get(inside.cluster.world(), server) else {
        return ExecReply::default();
    };
    let known = databases::mysql_databases(found, &call.user);
    if let Some(database) = call.operands.first().filter(|it| !known.contains(it)) {
        let reply = fails(&format!("ERROR 1049 (42000): Unknown database '{database}'"), 1);
        return ExecReply { stderr: warning + &reply.stderr, ..reply };
    }
    let script = call.statement.clone();
    let script =
        script.unwrap_or_else(|| String::from_utf8_lossy(&inside.take_stdin()).into_owned());
    if script.trim().is_empty() {
        return not_simulated("an interactive mysql: give the statement with -e");
    }
    let mut reply = ExecReply { stderr: warning, ..ExecReply::default() };
    for statement in script.split(';').map(str::trim).filter(|it| !it.is_empty()) {
        let Some(table) = answer(statement, &call, &known) else {
            let other = not_simulated(&format!("SQL: {statement}"));
            reply.stderr += &other.stderr;
            reply.exit_code = other.exit_code;
            return reply;
        };
        let boxed = call.table || inside.terminal && !call.batch;
        reply.stdout += &if boxed { table.boxed() } else { table.tabbed(!call.no_names) };
    }
    reply
}

fn parse(inside: &Inside<'_>, words: &[String]) -> Result<Call, ExecReply> {
    let mut call = Call { port: 3_306, user: inside.handle.user_name(), ..Call::default() };
    call.password = inside.env.get("MYSQL_PWD").cloned();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let (name, given) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ if word.starts_with("--") => (word.as_str(), None),
            _ if word.starts_with('-') && word.len() > 2 => {
                (&word[..2], Some(word[2..].to_owned()))
            }
            _ => (word.as_str(), None),
        };
        let mut value = || {
            let missing = || {
                fails(&format!("mysql: [ERROR] mysql: option '{name}' requires an argument."), 2)
            };
            given.clone().or_else(|| rest.next().cloned()).ok_or_else(missing)
        };
        match name {
            "-h" | "--host" => call.host = Some(value()?),
            "-P" | "--port" => call.port = value()?.parse().unwrap_or(3_306),
            "-u" | "--user" => call.user = value()?,
            "-p" | "--password" => {
                let Some(password) = given else {
                    return Err(not_simulated("a question for a password"));
                };
                (call.password, call.is_shown) = (Some(password), true);
            }
            "-e" | "--execute" => call.statement = Some(value()?),
            "-D" | "--database" => call.operands.push(value()?),
            "--protocol" | "--connect-timeout" | "--default-character-set" => drop(value()?),
            "-N" | "--skip-column-names" => call.no_names = true,
            "-B" | "--batch" => call.batch = true,
            "-s" | "--silent" => (call.batch, call.no_names) = (true, call.no_names),
            "-t" | "--table" => call.table = true,
            flag if flag.starts_with('-') => return Err(not_simulated(&format!("mysql {word}"))),
            _ => call.operands.push(word.clone()),
        }
    }
    Ok(call)
}

fn is_mariadb(inside: &Inside<'_>) -> bool {
    inside.handle.image.commands.iter().any(|it| it == "mariadb")
}

fn warning(inside: &Inside<'_>, program: &str, call: &Call) -> String {
    if !call.is_shown || is_mariadb(inside) {
        return String::new();
    }
    format!(
        "{program}: [Warning] Using a password on the command line interface can be insecure.\n"
    )
}

/// A complaint: its number, SQL state and words.
type Complaint = (u32, &'static str, String);

/// The server, if it lets the client in.
fn connect(inside: &mut Inside<'_>, call: &Call) -> Result<ProcessId, Complaint> {
    let host = call.host.clone().filter(|it| it != "localhost");
    let (server, from) = match &host {
        None => {
            let text = format!("Can't connect to local MySQL server through socket '{SOCKET}' (2)");
            (
                database::local(inside, Runtime::Mysql).ok_or((2002, "", text))?,
                "localhost".to_owned(),
            )
        }
        Some(host) => {
            let port = call.port;
            let number = |number| {
                (2003, "", format!("Can't connect to MySQL server on '{host}:{port}' ({number})"))
            };
            let found = database::remote(inside, Runtime::Mysql, host, port);
            let server = found.map_err(|why| match why {
                Away::Connect(ConnectError::NameNotFound | ConnectError::NameTimeout) => {
                    (2005, "", format!("Unknown MySQL server host '{host}' (-2)"))
                }
                Away::Connect(ConnectError::Refused) => number(111),
                Away::Connect(ConnectError::Timeout) => number(110),
                Away::Connect(ConnectError::NoRoute) => number(113),
                Away::Other => {
                    let text = "Lost connection to MySQL server at 'reading initial communication packet', system error: 0";
                    (2013, "", text.to_owned())
                }
            })?;
            (server, inside.handle.spec.pod_ip.to_string())
        }
    };
    let found = process::get(inside.cluster.world(), server);
    let password = call.password.clone().unwrap_or_default();
    if found.is_some_and(|it| databases::mysql_admits(it, &call.user, &password)) {
        return Ok(server);
    }
    let using = if password.is_empty() { "NO" } else { "YES" };
    let text = format!("Access denied for user '{}'@'{from}' (using password: {using})", call.user);
    Err((1045, "28000", text))
}

/// What a statement answers, if that is known without any data.
fn answer(statement: &str, call: &Call, known: &[String]) -> Option<Table> {
    let words: Vec<String> = statement.split_whitespace().map(str::to_ascii_lowercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut table = Table::default();
    match words[..] {
        ["show", "databases"] => {
            table.column("Database", false);
            table.rows = known.iter().map(|it| vec![it.clone()]).collect();
        }
        ["select", value] => {
            let (text, number) = match value {
                "version()" => ("8.0.44".to_owned(), false),
                "database()" => {
                    (call.operands.first().cloned().unwrap_or_else(|| "NULL".to_owned()), false)
                }
                "current_user()" | "user()" => (format!("{}@localhost", call.user), false),
                value => (value.parse::<i64>().ok()?.to_string(), true),
            };
            table.column(statement.split_whitespace().nth(1)?, number);
            table.rows.push(vec![text]);
        }
        _ => return None,
    }
    Some(table)
}

pub(super) fn mysqladmin(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    let call = match parse(inside, words) {
        Ok(call) => call,
        Err(reply) => return reply,
    };
    if call.operands != ["ping"] {
        return not_simulated(&format!("mysqladmin {}", call.operands.join(" ")));
    }
    let warning = warning(inside, "mysqladmin", &call);
    let program = if is_mariadb(inside) { "mariadb-admin" } else { "mysqladmin" };
    let host = call.host.clone().unwrap_or_else(|| "localhost".to_owned());
    let alive = if is_mariadb(inside) { "mariadbd is alive\n" } else { "mysqld is alive\n" };
    let reply = match connect(inside, &call) {
        Ok(_) => prints(alive),
        Err((code, _, text)) => {
            let check = if code == 2002 {
                format!("\nCheck that mysqld is running and that the socket: '{SOCKET}' exists!")
            } else if code == 2003 {
                format!(
                    "\nCheck that mysqld is running on {host} and that the port is {}.\nYou can check this by doing \
                     'telnet {host} {}'",
                    call.port, call.port
                )
            } else {
                String::new()
            };
            // Who is refused knows that there is somebody.
            let exit_code = i32::from(code >= 2000);
            fails(
                &format!("{program}: connect to server at '{host}' failed\nerror: '{text}'{check}"),
                exit_code,
            )
        }
    };
    ExecReply { stderr: warning + &reply.stderr, ..reply }
}
