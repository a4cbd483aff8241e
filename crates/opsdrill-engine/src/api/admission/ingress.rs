//! The class of Ingresses that name none.

use bevy_ecs::world::World;
use opsdrill_objects::{Kind, Object};

use crate::physical::network::ingress::CLASS_ANNOTATION;
use crate::view::View;

/// What makes a class the one for Ingresses that name none.
const DEFAULT_CLASS: &str = "ingressclass.kubernetes.io/is-default-class";

/// Names the default class on a new Ingress that names none, in the old annotation neither (`DefaultIngressClass`); of
/// several the newest.
pub(super) fn create(world: &World, object: &mut Object) {
    let has_class = |it: &Object| {
        let spec = it.ingress().and_then(|it| it.spec.as_ref());
        spec.is_some_and(|it| it.ingress_class_name.is_some())
    };
    if has_class(object) || object.meta.annotation(CLASS_ANNOTATION).is_some() {
        return;
    }
    let classes = View::new(world)
        .list(Kind::IngressClass, "")
        .filter(|it| it.meta.annotation(DEFAULT_CLASS) == Some("true"));
    // Of those made at once the first by name.
    let newest =
        classes.reduce(|best, it| if it.meta.created > best.meta.created { it } else { best });
    let name = newest.map(|it| it.meta.name.to_string());
    if let (Some(name), Some(body)) = (name, object.ingress_mut()) {
        body.spec.get_or_insert_default().ingress_class_name = Some(name);
    }
}
