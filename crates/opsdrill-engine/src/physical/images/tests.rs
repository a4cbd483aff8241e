//! Pulls that succeed and pulls that fail, in the real words.

use super::*;
use crate::physical::{Pull, RegistryCredential};
use crate::{Cluster, ClusterConfig};

const PRIVATE: &str = "registry.example.com/private/app:1";

fn cluster() -> Cluster {
    let mut cluster = Cluster::new(ClusterConfig::default());
    let world = cluster.world_mut();
    let credentials = Some(("ci".to_owned(), "right".to_owned()));
    add_registry(world, RegistrySpec { host: "registry.example.com".into(), credentials });
    let image = Image { reference: PRIVATE.into(), size: 96_000_000, ..Image::default() };
    add_image(world, image).unwrap();
    cluster
}

fn secret(password: &str) -> RegistryCredential {
    RegistryCredential {
        registry: "registry.example.com".into(),
        username: "ci".into(),
        password: password.into(),
    }
}

#[track_caller]
fn check_refused(cluster: &mut Cluster, image: &str, secrets: &[RegistryCredential], text: &str) {
    match pull(cluster.world_mut(), "worker-1", image, secrets) {
        Pull::Failed { message, .. } => assert_eq!(message, text),
        pulled @ Pull::Pulled { .. } => panic!("{image} was {pulled:?}"),
    }
}

#[test]
fn unknown_tags_are_not_found() {
    // Recording 123-describe-pod-f-imagepull.
    check_refused(
        &mut cluster(),
        "nginx:nosuch",
        &[],
        "rpc error: code = NotFound desc = failed to pull and unpack image \"docker.io/library/nginx:nosuch\": failed to \
         resolve reference \"docker.io/library/nginx:nosuch\": docker.io/library/nginx:nosuch: not found",
    );
}

#[test]
fn private_images_need_credentials_and_unknown_repositories_look_the_same() {
    // Recording 124-describe-pod-f-private.
    let denied = |name: &str| {
        format!(
            "rpc error: code = Unknown desc = failed to pull and unpack image \"{name}\": failed to resolve reference \
             \"{name}\": pull access denied, repository does not exist or may require authorization: server message: \
             insufficient_scope: authorization failed"
        )
    };
    check_refused(&mut cluster(), PRIVATE, &[], &denied(PRIVATE));
    check_refused(&mut cluster(), "ngnix", &[], &denied("docker.io/library/ngnix:latest"));
    let pulled = pull(cluster().world_mut(), "worker-1", PRIVATE, &[secret("right")]);
    assert!(matches!(pulled, Pull::Pulled { size: 96_000_000, .. }), "{pulled:?}");
}

#[test]
fn every_fault_of_a_registry_has_its_own_words() {
    let mut cluster = cluster();
    let head = "rpc error: code = Unknown desc = failed to pull and unpack image \
                \"registry.example.com/private/app:1\": failed to resolve reference \
                \"registry.example.com/private/app:1\": ";
    let check = |cluster: &mut Cluster, password: &str, tail: &str| {
        check_refused(cluster, PRIVATE, &[secret(password)], &format!("{head}{tail}"));
    };
    check(
        &mut cluster,
        "wrong",
        "failed to authorize: failed to fetch oauth token: unexpected status from GET request to \
         https://registry.example.com/service/token?account=ci&scope=repository%3Aprivate%2Fapp%3Apull&service=\
         harbor-registry: 401 Unauthorized",
    );
    let url = "https://registry.example.com/v2/private/app/manifests/1";
    assert!(set_registry_state(cluster.world_mut(), "registry.example.com", RegistryState::Down));
    let address = address_of("registry.example.com");
    let refused = format!(
        "failed to do request: Head \"{url}\": dial tcp {address}:443: connect: connection refused"
    );
    check(&mut cluster, "right", &refused);
    set_registry_state(cluster.world_mut(), "registry.example.com", RegistryState::Unresolvable);
    let unknown = format!(
        "failed to do request: Head \"{url}\": dial tcp: lookup registry.example.com: no such host"
    );
    check(&mut cluster, "right", &unknown);
}

#[test]
fn docker_hub_limits_pulls() {
    let mut cluster = cluster();
    set_registry_state(cluster.world_mut(), "docker.io", RegistryState::RateLimited);
    let Pull::Failed { message, .. } = pull(cluster.world_mut(), "worker-1", "redis:7", &[]) else {
        panic!("a limited registry grants nothing");
    };
    assert!(message.contains("429 Too Many Requests - Server message: toomanyrequests: "));
    assert!(message.contains("https://registry-1.docker.io/v2/library/redis/manifests/sha256:"));
}

#[test]
fn a_removed_tag_is_gone_for_new_nodes_only() {
    let mut cluster = cluster();
    let world = cluster.world_mut();
    assert!(matches!(pull(world, "worker-1", "nginx:1.27", &[]), Pull::Pulled { .. }));
    assert!(remove_tag(world, "nginx:1.27"));
    assert!(!remove_tag(world, "nginx:1.27"));
    assert!(matches!(pull(world, "worker-2", "nginx:1.27", &[]), Pull::Failed { .. }));
    assert!(on_node(world, "worker-1", "nginx:1.27").is_some());
}

#[test]
fn a_tag_that_moves_leaves_nodes_with_what_they_had() {
    let mut cluster = cluster();
    let world = cluster.world_mut();
    pull(world, "worker-1", PRIVATE, &[secret("right")]);
    let before = on_node(world, "worker-1", PRIVATE).unwrap();
    let image = Image { reference: PRIVATE.into(), size: 1, ..Image::default() };
    add_image(world, image).unwrap();
    assert_eq!(on_node(world, "worker-1", PRIVATE).unwrap(), before);
    assert_ne!(of(world, PRIVATE).unwrap().digest, before.digest);
}

#[test]
fn real_digests_of_public_images_are_theirs_and_those_of_other_registries_must_be_right() {
    let mut cluster = cluster();
    let world = cluster.world_mut();
    let real = format!("sha256:{}", "4f".repeat(32));
    let mut found = |image: &str| match pull(world, "worker-1", image, &[secret("right")]) {
        Pull::Pulled { digest, .. } => digest,
        Pull::Failed { message, .. } => message,
    };
    assert_eq!(found(&format!("nginx:1.27@{real}")), real);
    assert_eq!(found(&format!("nginx@{real}")), real);
    assert!(found(&format!("nginx:0.0.0@{real}")).ends_with("not found"));
    assert!(found(&format!("{PRIVATE}@{real}")).ends_with("not found"));
}

#[test]
fn larger_images_and_slower_nodes_take_longer_and_seeds_repeat() {
    let time = |bandwidth| {
        let mut cluster = cluster();
        set_bandwidth(cluster.world_mut(), "worker-1", bandwidth);
        match pull(cluster.world_mut(), "worker-1", "postgres:16", &[]) {
            Pull::Pulled { after_ms, .. } => after_ms,
            Pull::Failed { message, .. } => panic!("{message}"),
        }
    };
    assert_eq!(time(48_000_000), time(48_000_000));
    assert!((2_500..6_000).contains(&time(48_000_000)), "{}", time(48_000_000));
    assert!(time(4_000_000) > 30_000);
}
