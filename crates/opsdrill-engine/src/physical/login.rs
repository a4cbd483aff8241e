//! Whether a database lets a client in: user, password and database against what the server was started with.

use bevy_ecs::world::World;

use super::activity;
use super::application::model::{DependencyKind, Runtime};
use super::flows::Cause;
use super::process::Process;

/// Why a server refuses a client, if it does.
pub(super) fn refusal(
    world: &World,
    client: &Process,
    dependency: usize,
    server: &Process,
) -> Option<Cause> {
    let declared = &client.model.dependencies[dependency];
    let wire = &client.wires[dependency];
    match (declared.kind, server.model.runtime) {
        (DependencyKind::Postgres, Runtime::Postgres) => {
            let value = |name: &str| server.spec.env.get(name).map(String::as_str);
            let known_user = value("POSTGRES_USER").unwrap_or("postgres");
            let trusted = value("POSTGRES_HOST_AUTH_METHOD") == Some("trust");
            let known_password = trusted || value("POSTGRES_PASSWORD") == Some(&*wire.password);
            (wire.user != known_user || !known_password).then_some(Cause::Authentication)
        }
        (DependencyKind::Redis, Runtime::Redis) => {
            let state = activity::get(world, server.id).and_then(|it| it.server.as_ref());
            let required = state.and_then(|it| it.password.as_ref());
            required.is_some_and(|it| *it != wire.password).then_some(Cause::Authentication)
        }
        // Another program behind the port speaks another language.
        (DependencyKind::Postgres | DependencyKind::Redis, Runtime::Plain | Runtime::Nginx) => {
            Some(Cause::Timeout)
        }
        _ => None,
    }
}
