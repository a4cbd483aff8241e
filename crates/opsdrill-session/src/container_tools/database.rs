//! What the clients of databases share: who listens behind a host and a port, and whether that is what they look for.

use opsdrill_engine::physical::application::model::Runtime;
use opsdrill_engine::physical::network::{ConnectError, Peer, dns};
use opsdrill_engine::physical::{ProcessId, ProcessState, process};

use super::Inside;

/// How long a program tries to connect where nobody answers.
const PATIENCE_MS: u64 = 127_000;

/// Why a client does not come to its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Away {
    /// No connection.
    Connect(ConnectError),
    /// Something else listens there.
    Other,
}

/// The server of a kind behind a host and port.
///
/// # Errors
/// What the client gets instead.
pub(super) fn remote(
    inside: &mut Inside<'_>,
    kind: Runtime,
    host: &str,
    port: u16,
) -> Result<ProcessId, Away> {
    let world = inside.cluster.world();
    let peer = inside.handle.connect(world, host, port);
    if peer == Err(ConnectError::Timeout) {
        inside.waited_ms += PATIENCE_MS;
    }
    match peer.map_err(Away::Connect)? {
        Peer::Process(id) => {
            let found = process::get(world, id).filter(|it| it.model.runtime == kind && it.serves);
            found.map(|it| it.id).ok_or(Away::Other)
        }
        _ => Err(Away::Other),
    }
}

/// The server of a kind in this very container, if it serves: what a socket leads to.
pub(super) fn local(inside: &Inside<'_>, kind: Runtime) -> Option<ProcessId> {
    let found = process::get(inside.cluster.world(), inside.handle.process)?;
    let serves =
        found.model.runtime == kind && found.serves && found.state == ProcessState::Serving;
    serves.then_some(found.id)
}

/// The address behind a host; the host itself if nobody knows it.
pub(super) fn address(inside: &Inside<'_>, host: &str) -> String {
    let found = dns::resolve(inside.cluster.world(), &inside.handle.origin(), host);
    let first = found.ok().and_then(|it| it.addresses.into_iter().next());
    first.unwrap_or_else(|| host.to_owned())
}

/// A setting of the server: the variable of its container, or the file that `NAME_FILE` names.
pub(super) fn setting(inside: &Inside<'_>, server: ProcessId, name: &str) -> String {
    let found = process::get(inside.cluster.world(), server);
    found.map_or_else(String::new, |it| {
        opsdrill_engine::physical::databases::setting(it, name).to_owned()
    })
}
