//! `curl` (7.81), in containers and at the prompt: one request to each URL, its answer, its errors.
//!
//! Not modelled: the progress meter, and HTTP/2.

use std::fmt::Write as _;

use opsdrill_engine::physical::network::{ConnectError, HttpError, HttpOutcome, HttpRequest};
use opsdrill_helm::release::packed;
use opsdrill_objects::address::Address;
use opsdrill_shell::door::ExecReply;

use super::write_out::written_out;
use super::{Inside, api, fails, not_simulated};

/// The most redirects that `-L` follows.
const REDIRECTS_MAX: usize = 50;
/// The most URLs of one call.
const URLS_MAX: usize = 20;
const TRY_HELP: &str = "curl: try 'curl --help' or 'curl --manual' for more information";

/// What the arguments ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
struct Call {
    urls: Vec<String>,
    /// `-s`.
    silent: bool,
    /// `-S`.
    show_error: bool,
    /// `-f`.
    fail: bool,
    /// `-i`, or `-I`.
    head_shown: bool,
    /// `-v`.
    verbose: bool,
    /// `-L`.
    follow: bool,
    /// `-o`.
    output: Option<String>,
    /// `-w`.
    write_out: String,
    /// Method, headers, body and patience; the URL is filled in later.
    request: HttpRequest,
}

/// What a call leaves behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Done {
    /// What is printed, and the exit status.
    pub(crate) reply: ExecReply,
    /// Simulated milliseconds that it took.
    pub(crate) waited_ms: u64,
}

pub(super) fn in_container(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    let done = run(words, |request| {
        let own = api::answer(inside, request);
        own.unwrap_or_else(|| inside.handle.http(inside.cluster.world(), request))
    });
    inside.waited_ms += done.waited_ms;
    done.reply
}

/// Runs one call; `send` is the network as the caller meets it.
pub(crate) fn run(
    words: &[String],
    mut send: impl FnMut(&HttpRequest) -> Result<HttpOutcome, HttpError>,
) -> Done {
    let call = match parse(words) {
        Ok(call) => call,
        Err(reply) => return Done { reply, waited_ms: 0 },
    };
    let mut done = Done::default();
    for url in call.urls.iter().take(URLS_MAX) {
        let mut request = HttpRequest { url: url.clone(), ..call.request.clone() };
        let mut signed = sign(&mut request);
        let mut result = send(&request);
        done.waited_ms += duration_ms(&result);
        let mut redirects = 0;
        while let Some(next) = redirect(&call, &request, &result) {
            if redirects == REDIRECTS_MAX {
                done.reply =
                    fails(&format!("curl: (47) Maximum ({REDIRECTS_MAX}) redirects followed"), 47);
                return done;
            }
            redirects += 1;
            if call.verbose {
                done.reply.stderr += &conversation(&request, &result);
            }
            if let Ok(outcome) = result.as_ref()
                && call.head_shown
            {
                done.reply.stdout += &head(outcome, "");
            }
            let stays = Address::of(&next).origin() == Address::of(&request.url).origin();
            // Who is named in an address is meant for that host only.
            if signed && !stays {
                request.headers.pop();
                signed = false;
            }
            request.url = next;
            result = send(&request);
            done.waited_ms += duration_ms(&result);
        }
        show(&call, &request, &result, &mut done.reply);
    }
    done
}

/// Adds what an address says of who asks; whether it says anything.
fn sign(request: &mut HttpRequest) -> bool {
    let given = request.headers.iter().any(|it| it.0.eq_ignore_ascii_case("authorization"));
    let Some((name, password)) = Address::of(&request.url).credentials().filter(|_| !given) else {
        return false;
    };
    let both = packed::base64(format!("{name}:{password}").as_bytes());
    request.headers.push(("Authorization".to_owned(), format!("Basic {both}")));
    true
}

fn duration_ms(result: &Result<HttpOutcome, HttpError>) -> u64 {
    match result {
        Ok(outcome) => outcome.latency_ms,
        Err(HttpError::Connect { after_ms, .. } | HttpError::Timeout { after_ms, .. }) => *after_ms,
        Err(_) => 0,
    }
}

/// Where an answer sends a client that follows.
fn redirect(
    call: &Call,
    request: &HttpRequest,
    result: &Result<HttpOutcome, HttpError>,
) -> Option<String> {
    let outcome = result.as_ref().ok().filter(|_| call.follow)?;
    let found = outcome.headers.iter().find(|it| it.0.eq_ignore_ascii_case("location"));
    let (_, location) = found.filter(|_| (300..400).contains(&outcome.status))?;
    if location.contains("://") {
        return Some(location.clone());
    }
    Some(format!("{}{location}", Address::of(&request.url).origin()))
}

fn parse(words: &[String]) -> Result<Call, ExecReply> {
    let mut call = Call::default();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if let Some(long) = word.strip_prefix("--") {
            let short = LONG.iter().find(|it| it.0 == long).map(|it| it.1);
            let short = short.ok_or_else(|| not_simulated(&format!("curl {word}")))?;
            let value = if takes_value(short) { Some(value_of(word, rest.next())?) } else { None };
            apply(&mut call, short, value, word)?;
            continue;
        }
        let Some(letters) = word.strip_prefix('-').filter(|it| !it.is_empty()) else {
            call.urls.push(word.clone());
            continue;
        };
        let mut letters = letters.chars();
        while let Some(letter) = letters.next() {
            if !takes_value(letter) {
                apply(&mut call, letter, None, word)?;
                continue;
            }
            let attached = letters.as_str().to_owned();
            let next = if attached.is_empty() { rest.next() } else { Some(&attached) };
            let value = value_of(&format!("-{letter}"), next)?;
            apply(&mut call, letter, Some(value), word)?;
            break;
        }
    }
    if call.urls.is_empty() {
        return Err(fails(&format!("curl: no URL specified!\n{TRY_HELP}"), 2));
    }
    if call.request.method.is_empty() {
        "GET".clone_into(&mut call.request.method);
    }
    Ok(call)
}

/// The long options that are modelled; `C` stands for `--connect-timeout`, `E` for `--cacert` and `R` for `--resolve`, which
/// have no letters of their own (what they are short for is not modelled).
const LONG: &[(&str, char)] = &[
    ("cacert", 'E'),
    ("connect-timeout", 'C'),
    ("data", 'd'),
    ("data-raw", 'd'),
    ("fail", 'f'),
    ("head", 'I'),
    ("header", 'H'),
    ("include", 'i'),
    ("insecure", 'k'),
    ("location", 'L'),
    ("max-time", 'm'),
    ("output", 'o'),
    ("request", 'X'),
    ("resolve", 'R'),
    ("show-error", 'S'),
    ("silent", 's'),
    ("user-agent", 'A'),
    ("verbose", 'v'),
    ("write-out", 'w'),
];

fn takes_value(letter: char) -> bool {
    matches!(letter, 'C' | 'E' | 'R' | 'd' | 'H' | 'm' | 'o' | 'X' | 'A' | 'w')
}

fn value_of(option: &str, value: Option<&String>) -> Result<String, ExecReply> {
    let missing = || fails(&format!("curl: option {option}: requires parameter\n{TRY_HELP}"), 2);
    value.cloned().ok_or_else(missing)
}

fn apply(
    call: &mut Call,
    letter: char,
    value: Option<String>,
    word: &str,
) -> Result<(), ExecReply> {
    let value = value.unwrap_or_default();
    match letter {
        's' => call.silent = true,
        'S' => call.show_error = true,
        'f' => call.fail = true,
        'i' => call.head_shown = true,
        'v' => call.verbose = true,
        'L' => call.follow = true,
        'k' => call.request.insecure = true,
        // The authority of the cluster is what its servers' certificates were signed by.
        'E' if word == "--cacert" => call.request.insecure = true,
        'R' => call.request.resolved.push(resolved(&value)?),
        'I' => {
            call.head_shown = true;
            "HEAD".clone_into(&mut call.request.method);
        }
        'o' if matches!(value.as_str(), "-" | "/dev/null") => call.output = Some(value),
        'o' => return Err(not_simulated("curl -o to a file other than /dev/null")),
        'w' => call.write_out = value,
        'X' => call.request.method = value,
        'A' => call.request.headers.push(("User-Agent".to_owned(), value)),
        'm' => call.request.timeout_ms = Some(milliseconds(&value, word)?),
        'C' => call.request.connect_timeout_ms = Some(milliseconds(&value, word)?),
        'd' if value.starts_with('@') => return Err(not_simulated("curl -d @file")),
        'd' => {
            if call.request.method.is_empty() {
                "POST".clone_into(&mut call.request.method);
            }
            if !call.request.body.is_empty() {
                call.request.body.push(b'&');
            }
            call.request.body.extend(value.bytes());
        }
        'H' => {
            let (name, value) =
                value.split_once(':').ok_or_else(|| not_simulated(&format!("curl -H {value}")))?;
            call.request.headers.push((name.to_owned(), value.trim().to_owned()));
        }
        'A'..='Z' | 'a'..='z' => return Err(not_simulated(&format!("curl -{letter}"))),
        _ => {
            return Err(fails(&format!("curl: option {word}: is unknown\n{TRY_HELP}"), 2));
        }
    }
    Ok(())
}

/// `HOST:PORT:ADDRESS`; of several addresses the first.
fn resolved(text: &str) -> Result<(String, u16, String), ExecReply> {
    let read = || {
        let (host, rest) = text.trim_start_matches('+').split_once(':')?;
        let (port, addresses) = rest.split_once(':')?;
        let address = addresses.split(',').next().filter(|it| !it.is_empty())?;
        let address = address.trim_start_matches('[').trim_end_matches(']');
        Some((host.to_owned(), port.parse().ok()?, address.to_owned()))
    };
    let wrong = || fails(&format!("curl: (49) Couldn't parse CURLOPT_RESOLVE entry '{text}'"), 49);
    read().ok_or_else(wrong)
}

/// Seconds, with at most three decimals.
fn milliseconds(text: &str, word: &str) -> Result<u64, ExecReply> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let read = || {
        let digits = part.get(..3).unwrap_or(part);
        let sound = part.bytes().all(|it| it.is_ascii_digit());
        let thousandths = format!("{digits:0<3}").parse::<u64>().ok().filter(|_| sound)?;
        Some(u64::from(whole.parse::<u32>().ok()?) * 1_000 + thousandths)
    };
    let complaint = || {
        fails(&format!("curl: option {word}: expected a proper numerical parameter\n{TRY_HELP}"), 2)
    };
    let time = read().ok_or_else(complaint)?;
    // Zero is no limit.
    Ok(if time == 0 { u64::MAX } else { time })
}

fn show(
    call: &Call,
    request: &HttpRequest,
    result: &Result<HttpOutcome, HttpError>,
    reply: &mut ExecReply,
) {
    if call.verbose {
        reply.stderr += &conversation(request, result);
    }
    let (code, complaint) = match result {
        Ok(outcome) if call.fail && outcome.status >= 400 => {
            let text = format!("The requested URL returned error: {}", outcome.status);
            (22, Some(text))
        }
        Ok(outcome) => {
            let mut text = String::new();
            if call.head_shown {
                text += &head(outcome, "");
            }
            text += &String::from_utf8_lossy(&outcome.body);
            if call.output.as_deref() != Some("/dev/null") {
                reply.stdout += &text;
            }
            (0, None)
        }
        Err(error) => {
            let (code, text) = problem(error);
            (code, Some(text))
        }
    };
    if let Some(text) = complaint.filter(|_| !call.silent || call.show_error) {
        let _ = writeln!(reply.stderr, "curl: ({code}) {text}");
    }
    reply.exit_code = code;
    match written_out(&call.write_out, request, result.as_ref().ok(), code) {
        Ok(text) => reply.stdout += &text,
        Err(name) => {
            let _ = writeln!(reply.stderr, "opsdrill: not simulated: curl -w %{{{name}}}");
            reply.exit_code = super::NOT_SIMULATED;
        }
    }
}

/// What follows a complaint about a certificate.
const CERTIFICATES: &str = "\nMore details here: https://curl.se/docs/sslcerts.html\n\n\
    curl failed to verify the legitimacy of the server and therefore could not\n\
    establish a secure connection to it. To learn more about this situation and\n\
    how to fix it, please visit the web page mentioned above.";

/// The exit status and words of an error.
fn problem(error: &HttpError) -> (i32, String) {
    match error {
        HttpError::BadUrl => (3, "URL using bad/illegal format or missing URL".to_owned()),
        HttpError::Scheme(name) => {
            (1, format!("Protocol \"{name}\" not supported or disabled in libcurl"))
        }
        HttpError::Connect { host, port, error, after_ms } => {
            let failed = |why: &str| {
                format!("Failed to connect to {host} port {port} after {after_ms} ms: {why}")
            };
            match error {
                ConnectError::NameNotFound | ConnectError::NameTimeout => {
                    (6, format!("Could not resolve host: {host}"))
                }
                ConnectError::Refused => (7, failed("Connection refused")),
                ConnectError::NoRoute => (7, failed("No route to host")),
                ConnectError::Timeout => (28, failed("Connection timed out")),
            }
        }
        HttpError::Timeout { after_ms, connected: false } => {
            (28, format!("Connection timed out after {after_ms} milliseconds"))
        }
        HttpError::Timeout { after_ms, connected: true } => {
            let text = format!("Operation timed out after {after_ms} milliseconds");
            (28, format!("{text} with 0 bytes received"))
        }
        HttpError::Certificate(why) => (60, why.clone() + CERTIFICATES),
        HttpError::EmptyReply => (52, "Empty reply from server".to_owned()),
        HttpError::NotTls => (35, "error:0A00010B:SSL routines::wrong version number".to_owned()),
    }
}

/// Status line and headers, each line after a mark.
fn head(outcome: &HttpOutcome, mark: &str) -> String {
    let status = outcome.status;
    let mut text = format!("{mark}HTTP/1.1 {status} {}\r\n", reason(status));
    for (name, value) in &outcome.headers {
        let _ = write!(text, "{mark}{name}: {value}\r\n");
    }
    text + mark + "\r\n"
}

/// Authority as typed, host, port and path of a URL.
pub(super) fn parts(url: &str) -> (&str, &str, u16, &str) {
    let address = Address::of(url);
    let (host, port) = (address.host_and_port().0, address.port().unwrap_or_default());
    let path = if address.rest.is_empty() { "/" } else { address.rest };
    (address.authority, host, port, path)
}

/// What `-v` tells.
fn conversation(request: &HttpRequest, result: &Result<HttpOutcome, HttpError>) -> String {
    let (authority, host, port, path) = parts(&request.url);
    let outcome = match result {
        Ok(outcome) => outcome,
        Err(error) => return format!("* {}\n* Closing connection 0\n", problem(error).1),
    };
    let address = &outcome.address;
    let mut text = format!("*   Trying {address}:{port}...\n");
    let _ = writeln!(text, "* Connected to {host} ({address}) port {port} (#0)");
    let given = |name: &str| request.headers.iter().any(|it| it.0.eq_ignore_ascii_case(name));
    let _ = write!(text, "> {} {path} HTTP/1.1\r\n", request.method);
    if !given("Host") {
        let _ = write!(text, "> Host: {authority}\r\n");
    }
    for (name, value) in [("User-Agent", "curl/7.81.0"), ("Accept", "*/*")] {
        if !given(name) {
            let _ = write!(text, "> {name}: {value}\r\n");
        }
    }
    for (name, value) in &request.headers {
        let _ = write!(text, "> {name}: {value}\r\n");
    }
    if !request.body.is_empty() {
        let _ = write!(text, "> Content-Length: {}\r\n", request.body.len());
        if !given("Content-Type") {
            text += "> Content-Type: application/x-www-form-urlencoded\r\n";
        }
    }
    text += "> \r\n* Mark bundle as not supporting multiuse\n";
    text += &head(outcome, "< ");
    let _ = writeln!(text, "* Connection #0 to host {host} left intact");
    text
}

/// The words of a status line (RFC 9110).
pub(super) fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curl(text: &str, result: &Result<HttpOutcome, HttpError>) -> ExecReply {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        run(&words, |_| result.clone()).reply
    }

    #[expect(clippy::unnecessary_wraps, reason = "the shape of what a request answers")]
    fn answer(status: u16) -> Result<HttpOutcome, HttpError> {
        let headers = vec![("Content-Length".to_owned(), "3".to_owned())];
        let address = "10.96.0.7".to_owned();
        Ok(HttpOutcome { status, headers, body: b"ok\n".to_vec(), latency_ms: 1_004, address })
    }

    #[test]
    fn answers_are_printed_as_asked() {
        assert_eq!(curl("-s http://web/", &answer(200)).stdout, "ok\n");
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
        assert_eq!(curl("-si web", &answer(200)).stdout, text);
        let code = curl("-so /dev/null -w %{http_code}\\n web", &answer(503));
        assert_eq!((code.stdout.as_str(), code.exit_code), ("503\n", 0));
        assert_eq!(curl("-so/dev/null -w %{time_total} web", &answer(200)).stdout, "1.004000");
        let verbose = curl("-v http://web:8080/a", &answer(200)).stderr;
        assert!(verbose.contains("* Connected to web (10.96.0.7) port 8080 (#0)\n"), "{verbose}");
        assert!(verbose.contains("> GET /a HTTP/1.1\r\n> Host: web:8080\r\n"), "{verbose}");
    }

    #[test]
    fn failures_have_curls_words_and_numbers() {
        let failed = curl("-sSf web", &answer(404));
        assert_eq!(failed.stderr, "curl: (22) The requested URL returned error: 404\n");
        assert_eq!((failed.exit_code, failed.stdout.as_str()), (22, ""));
        let connect =
            |error| Err(HttpError::Connect { host: "web".into(), port: 80, error, after_ms: 1 });
        let refused = curl("web", &connect(ConnectError::Refused));
        let text = "curl: (7) Failed to connect to web port 80 after 1 ms: Connection refused\n";
        assert_eq!((refused.stderr.as_str(), refused.exit_code), (text, 7));
        let unknown = curl("web", &connect(ConnectError::NameNotFound));
        assert_eq!(unknown.stderr, "curl: (6) Could not resolve host: web\n");
        assert_eq!(curl("-s web", &connect(ConnectError::Refused)).stderr, "");
    }

    #[test]
    fn redirects_are_followed_where_that_is_asked_for() {
        let moved = |request: &HttpRequest| {
            let mut outcome = answer(200)?;
            if request.url.starts_with("http:") {
                outcome.status = 308;
                outcome.headers = vec![("Location".to_owned(), "https://web/a".to_owned())];
            } else if request.url == "https://web/a" {
                outcome.status = 302;
                outcome.headers = vec![("Location".to_owned(), "/b".to_owned())];
            }
            Ok(outcome)
        };
        let text = |words: &str| {
            let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
            run(&words, moved).reply.stdout
        };
        assert_eq!(text("-so /dev/null -w %{http_code} http://web"), "308");
        assert_eq!(
            text("-sLo /dev/null -w %{http_code}_%{url_effective} http://web"),
            "200_https://web/b"
        );
        let shown = text("-siL http://web");
        let heads: Vec<&str> = shown.lines().filter(|it| it.starts_with("HTTP/")).collect();
        assert_eq!(
            heads,
            ["HTTP/1.1 308 Permanent Redirect", "HTTP/1.1 302 Found", "HTTP/1.1 200 OK"]
        );
    }

    #[test]
    fn hosts_are_resolved_by_hand_and_certificates_are_looked_at() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let call = parse(&words("-k --resolve shop.example.com:443:192.0.2.1 web")).unwrap();
        let resolved = ("shop.example.com".to_owned(), 443, "192.0.2.1".to_owned());
        assert_eq!((call.request.insecure, &call.request.resolved[..]), (true, &[resolved][..]));
        assert_eq!(parse(&words("--resolve shop web")).unwrap_err().exit_code, 49);
        let why = "SSL certificate problem: self-signed certificate".to_owned();
        let refused = curl("-s -S https://web", &Err(HttpError::Certificate(why)));
        assert!(refused.stderr.starts_with(
            "curl: (60) SSL certificate problem: self-signed certificate\nMore details here: "
        ));
        assert_eq!(refused.exit_code, 60);
    }

    #[test]
    fn arguments_are_read_with_their_values() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let call = parse(&words("-sm2.5 --connect-timeout 1 -H X-A:b -d x=1 -dy=2 web")).unwrap();
        assert_eq!(call.request.timeout_ms, Some(2_500));
        assert_eq!(call.request.connect_timeout_ms, Some(1_000));
        assert_eq!(call.request.headers, [("X-A".to_owned(), "b".to_owned())]);
        assert_eq!(
            (call.request.method.as_str(), &call.request.body[..]),
            ("POST", &b"x=1&y=2"[..])
        );
        assert_eq!(parse(&words("--http2 web")).unwrap_err().exit_code, 126);
        assert_eq!(parse(&words("-m")).unwrap_err().exit_code, 2);
        assert_eq!(parse(&[]).unwrap_err().exit_code, 2);
    }
}
