//! `wget`: busybox' applet; of GNU's only the quiet form.

use opsdrill_engine::physical::network::{ConnectError, HttpError, HttpOutcome, HttpRequest, dns};
use opsdrill_shell::door::ExecReply;

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
        Ok(outcome) => {
            if let Some(path) = file_of(&call).filter(|_| outcome.status < 400) {
                inside.written.push((path, outcome.body.clone()));
            }
            answered(&call, outcome)
        }
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
            fails(&complaint(error, &address), 1)
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

fn answered(call: &Call, outcome: &HttpOutcome) -> ExecReply {
    let mut stderr = String::new();
    let (authority, _, port, _) = parts(&call.request.url);
    if !call.quiet {
        stderr += &format!("Connecting to {authority} ({}:{port})\n", outcome.address);
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
    let stdout = match call.output.as_deref() {
        Some("-") => String::from_utf8_lossy(&outcome.body).into_owned(),
        _ => String::new(),
    };
    if !call.quiet {
        let (doing, done) = match call.output.as_deref() {
            Some("-") => ("writing to stdout".to_owned(), "written to stdout".to_owned()),
            path => {
                let path = path.map_or_else(|| name_of(&call.request.url), str::to_owned);
                (format!("saving to '{path}'"), format!("'{path}' saved"))
            }
        };
        let shown = match call.output.as_deref() {
            Some("-" | "/dev/null") => "-".to_owned(),
            Some(path) => path.rsplit('/').next().unwrap_or(path).to_owned(),
            None => name_of(&call.request.url),
        };
        let shown: String = shown.chars().take(20).collect();
        let bar =
            format!("{shown:<20} 100% |{}| {:>5}  0:00:00 ETA", "*".repeat(32), outcome.body.len());
        stderr += &format!("{doing}\n{bar}\n{done}\n");
    }
    ExecReply { stdout, stderr, exit_code: 0 }
}

/// The file that an answer is written to, if it is one.
fn file_of(call: &Call) -> Option<String> {
    match call.output.as_deref() {
        _ if call.looks_only => None,
        Some("-" | "/dev/null") => None,
        Some(path) => Some(path.to_owned()),
        None => Some(name_of(&call.request.url)),
    }
}

/// The name under which a URL is saved.
fn name_of(url: &str) -> String {
    let path = parts(url).3.split('?').next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    if name.is_empty() { "index.html".to_owned() } else { name.to_owned() }
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
    fn errors_are_busyboxs() {
        let call = call("-qO- web").unwrap();
        let outcome = HttpOutcome { status: 404, ..HttpOutcome::default() };
        let text = "wget: server returned error: HTTP/1.1 404 Not Found\n";
        assert_eq!(answered(&call, &outcome).stderr, text);
        let connect =
            |error| HttpError::Connect { host: "web".into(), port: 80, error, after_ms: 1 };
        let refused = "wget: can't connect to remote host (10.96.0.1): Connection refused";
        assert_eq!(complaint(&connect(ConnectError::Refused), "10.96.0.1:80"), refused);
        let unknown = "wget: bad address 'web'";
        assert_eq!(complaint(&connect(ConnectError::NameNotFound), ""), unknown);
    }
}
