//! `psql` and `pg_isready` (16): connections with their complaints, and the few questions that need no data.

use opsdrill_engine::physical::ProcessId;
use opsdrill_engine::physical::application::model::Runtime;
use opsdrill_engine::physical::network::ConnectError;
use opsdrill_shell::door::ExecReply;

use super::database::{self, Away};
use super::table::Table;
use super::{Inside, fails, not_simulated, prints};

const SOCKET: &str = "/var/run/postgresql";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
struct Call {
    host: Option<String>,
    port: Option<u16>,
    user: Option<String>,
    database: Option<String>,
    password: Option<String>,
    commands: Vec<String>,
    rows_only: bool,
    unaligned: bool,
    quiet: bool,
    lists: bool,
    shows_version: bool,
}

pub(super) fn psql(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    let mut call = match parse("psql", words) {
        Ok(call) => call,
        Err(reply) => return reply,
    };
    if call.shows_version {
        return prints("psql (PostgreSQL) 16.11 (Debian 16.11-1.pgdg12+1)\n");
    }
    complete(inside, &mut call);
    let server = match connect(inside, &call) {
        Ok(server) => server,
        Err(reply) => return reply,
    };
    if call.lists {
        call.commands.push("\\l".to_owned());
    }
    if call.commands.is_empty() {
        let script = String::from_utf8_lossy(&inside.take_stdin()).into_owned();
        if script.trim().is_empty() {
            return not_simulated("an interactive psql: give the command with -c");
        }
        let commands = script.split(['\n', ';']).map(str::trim).filter(|it| !it.is_empty());
        call.commands.extend(commands.map(str::to_owned));
    }
    let mut reply = ExecReply::default();
    for command in &call.commands {
        let next = answer(inside, server, &call, command);
        reply.stdout += &next.stdout;
        reply.stderr += &next.stderr;
        reply.exit_code = next.exit_code;
        if next.exit_code != 0 {
            break;
        }
    }
    reply
}

fn parse(program: &str, words: &[String]) -> Result<Call, ExecReply> {
    let mut call = Call::default();
    let mut operands = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let (name, given) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (word.as_str(), None),
        };
        let Some(flags) = name.strip_prefix('-').filter(|it| !it.is_empty()) else {
            operands.push(word.clone());
            continue;
        };
        let letters: Vec<char> = match flags.strip_prefix('-') {
            Some(long) => {
                vec![letter_of(long).ok_or_else(|| not_simulated(&format!("{program} {word}")))?]
            }
            None => flags.chars().collect(),
        };
        let mut place = 0;
        while let Some(letter) = letters.get(place) {
            place += 1;
            if "hpUdcv".contains(*letter) {
                let attached: String = letters[place..].iter().collect();
                let value = given.clone().or_else(|| Some(attached).filter(|it| !it.is_empty()));
                let missing =
                    || fails(&format!("{program}: option requires an argument -- '{letter}'"), 1);
                let value = value.or_else(|| rest.next().cloned()).ok_or_else(missing)?;
                set(&mut call, *letter, value);
                break;
            }
            if *letter == 't' && program == "pg_isready" {
                rest.next();
                break;
            }
            match letter {
                't' => call.rows_only = true,
                'A' => call.unaligned = true,
                'q' => call.quiet = true,
                'l' => call.lists = true,
                'V' => call.shows_version = true,
                'w' | 'X' | '1' => {}
                _ => return Err(not_simulated(&format!("{program} {word}"))),
            }
        }
    }
    let mut operands = operands.into_iter();
    if let Some(first) = operands.next() {
        match first.split_once("://") {
            Some(("postgres" | "postgresql", rest)) => from_url(&mut call, rest),
            _ => call.database = call.database.or(Some(first)),
        }
    }
    call.user = call.user.or(operands.next());
    Ok(call)
}

fn letter_of(long: &str) -> Option<char> {
    Some(match long {
        "host" => 'h',
        "port" => 'p',
        "username" => 'U',
        "dbname" => 'd',
        "command" => 'c',
        "set" | "variable" => 'v',
        "tuples-only" => 't',
        "no-align" => 'A',
        "quiet" => 'q',
        "list" => 'l',
        "version" => 'V',
        "no-password" => 'w',
        "no-psqlrc" => 'X',
        _ => return None,
    })
}

fn set(call: &mut Call, letter: char, value: String) {
    match letter {
        'h' => call.host = Some(value),
        'p' => call.port = value.parse().ok(),
        'U' => call.user = Some(value),
        'd' => match value.split_once("://") {
            Some(("postgres" | "postgresql", rest)) => from_url(call, rest),
            _ => call.database = Some(value),
        },
        'c' => call.commands.push(value),
        _ => {}
    }
}

/// `user:password@host:port/database?options`.
fn from_url(call: &mut Call, rest: &str) {
    let (place, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (who, place) = place.rsplit_once('@').unwrap_or(("", place));
    let (user, password) = who.split_once(':').unwrap_or((who, ""));
    let (host, port) = place.rsplit_once(':').unwrap_or((place, ""));
    let some = |text: &str| Some(text.to_owned()).filter(|it| !it.is_empty());
    call.host = some(host);
    call.port = port.parse().ok();
    call.user = some(user);
    call.password = some(password);
    call.database = some(database.split('?').next().unwrap_or(database));
}

/// What the environment says where the words do not.
fn complete(inside: &Inside<'_>, call: &mut Call) {
    let variable = |name: &str| inside.env.get(name).cloned().filter(|it| !it.is_empty());
    call.host = call.host.take().or_else(|| variable("PGHOST")).filter(|it| !it.starts_with('/'));
    call.port = call.port.or_else(|| variable("PGPORT")?.parse().ok());
    let user = call.user.take().or_else(|| variable("PGUSER"));
    let user = user.unwrap_or_else(|| inside.handle.user_name());
    call.password = call.password.take().or_else(|| variable("PGPASSWORD"));
    call.database =
        call.database.take().or_else(|| variable("PGDATABASE")).or_else(|| Some(user.clone()));
    call.user = Some(user);
}

/// The server, if it lets the client in.
fn connect(inside: &mut Inside<'_>, call: &Call) -> Result<ProcessId, ExecReply> {
    let port = call.port.unwrap_or(5_432);
    let (server, place, trusted) = match &call.host {
        None => {
            let place = format!("on socket \"{SOCKET}/.s.PGSQL.{port}\"");
            let server = database::local(inside, Runtime::Postgres).ok_or_else(|| {
                let hint = "\n\tIs the server running locally and accepting connections on that socket?";
                fails(&format!("psql: error: connection to server {place} failed: No such file or directory{hint}"), 2)
            })?;
            (server, place, true)
        }
        Some(host) => {
            let address = database::address(inside, host);
            let place = format!("at \"{host}\" ({address}), port {port}");
            let server = database::remote(inside, Runtime::Postgres, host, port);
            (server.map_err(|why| away(host, &place, why))?, place, address.starts_with("127."))
        }
    };
    let fatal =
        |text: &str| fails(&format!("psql: error: connection to server {place} failed: {text}"), 2);
    let own = |name: &str| database::setting(inside, server, name);
    let trusts = trusted || own("POSTGRES_HOST_AUTH_METHOD") == "trust";
    let (user, admin) = (call.user.clone().unwrap_or_default(), own("POSTGRES_USER"));
    let admin = if admin.is_empty() { "postgres".to_owned() } else { admin };
    if !trusts && call.password.is_none() {
        return Err(fatal("fe_sendauth: no password supplied"));
    }
    if !trusts && (user != admin || call.password.as_deref() != Some(&own("POSTGRES_PASSWORD"))) {
        return Err(fatal(&format!("FATAL:  password authentication failed for user \"{user}\"")));
    }
    if user != admin {
        return Err(fatal(&format!("FATAL:  role \"{user}\" does not exist")));
    }
    let wanted = call.database.clone().unwrap_or_default();
    if !databases(inside, server, &admin).contains(&wanted) {
        return Err(fatal(&format!("FATAL:  database \"{wanted}\" does not exist")));
    }
    Ok(server)
}

fn away(host: &str, place: &str, why: Away) -> ExecReply {
    let running = "\n\tIs the server running on that host and accepting TCP/IP connections?";
    let words = match why {
        Away::Connect(ConnectError::NameNotFound) => {
            let text = format!("psql: error: could not translate host name \"{host}\" to address: Name or service not known");
            return fails(&text, 2);
        }
        Away::Connect(ConnectError::NameTimeout) => {
            let text = format!("psql: error: could not translate host name \"{host}\" to address: Temporary failure in name resolution");
            return fails(&text, 2);
        }
        Away::Connect(ConnectError::Refused) => format!("Connection refused{running}"),
        Away::Connect(ConnectError::Timeout) => format!("Connection timed out{running}"),
        Away::Connect(ConnectError::NoRoute) => format!("No route to host{running}"),
        Away::Other => "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.".to_owned(),
    };
    fails(&format!("psql: error: connection to server {place} failed: {words}"), 2)
}

fn databases(inside: &Inside<'_>, server: ProcessId, admin: &str) -> Vec<String> {
    let own = database::setting(inside, server, "POSTGRES_DB");
    let own = if own.is_empty() { admin.to_owned() } else { own };
    let mut names = vec!["postgres".to_owned(), "template0".to_owned(), "template1".to_owned()];
    if !names.contains(&own) {
        names.push(own);
    }
    names.sort();
    names
}

fn answer(inside: &Inside<'_>, server: ProcessId, call: &Call, command: &str) -> ExecReply {
    let command = command.trim().trim_end_matches(';').trim();
    let user = call.user.clone().unwrap_or_default();
    match command {
        "\\l" => list(inside, server, call, &user),
        "\\dt" => {
            ExecReply { stderr: "Did not find any relations.\n".to_owned(), ..ExecReply::default() }
        }
        "\\q" => ExecReply::default(),
        "\\conninfo" => {
            let database = call.database.clone().unwrap_or_default();
            let place = match &call.host {
                None => format!("via socket in \"{SOCKET}\" at port \"5432\""),
                Some(host) => {
                    let address = database::address(inside, host);
                    format!("on host \"{host}\" (address \"{address}\") at port \"5432\"")
                }
            };
            prints(format!(
                "You are connected to database \"{database}\" as user \"{user}\" {place}.\n"
            ))
        }
        _ => select(call, command, &user)
            .unwrap_or_else(|| not_simulated(&format!("SQL: {command}"))),
    }
}

/// `select` of constants and of what is known of the connection.
fn select(call: &Call, command: &str, user: &str) -> Option<ExecReply> {
    let list =
        command.get(..7).filter(|it| it.eq_ignore_ascii_case("select ")).map(|_| &command[7..])?;
    let mut table = Table::default();
    let mut row = Vec::new();
    for item in list.split(',').map(str::trim) {
        let words: Vec<&str> = item.split_whitespace().collect();
        let (value, alias) = match words[..] {
            [value] => (value, None),
            [value, as_word, alias] if as_word.eq_ignore_ascii_case("as") => (value, Some(alias)),
            [value, alias] => (value, Some(alias)),
            _ => return None,
        };
        let database = call.database.clone().unwrap_or_default();
        let (name, text, number) = match value.to_ascii_lowercase().as_str() {
            "current_user" => ("current_user", user.to_owned(), false),
            "session_user" => ("session_user", user.to_owned(), false),
            "current_database()" => ("current_database", database, false),
            "true" => ("bool", "t".to_owned(), false),
            "version()" => {
                let text = "PostgreSQL 16.11 (Debian 16.11-1.pgdg12+1) on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14+deb12u1) 12.2.0, 64-bit";
                ("version", text.to_owned(), false)
            }
            value if value.parse::<i64>().is_ok() => ("?column?", value.to_owned(), true),
            _ => {
                let text = value.strip_prefix('\'').and_then(|it| it.strip_suffix('\''))?;
                ("?column?", text.to_owned(), false)
            }
        };
        table.column(alias.unwrap_or(name), number);
        row.push(text);
    }
    table.rows.push(row);
    Some(prints(shown(call, &table)))
}

fn shown(call: &Call, table: &Table) -> String {
    match (call.unaligned, call.rows_only) {
        (true, rows_only) => table.unaligned(rows_only),
        (false, rows_only) => table.aligned(rows_only),
    }
}

fn list(inside: &Inside<'_>, server: ProcessId, call: &Call, user: &str) -> ExecReply {
    let mut table = Table { title: "List of databases".to_owned(), ..Table::default() };
    let columns = [
        "Name",
        "Owner",
        "Encoding",
        "Locale Provider",
        "Collate",
        "Ctype",
        "ICU Locale",
        "ICU Rules",
        "Access privileges",
    ];
    for name in columns {
        table.column(name, false);
    }
    for name in databases(inside, server, user) {
        let access = if name.starts_with("template") {
            format!("=c/{user}\n{user}=CTc/{user}")
        } else {
            String::new()
        };
        let row = [&name, user, "UTF8", "libc", "en_US.utf8", "en_US.utf8", "", "", &access];
        table.rows.push(row.map(str::to_owned).to_vec());
    }
    prints(shown(call, &table))
}

pub(super) fn pg_isready(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    let mut call = match parse("pg_isready", words) {
        Ok(call) => call,
        Err(reply) => return reply,
    };
    complete(inside, &mut call);
    let port = call.port.unwrap_or(5_432);
    let (place, found) = match &call.host {
        None => (SOCKET.to_owned(), database::local(inside, Runtime::Postgres).is_some()),
        Some(host) => {
            let before = inside.waited_ms;
            let found = database::remote(inside, Runtime::Postgres, host, port).is_ok();
            // It gives up after three seconds.
            inside.waited_ms = inside.waited_ms.min(before + 3_000);
            (host.clone(), found)
        }
    };
    let (words, exit_code) = if found { ("accepting connections", 0) } else { ("no response", 2) };
    let stdout = if call.quiet { String::new() } else { format!("{place}:{port} - {words}\n") };
    ExecReply { stdout, exit_code, ..ExecReply::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(words: &[&str]) -> Call {
        parse("psql", &words.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn options_stand_alone_and_together() {
        let read = call(&["-h", "db", "-Uapp", "--dbname=shop", "-tAc", "select 1", "-p", "5433"]);
        assert_eq!((read.host.as_deref(), read.port), (Some("db"), Some(5_433)));
        assert_eq!((read.user.as_deref(), read.database.as_deref()), (Some("app"), Some("shop")));
        assert!(read.rows_only && read.unaligned);
        assert_eq!(read.commands, ["select 1"]);
        let read = call(&["postgresql://app:pw@db:5433/shop?sslmode=disable"]);
        assert_eq!((read.host.as_deref(), read.password.as_deref()), (Some("db"), Some("pw")));
    }

    #[test]
    fn answers_are_laid_out_as_psqls() {
        let call = Call::default();
        let printed = select(&call, "select 1", "app").unwrap().stdout;
        assert_eq!(printed, " ?column? \n----------\n        1\n(1 row)\n\n");
        let printed = select(&call, "SELECT 1 AS one, 'x' as b", "app").unwrap().stdout;
        assert_eq!(printed, " one | b \n-----+---\n   1 | x\n(1 row)\n\n");
        assert!(select(&call, "select * from orders", "app").is_none());
    }
}
