//! How an application calls what it depends on: what it has read of its settings when it started.

use super::model::{ApplicationModel, Dependency, DependencyKind};
use super::settings;
use crate::physical::ContainerSpec;
use crate::physical::traffic::Address;

/// What a process knows of one of its model's dependencies, for as long as it lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wire {
    /// Host and port; `None` if its settings name none.
    pub destination: Option<(String, u16)>,
    /// User, for databases; may be empty.
    pub user: String,
    /// Password, for databases; may be empty.
    pub password: String,
    /// Database name, for databases; may be empty.
    pub database: String,
    /// Connections that it keeps even when idle, at least 1.
    pub pool_min: u64,
    /// The most connections.
    pub pool_max: u64,
}

/// Reads the settings of all dependencies, in the model's order.
pub fn read(model: &ApplicationModel, spec: &ContainerSpec) -> Vec<Wire> {
    model.dependencies.iter().map(|it| wire(it, spec)).collect()
}

fn wire(declared: &Dependency, spec: &ContainerSpec) -> Wire {
    let text = |setting| settings::read(setting, spec).unwrap_or_default();
    let pool_min = settings::number(&declared.pool_min, spec, 1).max(1);
    Wire {
        destination: destination(declared, spec),
        user: text(&declared.user),
        password: text(&declared.password),
        database: text(&declared.database),
        pool_min,
        pool_max: settings::number(&declared.pool_max, spec, pool_min),
    }
}

fn destination(declared: &Dependency, spec: &ContainerSpec) -> Option<(String, u16)> {
    let host = settings::read(&declared.host, spec).filter(|it| !it.is_empty())?;
    // A URL may stand where a host is expected.
    if let Some(address) = Address::parse(&host) {
        return Some((address.host, address.port));
    }
    let usual = match declared.kind {
        DependencyKind::Http => 80,
        DependencyKind::Postgres => 5432,
        DependencyKind::Redis => 6379,
        DependencyKind::Mysql => 3306,
    };
    if let Some((name, port)) = host.rsplit_once(':')
        && let Ok(port) = port.parse()
    {
        return Some((name.to_owned(), port));
    }
    let port = settings::number(&declared.port, spec, usual);
    Some((host, u16::try_from(port).ok()?))
}
