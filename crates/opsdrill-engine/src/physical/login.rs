//! Whether a database lets a client in: user, password and database against what the server was started with.

use bevy_ecs::world::World;

use super::activity;
use super::application::model::{DependencyKind, Runtime};
use super::databases;
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
        (DependencyKind::Postgres, Runtime::Postgres) | (DependencyKind::Redis, Runtime::Redis) => {
            let login = &activity::get(world, server.id)?.server.as_ref()?.login;
            let wrong = |asked: &Option<String>, given: &String| {
                asked.as_ref().is_some_and(|it| it != given)
            };
            let refused = wrong(&login.user, &wire.user) || wrong(&login.password, &wire.password);
            refused.then_some(Cause::Authentication)
        }
        (DependencyKind::Mysql, Runtime::Mysql) => {
            let admitted = databases::mysql_admits(server, &wire.user, &wire.password);
            (!admitted).then_some(Cause::Authentication)
        }
        // Another program behind the port speaks another language.
        (
            DependencyKind::Postgres | DependencyKind::Redis | DependencyKind::Mysql,
            Runtime::Plain | Runtime::Nginx,
        ) => Some(Cause::Timeout),
        _ => None,
    }
}
