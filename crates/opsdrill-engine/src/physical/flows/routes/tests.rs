//! Whatever changes, a route that is still known is the one that a fresh look finds.

use opsdrill_objects::decode::decode_object;
use opsdrill_objects::{Kind, Object};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::physical::tests::Shop;
use crate::physical::{self, network, traffic};
use crate::store;
use crate::view::View;

/// Something that happens to the shop; what can be done and undone is undone the next time.
type Act = fn(&mut Shop);

const ACTS: &[Act] = &[
    |shop| shop.pass(1),
    |shop| shop.pass(30),
    |shop| flip_readiness(shop, "redis-abc"),
    |shop| flip_readiness(shop, "user-service-abc"),
    |shop| {
        come_or_go(
            shop,
            Kind::Service,
            "redis",
            901,
            json!({"clusterIP": "10.96.9.9", "ports": [{"port": 6379}]}),
        );
    },
    |shop| {
        come_or_go(
            shop,
            Kind::Service,
            "user-service",
            902,
            json!({"clusterIP": "10.96.9.8", "ports": [{"port": 8080}]}),
        );
    },
    |shop| {
        let oldest = process::all(shop.world()).next().map(|it| it.id);
        if let Some(oldest) = oldest {
            physical::kill(shop.world(), oldest);
        }
    },
    |shop| {
        let newest = process::all(shop.world()).last().map(|it| (it.id, (*it.spec).clone()));
        if let Some((newest, spec)) = newest {
            physical::kill(shop.world(), newest);
            physical::start(shop.world(), spec).expect("what ran once starts again");
        }
    },
    |shop| {
        let down = network::node_is_down(shop.world(), "worker-0");
        network::set_node_down(shop.world(), "worker-0", !down);
    },
    |shop| {
        if !network::remove_external(shop.world(), "redis") {
            let host = network::ExternalHost {
                name: "redis".into(),
                ports: vec![6379],
                ..Default::default()
            };
            network::add_external(shop.world(), host);
        }
    },
    |shop| {
        edit(shop, Kind::Pod, "redis-0", |it| {
            let status = &mut it.pod_mut().expect("a pod").status;
            let ended = status.phase.as_deref() == Some("Succeeded");
            status.phase = Some(if ended { "Running" } else { "Succeeded" }.into());
        });
    },
    |shop| {
        let pod = View::new(shop.world()).get(Kind::Pod, "shop", "user-service-1").cloned();
        if let Some(pod) = pod {
            store::remove(shop.world(), pod.meta.uid);
        }
    },
    |shop| {
        let users = traffic::TrafficSource {
            name: "users".into(),
            target: "http://redis.shop:6379/".into(),
            rate: traffic::Rate::Constant(1_000),
            timeout_ms: 1_000,
        };
        traffic::add(shop.world(), users).expect("a valid target");
    },
];

fn edit(shop: &mut Shop, kind: Kind, name: &str, change: impl FnOnce(&mut Object)) {
    let Some(object) = View::new(shop.world()).get(kind, "shop", name) else { return };
    let mut object = (**object).clone();
    change(&mut object);
    store::replace(shop.world(), object);
}

fn flip_readiness(shop: &mut Shop, slice: &str) {
    edit(shop, Kind::EndpointSlice, slice, |it| {
        let slice = it.endpoint_slice_mut().expect("an EndpointSlice");
        let conditions = slice.endpoints[0].conditions.get_or_insert_default();
        conditions.ready = Some(conditions.ready == Some(false));
    });
}

fn come_or_go(shop: &mut Shop, kind: Kind, name: &str, uid: u128, spec: serde_json::Value) {
    let known = View::new(shop.world()).get(kind, "shop", name).map(|it| it.meta.uid);
    if let Some(uid) = known {
        store::remove(shop.world(), uid);
        return;
    }
    let metadata = json!({"name": name, "namespace": "shop", "uid": Uid(uid).to_string()});
    let object = decode_object(kind, json!({"metadata": metadata, "spec": spec}));
    store::insert(shop.world(), object.expect("a document of its kind").value);
}

/// How many routes are known; each must be what a fresh look finds.
fn known(world: &World) -> usize {
    let routes = world.resource::<Routes>();
    let known = routes.known.keys().filter_map(|it| Some((it, routes.get(world, it)?)));
    known.inspect(|(caller, known)| assert_eq!(**known, find(world, caller), "{caller:?}")).count()
}

proptest! {
    #[test]
    fn a_known_route_is_what_a_fresh_look_finds(acts in prop::collection::vec(0..ACTS.len(), 1..30)) {
        let (mut shop, ..) = Shop::with_redis("100", 0);
        shop.pass(30);
        prop_assert_eq!(known(shop.world()), 3);
        for act in acts {
            ACTS[act](&mut shop);
            known(shop.world());
        }
    }
}

#[test]
fn what_one_pod_does_leaves_the_routes_of_others_known() {
    let (mut shop, redis, users) = Shop::with_redis("100", 0);
    shop.pass(30);
    physical::kill(shop.world(), users[1]);
    assert_eq!(known(shop.world()), 1, "that of the other process to its redis");
    physical::kill(shop.world(), redis);
    assert_eq!(known(shop.world()), 0);
}
