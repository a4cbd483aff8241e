//! Whether a database lets a client in: user, password and database against what the server was started with.

use bevy_ecs::world::World;

use super::application::model::{DependencyKind, Runtime};
use super::application::settings;
use super::flows::Cause;
use super::process::{self, Process, ProcessId};

/// Why a server refuses a client, if it does.
pub(super) fn refusal(
    world: &World,
    client: &Process,
    dependency: usize,
    server: ProcessId,
) -> Option<Cause> {
    let declared = &client.model.dependencies[dependency];
    let server = process::get(world, server)?;
    match (declared.kind, server.model.runtime) {
        (DependencyKind::Postgres, Runtime::Postgres) => {
            let value = |name: &str| server.spec.env.get(name).map(String::as_str);
            let user = settings::read(&declared.user, &client.spec).unwrap_or_default();
            let password = settings::read(&declared.password, &client.spec).unwrap_or_default();
            let known_user = value("POSTGRES_USER").unwrap_or("postgres");
            let trusted = value("POSTGRES_HOST_AUTH_METHOD") == Some("trust");
            let known_password = trusted || value("POSTGRES_PASSWORD") == Some(&*password);
            (user != known_user || !known_password).then_some(Cause::Authentication)
        }
        (DependencyKind::Redis, Runtime::Redis) => {
            let required = super::redis::password(server);
            let given =
                settings::read(&declared.password, &client.spec).filter(|it| !it.is_empty());
            (required.is_some() && required != given).then_some(Cause::Authentication)
        }
        // Another program behind the port speaks another language.
        (DependencyKind::Postgres | DependencyKind::Redis, Runtime::Plain | Runtime::Nginx) => {
            Some(Cause::Timeout)
        }
        _ => None,
    }
}
