//! `wget`: busybox' applet; of GNU's only the quiet form.

use opsdrill_engine::physical::network::{ConnectError, HttpError, HttpOutcome, HttpRequest, dns};
use opsdrill_shell::door::ExecReply;
use opsdrill_shell::{FileError, Workspace};

use super::curl::{parts, reason};
use super::{Inside, fails, not_simulated};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Call {
    quiet: bool,
    headers_shown: bool,
    /// `--spider`.
    looks_only: bool,
    /// `-O`.
    output: Option<String>,
    request: HttpRequest,
}

pub(super) fn run(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    let mut call = match parse(words) {
        Ok(call) => call,
        Err(reply) => return reply,
    };
    // Busybox takes every certificate.
    call.request.insecure |= inside.is_busybox();
    let result = inside.handle.http(inside.cluster.world(), &call.request);
    inside.waited_ms += match &result {
        Ok(outcome) => outcome.latency_ms,
        Err(HttpError::Connect { after_ms, .. } | HttpError::Timeout { after_ms, .. }) => *after_ms,
        Err(_) => 0,
    };
    if !inside.is_busybox() {
        return gnu(&call, &result);
    }
    match &result {
        Ok(outcome) => saved(inside, &call, outcome),
        Err(error) => {
            let address = match error {
                HttpError::Connect { host, port, .. } => {
                    let origin = inside.handle.origin();
                    let found = dns::resolve(inside.cluster.world(), &origin, host);
                    let first = found.ok().and_then(|it| it.addresses.into_iter().next());
                    format!("{}:{port}", first.unwrap_or_else(|| host.clone()))
                }
                _ => String::new(),
            };
            let mut said = fails(&complaint(error, &address), 1);
            let connects = matches!(
                error,
                HttpError::Connect {
                    error: ConnectError::Refused | ConnectError::Timeout | ConnectError::NoRoute,
                    ..
                }
            );
            if connects && !call.quiet {
                said.stderr.insert_str(0, &connecting(&call, &address));
            }
            said
        }
    }
}

fn parse(words: &[String]) -> Result<Call, ExecReply> {
    let mut call = Call::default();
    "GET".clone_into(&mut call.request.method);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let Some(flags) = word.strip_prefix('-').filter(|it| !it.is_empty()) else {
            if !call.request.url.is_empty() {
                return Err(not_simulated("wget of several URLs"));
            }
            call.request.url.clone_from(word);
            continue;
        };
        if let Some(long) = flags.strip_prefix('-') {
            match long.split_once('=').unwrap_or((long, "")) {
                ("quiet", "") => call.quiet = true,
                ("server-response", "") => call.headers_shown = true,
                ("no-check-certificate", "") => call.request.insecure = true,
                ("spider", "") => call.looks_only = true,
                ("timeout", value) => call.request.timeout_ms = Some(seconds(value)?),
                ("header", value) if !value.is_empty() => header(&mut call, value)?,
                ("post-data", value) => {
                    "POST".clone_into(&mut call.request.method);
                    call.request.body = value.as_bytes().to_vec();
                }
                _ => return Err(not_simulated(&format!("wget {word}"))),
            }
            continue;
        }
        let mut letters = flags.chars();
        while let Some(letter) = letters.next() {
            match letter {
                'q' => call.quiet = true,
                'S' => call.headers_shown = true,
                'O' | 'T' => {
                    let attached = letters.as_str().to_owned();
                    let value =
                        if attached.is_empty() { rest.next().cloned() } else { Some(attached) };
                    let Some(value) = value else {
                        let text = format!("wget: option requires an argument -- '{letter}'");
                        return Err(fails(&text, 1));
                    };
                    if letter == 'O' {
                        call.output = Some(value);
                    } else {
                        call.request.timeout_ms = Some(seconds(&value)?);
                    }
                    break;
                }
                _ => return Err(not_simulated(&format!("wget {word}"))),
            }
        }
    }
    if call.request.url.is_empty() {
        return Err(not_simulated("wget without a URL"));
    }
    Ok(call)
}

fn seconds(text: &str) -> Result<u64, ExecReply> {
    let number = text.parse::<u32>();
    number
        .map(|it| u64::from(it) * 1_000)
        .map_err(|_| fails(&format!("wget: invalid number '{text}'"), 1))
}

fn header(call: &mut Call, text: &str) -> Result<(), ExecReply> {
    let (name, value) =
        text.split_once(':').ok_or_else(|| not_simulated(&format!("wget --header={text}")))?;
    call.request.headers.push((name.to_owned(), value.trim().to_owned()));
    Ok(())
}

/// Keeps what was answered where the call wants it.
fn saved(inside: &mut Inside<'_>, call: &Call, outcome: &HttpOutcome) -> ExecReply {
    let name = file_name(call);
    let mut reply = answered(call, outcome, &name);
    if outcome.status >= 400 || call.looks_only || matches!(&*name, "-" | "/dev/null") {
        return reply;
    }
    // A name that nobody chose overwrites nothing.
    let is_there = inside.files.exists(&Workspace::resolve(inside.cwd, &name));
    let refused = match (call.output.is_none() && is_there).then_some(FileError::Exists) {
        Some(why) => Some(why),
        None => inside.write_file(&name, &outcome.body).err(),
    };
    if let Some(why) = refused {
        let saving = reply.stderr.find("saving to").unwrap_or(reply.stderr.len());
        reply.stderr.truncate(saving);
        reply.stderr += &format!("wget: can't open '{name}': {why}\n");
        reply.exit_code = 1;
    }
    reply
}

/// Where the body goes: as `-O` says, or to a file that is named like the end of the URL.
fn file_name(call: &Call) -> String {
    call.output.clone().unwrap_or_else(|| {
        let (_, _, _, path) = parts(&call.request.url);
        let path = path.split(['?', '#']).next().unwrap_or_default();
        match path.rsplit('/').next() {
            None | Some("") => "index.html".to_owned(),
            Some(name) => name.to_owned(),
        }
    })
}

fn answered(call: &Call, outcome: &HttpOutcome, name: &str) -> ExecReply {
    let mut stderr = String::new();
    if !call.quiet {
        let (_, _, port, _) = parts(&call.request.url);
        stderr += &connecting(call, &format!("{}:{port}", outcome.address));
    }
    let first = format!("HTTP/1.1 {} {}", outcome.status, reason(outcome.status));
    if call.headers_shown {
        stderr += &format!("  {first}\n");
        for (name, value) in &outcome.headers {
            stderr += &format!("  {name}: {value}\n");
        }
        stderr.push_str("  \n");
    }
    if outcome.status >= 400 {
        stderr += &format!("wget: server returned error: {first}\n");
        return ExecReply { stderr, exit_code: 1, ..ExecReply::default() };
    }
    if call.looks_only {
        let found = if call.quiet { "" } else { "remote file exists\n" };
        return ExecReply { stderr: stderr + found, ..ExecReply::default() };
    }
    let stdout = match name {
        "-" => String::from_utf8_lossy(&outcome.body).into_owned(),
        _ => String::new(),
    };
    if !call.quiet {
        let (doing, done) = match name {
            "-" => ("writing to stdout".to_owned(), "written to stdout".to_owned()),
            _ => (format!("saving to '{name}'"), format!("'{name}' saved")),
        };
        let shown: String = name.rsplit('/').next().unwrap_or(name).chars().take(20).collect();
        let (stars, bytes) = ("*".repeat(32), outcome.body.len());
        let bar = format!("{shown:<20} 100% |{stars}| {bytes:>5}  0:00:00 ETA");
        stderr += &format!("{doing}\n{bar}\n{done}\n");
    }
    ExecReply { stdout, stderr, exit_code: 0 }
}

/// What busybox says before it tries; `address` with its port.
fn connecting(call: &Call, address: &str) -> String {
    format!("Connecting to {} ({address})\n", parts(&call.request.url).0)
}

/// Busybox' words; `address` is what it tried to connect to.
fn complaint(error: &HttpError, address: &str) -> String {
    let remote = |why: &str| {
        format!(
            "wget: can't connect to remote host ({}): {why}",
            address.rsplit_once(':').map_or(address, |it| it.0)
        )
    };
    match error {
        HttpError::Connect { host, error, .. } => match error {
            ConnectError::NameNotFound | ConnectError::NameTimeout => {
                format!("wget: bad address '{host}'")
            }
            ConnectError::Refused => remote("Connection refused"),
            ConnectError::Timeout => remote("Operation timed out"),
            ConnectError::NoRoute => remote("Host is unreachable"),
        },
        HttpError::Timeout { .. } => "wget: download timed out".to_owned(),
        HttpError::EmptyReply => "wget: error getting response".to_owned(),
        HttpError::NotTls | HttpError::Certificate(_) => "wget: TLS error from peer".to_owned(),
        HttpError::BadUrl => "wget: bad address ''".to_owned(),
        HttpError::Scheme(scheme) => format!("wget: not an http or ftp url: {scheme}://"),
    }
}

/// GNU's wget, of which the quiet form has nothing but a body and an exit status.
fn gnu(call: &Call, result: &Result<HttpOutcome, HttpError>) -> ExecReply {
    if !call.quiet
        || call.headers_shown
        || !matches!(call.output.as_deref(), Some("-" | "/dev/null"))
    {
        return not_simulated("GNU wget other than wget -qO-");
    }
    match result {
        Ok(outcome) if outcome.status >= 400 => ExecReply { exit_code: 8, ..ExecReply::default() },
        Ok(_) if call.output.as_deref() == Some("/dev/null") => ExecReply::default(),
        Ok(outcome) => super::prints(String::from_utf8_lossy(&outcome.body)),
        Err(HttpError::NotTls | HttpError::Certificate(_)) => {
            ExecReply { exit_code: 5, ..ExecReply::default() }
        }
        Err(HttpError::BadUrl | HttpError::Scheme(_)) => {
            ExecReply { exit_code: 1, ..ExecReply::default() }
        }
        Err(_) => ExecReply { exit_code: 4, ..ExecReply::default() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(text: &str) -> Result<Call, ExecReply> {
        parse(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn letters_stand_together() {
        for text in ["-qO- -T 3 http://web/", "-q -T3 -O - http://web/"] {
            let call = call(text).unwrap();
            assert!(call.quiet, "{text}");
            assert_eq!(call.output.as_deref(), Some("-"), "{text}");
            assert_eq!(call.request.timeout_ms, Some(3_000), "{text}");
        }
        assert_eq!(call("-r http://web/").unwrap_err().exit_code, 126);
    }

    #[test]
    fn a_file_is_named_like_the_end_of_the_url() {
        for (text, name) in [
            ("web", "index.html"),
            ("web:8080/", "index.html"),
            ("http://web/a/b.html?x=1", "b.html"),
            ("-O - http://web/a", "-"),
            ("-O out http://web/a", "out"),
        ] {
            assert_eq!(file_name(&call(text).unwrap()), name, "{text}");
        }
        let outcome = HttpOutcome { status: 200, body: vec![b'x'; 9], ..HttpOutcome::default() };
        let said = answered(&call("http://web/a/b.html").unwrap(), &outcome, "b.html");
        let bar = "b.html               100% |********************************|     9  0:00:00 ETA";
        assert!(said.stderr.ends_with(&format!("saving to 'b.html'\n{bar}\n'b.html' saved\n")));
        assert_eq!(said.stdout, "");
    }

    #[test]
    fn errors_are_busyboxs() {
        let call = call("-qO- web").unwrap();
        let outcome = HttpOutcome { status: 404, ..HttpOutcome::default() };
        let text = "wget: server returned error: HTTP/1.1 404 Not Found\n";
        assert_eq!(answered(&call, &outcome, "-").stderr, text);
        let connect =
            |error| HttpError::Connect { host: "web".into(), port: 80, error, after_ms: 1 };
        let refused = "wget: can't connect to remote host (10.96.0.1): Connection refused";
        assert_eq!(complaint(&connect(ConnectError::Refused), "10.96.0.1:80"), refused);
        let unknown = "wget: bad address 'web'";
        assert_eq!(complaint(&connect(ConnectError::NameNotFound), ""), unknown);
    }
}
