//! `curl -w`: what is known of a request, as its format asks for it.

use opsdrill_engine::physical::network::{HttpOutcome, HttpRequest};

/// Fills in `-w`; `Err` is a variable that is not modelled.
pub(super) fn written_out(
    format: &str,
    request: &HttpRequest,
    outcome: Option<&HttpOutcome>,
    code: i32,
) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = format;
    while let Some(letter) = rest.chars().next() {
        if let Some((name, after)) = rest.strip_prefix("%{").and_then(|it| it.split_once('}')) {
            text += &variable(name, request, outcome, code).ok_or_else(|| name.to_owned())?;
            rest = after;
            continue;
        }
        let escapes = [("\\n", "\n"), ("\\t", "\t"), ("\\r", "\r"), ("%%", "%")];
        if let Some((typed, meant)) = escapes.iter().find(|it| rest.starts_with(it.0)) {
            text += meant;
            rest = &rest[typed.len()..];
            continue;
        }
        text.push(letter);
        rest = &rest[letter.len_utf8()..];
    }
    Ok(text)
}

fn variable(
    name: &str,
    request: &HttpRequest,
    outcome: Option<&HttpOutcome>,
    code: i32,
) -> Option<String> {
    let milliseconds = outcome.map_or(0, |it| it.latency_ms);
    Some(match name {
        "http_code" | "response_code" => format!("{:03}", outcome.map_or(0, |it| it.status)),
        "remote_ip" => outcome.map(|it| it.address.clone()).unwrap_or_default(),
        "size_download" => outcome.map_or(0, |it| it.body.len()).to_string(),
        "time_total" if outcome.is_some() => {
            format!("{}.{:03}000", milliseconds / 1_000, milliseconds % 1_000)
        }
        "redirect_url" => {
            let headers = outcome.into_iter().flat_map(|it| &it.headers);
            let mut location = headers.filter(|it| it.0.eq_ignore_ascii_case("location"));
            location.next().map(|it| it.1.clone()).unwrap_or_default()
        }
        "url" | "url_effective" => request.url.clone(),
        "method" => request.method.clone(),
        "exitcode" => code.to_string(),
        _ => return None,
    })
}
