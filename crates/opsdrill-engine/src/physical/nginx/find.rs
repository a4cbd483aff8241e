//! Which server and which location a request is for.

use super::config::{Config, Server};
use super::location::{Location, Place};

/// The server that is meant by a port and a host.
pub(super) fn find_server<'a>(config: &'a Config, port: u16, host: &str) -> Option<&'a Server> {
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase();
    let on_port: Vec<&Server> =
        config.servers.iter().filter(|it| it.listens.iter().any(|it| it.port == port)).collect();
    let named = |fits: &dyn Fn(&str) -> bool| {
        on_port.iter().find(|it| it.names.iter().any(|name| fits(name))).copied()
    };
    let begins = |name: &str| {
        let rest = name.strip_prefix("*.").map(|it| format!(".{it}"));
        let also = name.strip_prefix('.').filter(|it| *it == host);
        rest.is_some_and(|it| host.ends_with(&it))
            || also.is_some()
            || name.starts_with('.') && host.ends_with(name)
    };
    let ends = |name: &str| name.strip_suffix('*').is_some_and(|it| host.starts_with(it));
    let default = |it: &&&Server| it.listens.iter().any(|it| it.port == port && it.is_default);
    named(&|name| name == host)
        .or_else(|| named(&begins))
        .or_else(|| named(&ends))
        .or_else(|| {
            on_port.iter().find(|it| it.patterns.iter().any(|it| it.is_match(&host))).copied()
        })
        .or_else(|| on_port.iter().find(default).copied())
        .or(on_port.first().copied())
}

/// A path without `.`, `..` and doubled slashes.
pub(super) fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let end = if path.ends_with('/') && !parts.is_empty() { "/" } else { "" };
    format!("/{}{end}", parts.join("/"))
}

/// The location for a path: exact ones, then the longest prefix, unless an expression fits.
pub(super) fn locate<'a>(
    locations: &'a [Location],
    uri: &str,
    captures: &mut Vec<String>,
) -> Option<&'a Location> {
    let mut best: Option<(&str, &Location, bool)> = None;
    for it in locations {
        let (path, is_first) = match &it.place {
            Place::Exact(path) if path == uri => return Some(it),
            Place::Prefix(path) => (path, false),
            Place::PrefixFirst(path) => (path, true),
            _ => continue,
        };
        let is_longer = best.is_none_or(|(other, ..)| path.len() > other.len());
        if uri.starts_with(path.as_str()) && is_longer {
            best = Some((path, it, is_first));
        }
    }
    // Locations in a location come before the expressions around it.
    if let Some((_, it, is_first)) = best {
        if let Some(inner) = locate(&it.locations, uri, captures) {
            return Some(inner);
        }
        if is_first {
            return Some(it);
        }
    }
    for it in locations {
        let Place::Pattern(pattern) = &it.place else { continue };
        if let Some(found) = pattern.captures(uri) {
            let group = |it: Option<regex::Match<'_>>| it.map_or("", |it| it.as_str()).to_owned();
            *captures = found.iter().map(group).collect();
            return Some(it);
        }
    }
    best.map(|it| it.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::physical::nginx::syntax::Files;

    fn config(http: &str) -> Config {
        let path = "/etc/nginx/nginx.conf";
        let text = format!("events {{}}\nhttp {{\n{http}\n}}\n");
        Config::read(&Files::from([(path.to_owned(), text)]), path, "").expect("it is sound")
    }

    #[test]
    fn servers_are_found_by_port_and_name() {
        let config = config(
            "server { listen 80; server_name first; }\n\
             server { listen 80 default_server; server_name _; }\n\
             server { listen 80; server_name *.example.com; }\n\
             server { listen 80; server_name www.example.com mail.*; }\n\
             server { listen 81; server_name ~^n[0-9]+$; }",
        );
        let name =
            |port, host| find_server(&config, port, host).map(|it| it.names.first().cloned());
        let check = |port, host, expected: &str| {
            assert_eq!(name(port, host), Some(Some(expected.to_owned())), "{host}");
        };
        check(80, "first:80", "first");
        check(80, "other", "_");
        check(80, "a.example.com", "*.example.com");
        check(80, "WWW.example.com", "www.example.com");
        check(80, "mail.org", "www.example.com");
        assert_eq!(name(81, "n7"), Some(None));
        assert_eq!(name(82, "n7"), None);
    }

    #[test]
    fn locations_are_found_as_nginx_finds_them() {
        let config = config(
            "server { location = / { return 201; } location / { return 202; } \
             location /images/ { return 203; } location ^~ /first/ { return 204; } \
             location ~* \\.(gif|jpg)$ { return 205; } location /images/deep/ { return 206; } }",
        );
        let check = |path: &str, expected: u16| {
            let found = locate(&config.servers[0].locations, path, &mut Vec::new());
            let status = found.and_then(|it| it.returns.as_ref()).map(|it| it.0);
            assert_eq!(status, Some(expected), "{path}");
        };
        check("/", 201);
        check("/index.html", 202);
        check("/images/a.png", 203);
        check("/first/a.GIF", 204);
        check("/images/a.GIF", 205);
        check("/images/deep/a", 206);
        assert_eq!(normal("//a/./b/../c/"), "/a/c/");
    }
}
