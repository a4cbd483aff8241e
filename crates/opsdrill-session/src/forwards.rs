//! Ports of the trainee's machine that lead to pods: `kubectl port-forward`.

use std::collections::BTreeMap;

use opsdrill_engine::Cluster;
use opsdrill_engine::physical::network::{
    HttpError, HttpOutcome, HttpRequest, Origin, http_request,
};
use opsdrill_objects::Kind;
use opsdrill_objects::address::Address;
use opsdrill_shell::door::PortForward;

/// Where a port leads.
#[derive(Clone, Debug)]
struct Far {
    namespace: String,
    pod: String,
    port: u16,
}

/// The open ports.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forwards {
    ports: BTreeMap<u16, Far>,
}

impl Forwards {
    /// Opens ports.
    ///
    /// # Errors
    /// Those that are taken; then none is opened.
    pub(crate) fn open(&mut self, forward: &PortForward) -> Result<(), Vec<u16>> {
        let mut taken = Vec::new();
        for (local, _) in &forward.ports {
            if self.ports.contains_key(local) {
                taken.push(*local);
            }
        }
        if !taken.is_empty() {
            return Err(taken);
        }
        for (local, far) in &forward.ports {
            let far =
                Far { namespace: forward.namespace.clone(), pod: forward.pod.clone(), port: *far };
            self.ports.insert(*local, far);
        }
        Ok(())
    }

    /// Closes ports.
    pub(crate) fn close(&mut self, forward: &PortForward) {
        for (local, _) in &forward.ports {
            self.ports.remove(local);
        }
    }

    /// Sends a request that goes to a port of the trainee's own machine; `None` for any other, and for a port that is not
    /// open.
    pub(crate) fn send(
        &self,
        cluster: &Cluster,
        request: &HttpRequest,
    ) -> Option<Result<HttpOutcome, HttpError>> {
        let (before, named, port, after) = parts(&request.url)?;
        let mut resolved = request.resolved.iter();
        let resolved = resolved.find(|it| it.0.eq_ignore_ascii_case(named) && it.1 == port);
        let host = resolved.map_or(named, |it| &*it.2);
        if !matches!(host, "localhost" | "127.0.0.1" | "[::1]") {
            return None;
        }
        let far = self.ports.get(&port)?;
        let pod = cluster.view().get(Kind::Pod, &far.namespace, &far.pod)?;
        let mut inner = request.clone();
        if !inner.headers.iter().any(|it| it.0.eq_ignore_ascii_case("host")) {
            inner.headers.push(("Host".to_owned(), format!("{named}:{port}")));
        }
        inner.url = format!("{before}127.0.0.1:{}{after}", far.port);
        let answer = http_request(cluster.world(), &Origin::Pod(pod.meta.uid), &inner);
        // The machine's end of the connection is open whatever happens at the other.
        Some(answer.map_err(|why| match why {
            HttpError::Connect { .. } => HttpError::EmptyReply,
            other => other,
        }))
    }
}

/// What stands before the host, the host, the port and what follows.
fn parts(url: &str) -> Option<(&str, &str, u16, &str)> {
    let address = Address::of(url);
    let before = &url[..url.find("://").map_or(0, |it| it + 3)];
    Some((before, address.host_and_port().0, address.port()?, address.rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart_at_its_port() {
        assert_eq!(parts("localhost:8080/a"), Some(("", "localhost", 8080, "/a")));
        assert_eq!(parts("http://[::1]:81"), Some(("http://", "[::1]", 81, "")));
        assert_eq!(parts("http://[::1]?x"), Some(("http://", "[::1]", 80, "?x")));
        assert_eq!(parts("https://a.b/"), Some(("https://", "a.b", 443, "/")));
    }

    #[test]
    fn a_port_is_opened_once() {
        let mut forwards = Forwards::default();
        let forward = PortForward {
            namespace: "demo".to_owned(),
            pod: "web".to_owned(),
            ports: vec![(8080, 80)],
        };
        assert_eq!(forwards.open(&forward), Ok(()));
        assert_eq!(forwards.open(&forward), Err(vec![8080]));
        forwards.close(&forward);
        assert_eq!(forwards.open(&forward), Ok(()));
    }
}
