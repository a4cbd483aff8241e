//! An answer before it is sent: code, headers, body.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::Response;
use hyper::header::{HeaderName, HeaderValue};
use opsdrill_objects::{Status, yaml};
use serde_json::Value;

use crate::body::Body;
use crate::media::{Accepted, Encoding, Shape};

/// From which size on an answer is compressed for clients that can read that (`defaultGzipThresholdBytes`).
const GZIP_BYTES_MIN: usize = 128 * 1024;

/// The most bytes of all warnings of one answer (`WithWarningRecorder`).
const WARNINGS_BYTES_MAX: usize = 4 * 1024;

/// The media type of JSON.
pub(crate) const JSON: &str = "application/json";

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// HTTP status code.
    pub(crate) code: u16,
    /// `Content-Type`.
    pub(crate) content_type: String,
    /// The body.
    pub(crate) body: Body,
    /// `Warning` headers.
    pub(crate) warnings: Vec<String>,
    /// Further headers.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Answer {
    /// Bytes of a type.
    pub(crate) fn bytes(code: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self {
            code,
            content_type: content_type.to_owned(),
            body: Body::whole(body),
            warnings: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// Text.
    pub(crate) fn text(code: u16, text: &str) -> Self {
        Self::bytes(code, "text/plain; charset=utf-8", text.to_owned())
    }

    /// What the server says where nothing is.
    pub(crate) fn nowhere() -> Self {
        let mut answer = Self::text(404, "404 page not found\n");
        answer.headers.push(("x-content-type-options", "nosniff".to_owned()));
        answer
    }

    /// A document in the form that the client accepts.
    pub(crate) fn document(code: u16, document: &Value, accepted: Accepted) -> Self {
        let mut body = Vec::new();
        crate::documents::write(document, &mut body);
        Self::json(code, body, accepted)
    }

    /// JSON in the form that the client accepts.
    pub(crate) fn json(code: u16, mut json: Vec<u8>, accepted: Accepted) -> Self {
        if accepted.encoding == Encoding::Yaml {
            let document: Value = serde_json::from_slice(&json).expect("it was written as JSON");
            return Self::bytes(code, "application/yaml", yaml::to_yaml(&document));
        }
        json.push(b'\n');
        let content_type = match accepted.shape {
            Shape::Discovery(version) => {
                format!(
                    "application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
                )
            }
            _ => JSON.to_owned(),
        };
        Self::bytes(code, &content_type, json)
    }

    /// A refusal.
    pub(crate) fn refusal(status: &Status) -> Self {
        let mut answer = Self::document(status.code, &status.to_value(), Accepted::default());
        let retry = status.details.as_ref().map_or(0, |it| it.retry_after_seconds);
        if retry > 0 || status.code == 429 {
            answer.headers.push(("retry-after", retry.max(1).to_string()));
        }
        answer
    }

    /// The answer as HTTP sends it, compressed if that pays and the client can read it.
    pub(crate) fn into_http(mut self, gzip: bool) -> Response<Body> {
        if let Body::Whole(Some(bytes)) = &self.body
            && gzip
            && bytes.len() >= GZIP_BYTES_MIN
        {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(bytes).expect("memory takes everything");
            self.body = Body::whole(encoder.finish().expect("memory takes everything"));
            self.headers.push(("content-encoding", "gzip".to_owned()));
            self.headers.push(("vary", "Accept-Encoding".to_owned()));
        }
        let mut response = Response::new(self.body);
        *response.status_mut() =
            hyper::StatusCode::from_u16(self.code).expect("answers have codes of HTTP");
        let headers = response.headers_mut();
        let value = |text: &str| HeaderValue::from_bytes(text.as_bytes()).ok();
        if !self.headers.iter().any(|it| it.0 == "cache-control") {
            headers.insert("cache-control", HeaderValue::from_static("no-cache, private"));
        }
        if let Some(value) = value(&self.content_type).filter(|it| !it.is_empty()) {
            headers.insert("content-type", value);
        }
        let mut size = 0;
        for warning in &self.warnings {
            let text = warning_header(warning);
            size += text.len();
            if size > WARNINGS_BYTES_MAX {
                break;
            }
            if let Some(value) = value(&text) {
                headers.append("warning", value);
            }
        }
        for (name, text) in &self.headers {
            if let Some(value) = value(text) {
                headers.append(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// A warning as its header carries it.
fn warning_header(text: &str) -> String {
    let plain: String = text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
    format!("299 - \"{}\"", plain.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_quoted() {
        let mut answer = Answer::text(200, "ok");
        answer.warnings.push("unknown field \"spec.x\"".to_owned());
        let response = answer.into_http(false);
        assert_eq!(response.headers()["warning"], "299 - \"unknown field \\\"spec.x\\\"\"");
        assert_eq!(response.headers()["cache-control"], "no-cache, private");
    }

    #[test]
    fn only_large_answers_are_compressed() {
        let large = Answer::text(200, &"a".repeat(GZIP_BYTES_MIN));
        assert_eq!(large.into_http(true).headers()["content-encoding"], "gzip");
        let small = Answer::text(200, "a");
        assert_eq!(small.into_http(true).headers().get("content-encoding"), None);
    }

    #[test]
    fn refusals_say_when_to_come_again() {
        let status = Status::new(429, "TooManyRequests", "later");
        assert_eq!(Answer::refusal(&status).into_http(false).headers()["retry-after"], "1");
    }
}
