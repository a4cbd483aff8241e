//! `pods/proxy` and `services/proxy`: a request that the server passes on to a program in the cluster.

use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Response, StatusCode};
use opsdrill_engine::Cluster;
use opsdrill_engine::api::Identity;
use opsdrill_engine::api::authorization::Action;
use opsdrill_engine::physical::network::{HttpError, HttpRequest};
use opsdrill_objects::{Kind, Object, Status};

use crate::application;
use crate::body::Body;
use crate::path::ObjectPath;
use crate::service::{Asked, Context};

/// Headers that are between a client and the server only.
const OWN_HEADERS: &[&str] = &["authorization", "connection", "content-length", "host", "upgrade"];

/// Whether a path leads through the server.
pub(crate) fn is_proxied(path: &ObjectPath) -> bool {
    let passed_on = matches!(path.resource.as_str(), "pods" | "services");
    path.group.is_empty() && passed_on && path.subresource == "proxy"
}

/// Passes a request on.
///
/// # Errors
/// The server's refusal.
pub(crate) async fn answer(
    context: &Context,
    asked: &Asked,
    path: &ObjectPath,
    query: &str,
) -> Result<Response<Body>, Status> {
    let (identity, path, query) = (asked.identity.clone(), path.clone(), query.to_owned());
    let method = asked.method.clone();
    if path.rest.is_empty() && !path.slash {
        return Ok(redirect(&path, &query));
    }
    let headers = asked.headers.iter().filter(|it| !OWN_HEADERS.contains(&it.0.as_str()));
    let text = |it: &HeaderValue| it.to_str().map(str::to_owned).ok();
    let headers: Vec<_> =
        headers.filter_map(|(name, value)| Some((name.to_string(), text(value)?))).collect();
    let body = asked.body.to_vec();
    let look = move |cluster: &Cluster| {
        authorize(cluster, &identity, &path, &method)?;
        let (scheme, host, port) = match path.resource.as_str() {
            "pods" => pod(cluster, &path)?,
            _ => service(cluster, &path)?,
        };
        let mark = if query.is_empty() { "" } else { "?" };
        let slash = if path.slash && !path.rest.is_empty() { "/" } else { "" };
        let url = format!("{scheme}://{host}:{port}/{}{slash}{mark}{query}", path.rest);
        let request = HttpRequest {
            method: method.to_string(),
            url: url.replace(' ', "%20"),
            headers,
            body,
            // The API server does not look at the certificates of pods.
            insecure: true,
            ..HttpRequest::default()
        };
        let asked = application::ask(cluster, &application::origin(cluster), &request);
        asked.map_err(|why| unreachable(&why, &host, port))
    };
    let outcome = context.door.look(look).await??;
    let mut response = Response::new(Body::whole(outcome.body));
    *response.status_mut() = StatusCode::from_u16(outcome.status).unwrap_or_default();
    for (name, value) in &outcome.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}

/// A path that ends with `proxy` is meant to end with a slash.
fn redirect(path: &ObjectPath, query: &str) -> Response<Body> {
    let mark = if query.is_empty() { "" } else { "?" };
    let ObjectPath { version, namespace, resource, name, .. } = path;
    let to = format!("/api/{version}/namespaces/{namespace}/{resource}/{name}/proxy/{mark}{query}");
    let mut response = Response::new(Body::none());
    *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
    if let Ok(value) = HeaderValue::from_str(&to) {
        response.headers_mut().insert("location", value);
    }
    response
}

fn authorize(
    cluster: &Cluster,
    identity: &Identity,
    path: &ObjectPath,
    method: &Method,
) -> Result<(), Status> {
    let verb = match *method {
        Method::POST => "create",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        _ => "get",
    };
    let action = Action::Resource {
        verb,
        group: "",
        resource: &path.resource,
        subresource: "proxy",
        namespace: &path.namespace,
        name: &path.name,
    };
    cluster.authorize(identity, &action)
}

/// `[SCHEME:]NAME[:PORT]`.
fn parts(text: &str) -> Option<(&str, &str, &str)> {
    let words: Vec<&str> = text.split(':').collect();
    let (scheme, name, port) = match words.as_slice() {
        [name] => ("http", *name, ""),
        [name, port] | ["http", name, port] => ("http", *name, *port),
        ["https", name, port] => ("https", *name, *port),
        _ => return None,
    };
    (!name.is_empty()).then_some((scheme, name, port))
}

type Place = (&'static str, String, u16);

fn pod(cluster: &Cluster, path: &ObjectPath) -> Result<Place, Status> {
    let invalid = || Status::bad_request(format!("invalid pod request {:?}", path.name));
    let (scheme, name, port) = parts(&path.name).ok_or_else(invalid)?;
    let object = cluster.view().get(Kind::Pod, &path.namespace, name);
    let object = object.ok_or_else(|| Status::not_found(Kind::Pod, name))?;
    let pod = object.pod().expect("a pod is stored under its kind");
    let scheme = if scheme == "https" { "https" } else { "http" };
    let first = || {
        let ports = pod.spec.containers.iter().filter_map(|it| it.ports.as_ref()?.first());
        ports.map(|it| it.container_port as u16).next()
    };
    let port = match port {
        "" => first().unwrap_or(if scheme == "https" { 443 } else { 80 }),
        text => text.parse().map_err(|_| invalid())?,
    };
    let address = pod.status.pod_ip.clone().filter(|it| !it.is_empty());
    let address = address.ok_or_else(|| Status::bad_request("address not allowed"))?;
    Ok((scheme, address, port))
}

fn service(cluster: &Cluster, path: &ObjectPath) -> Result<Place, Status> {
    let unavailable = |text: String| Status::new(503, "ServiceUnavailable", text);
    let invalid = || Status::bad_request(format!("invalid service request {:?}", path.name));
    let (scheme, name, port) = parts(&path.name).ok_or_else(invalid)?;
    let object = cluster.view().get(Kind::Service, &path.namespace, name);
    let object = object.ok_or_else(|| Status::not_found(Kind::Service, name))?;
    let ports = ports_of(object);
    let found = match (port, ports.as_slice()) {
        ("", [only]) => Some(only),
        ("", all) => all.iter().find(|it| it.0.is_empty()),
        (text, all) => match text.parse::<u16>() {
            Ok(number) => {
                let found = all.iter().find(|it| it.1 == number);
                let missing =
                    || unavailable(format!("no service port {number} found for service {name:?}"));
                Some(found.ok_or_else(missing)?)
            }
            Err(_) => all.iter().find(|it| it.0 == text),
        },
    };
    let none = || unavailable(format!("no endpoints available for service {:?}", path.name));
    let (wanted, _) = found.ok_or_else(none)?;
    // Any of them; the first is as good as another.
    let endpoint = endpoints(cluster, object, wanted).into_iter().next().ok_or_else(none)?;
    let scheme = if scheme == "https" { "https" } else { "http" };
    Ok((scheme, endpoint.0, endpoint.1))
}

/// A service's ports: names and numbers.
fn ports_of(service: &Object) -> Vec<(String, u16)> {
    let spec = service.service().and_then(|it| it.spec.as_ref());
    let ports = spec.and_then(|it| it.ports.as_ref()).into_iter().flatten();
    ports.map(|it| (it.name.clone().unwrap_or_default(), it.port as u16)).collect()
}

/// The ready addresses behind a port of a service.
fn endpoints(cluster: &Cluster, service: &Object, port: &str) -> Vec<(String, u16)> {
    let mut found = Vec::new();
    let namespace = service.meta.namespace();
    let Some(endpoints) = cluster.view().get(Kind::Endpoints, namespace, &service.meta.name) else {
        return found;
    };
    let document = endpoints.to_value();
    for subset in document["subsets"].as_array().into_iter().flatten() {
        let ports = subset["ports"].as_array().into_iter().flatten();
        let numbers = ports
            .filter(|it| it["name"].as_str().unwrap_or_default() == port)
            .filter_map(|it| it["port"].as_u64());
        for number in numbers {
            let addresses = subset["addresses"].as_array().into_iter().flatten();
            let addresses = addresses.filter_map(|it| it["ip"].as_str());
            found.extend(addresses.map(|it| (it.to_owned(), number as u16)));
        }
    }
    found
}

/// What a client is told when nothing answers.
fn unreachable(why: &HttpError, host: &str, port: u16) -> Status {
    let why = match why {
        HttpError::Connect { error, .. } => format!("dial tcp {host}:{port}: connect: {error}"),
        HttpError::Timeout { .. } => format!("dial tcp {host}:{port}: i/o timeout"),
        HttpError::NotTls => "tls: first record does not look like a TLS handshake".to_owned(),
        HttpError::Certificate(why) => why.clone(),
        HttpError::EmptyReply => "EOF".to_owned(),
        other => other.to_string(),
    };
    let text = format!("error trying to reach service: {why}");
    Status::new(503, "ServiceUnavailable", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(parts("web"), Some(("http", "web", "")));
        assert_eq!(parts("web:80"), Some(("http", "web", "80")));
        assert_eq!(parts("https:web:"), Some(("https", "web", "")));
        assert_eq!(parts("ftp:web:80"), None);
        assert_eq!(parts(":80"), None);
    }
}
