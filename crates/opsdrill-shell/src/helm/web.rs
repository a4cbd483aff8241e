//! What Helm asks the network for, and what it says when the answer is not the one it wants.

use opsdrill_objects::address::Address;

use crate::door::{WebReply, WebRequest};

use super::context::Helm;
use super::failure::{Failure, Outcome};

/// A user with a password.
pub(super) type Credentials = Option<(String, String)>;

/// The credentials of two texts; both must be there.
pub(super) fn credentials(user: &str, password: &str) -> Credentials {
    let is_whole = !user.is_empty() && !password.is_empty();
    is_whole.then(|| (user.to_owned(), password.to_owned()))
}

/// The name of a status.
pub(super) fn status_text(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        507 => "Insufficient Storage",
        _ => "Internal Server Error",
    }
}

/// The scheme and the host of an address: credentials go to where they belong only.
pub(super) fn origin(url: &str) -> String {
    Address::of(url).origin()
}

/// The scheme of an address; empty if it has none.
pub(super) fn scheme(url: &str) -> &str {
    let scheme = url.split_once(':').map_or("", |it| it.0);
    let is_scheme = scheme.starts_with(|it: char| it.is_ascii_alphabetic())
        && scheme.bytes().all(|it| it.is_ascii_alphanumeric() || b"+-.".contains(&it));
    if is_scheme { scheme } else { "" }
}

impl Helm<'_> {
    /// Sends a request. A user whom the address names is meant unless credentials are given, as with Go's client.
    ///
    /// # Errors
    /// That nobody answers, in Go's words.
    pub(super) fn send(
        &mut self,
        method: &'static str,
        url: &str,
        credentials: &Credentials,
        body: Vec<u8>,
    ) -> Outcome<WebReply> {
        let address = Address::of(url);
        let credentials = credentials.clone().or_else(|| address.credentials());
        let request = WebRequest { method, url: address.without_user(), credentials, body };
        let capital: String = method[..1].to_owned() + &method[1..].to_lowercase();
        let reply = self.kube.door.send(&request);
        reply.map_err(|why| Failure::Plain(format!("{capital} {:?}: {why}", address.redacted())))
    }

    /// What is at an address.
    ///
    /// # Errors
    /// With Helm's words.
    pub(super) fn fetch(&mut self, url: &str, credentials: &Credentials) -> Outcome<Vec<u8>> {
        let reply = self.send("GET", url, credentials, Vec::new())?;
        match reply.status {
            200 => Ok(reply.body),
            status => Err(Failure::Plain(format!(
                "failed to fetch {url} : {status} {}",
                status_text(status)
            ))),
        }
    }

    /// Writes a file and makes the folders above it.
    ///
    /// # Errors
    /// With Go's words.
    pub(super) fn write_all(&mut self, path: &str, content: &[u8]) -> Outcome<()> {
        let folder = path.rsplit_once('/').map_or("", |it| it.0);
        let surroundings = &mut self.kube.surroundings;
        let made = if folder.is_empty() { Ok(()) } else { surroundings.make_folder(folder) };
        made.and_then(|()| surroundings.write(path, content))
            .map_err(|why| Failure::Plain(format!("open {path}: {}", why.0)))
    }
}
