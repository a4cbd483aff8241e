//! `kubectl describe serviceaccount`.

use opsdrill_objects::{Kind, Object, Status};

use crate::kubectl::context::Context;

use super::{Description, events};

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let body = object.service_account().expect("the table calls this for service accounts");
    let (secrets, _) = context.list(Kind::Secret, object.meta.namespace(), "", "")?;
    let known = |name: &str| secrets.iter().any(|it| &*it.meta.name == name);
    out.name(&object.meta);
    out.labels_and_annotations(&object.meta);
    let pull = body.image_pull_secrets.iter().flatten().map(|it| it.name.clone());
    let mountable = body.secrets.iter().flatten().filter_map(|it| it.name.clone());
    let token = |it: &&std::sync::Arc<Object>| {
        it.secret().and_then(|it| it.type_.as_deref())
            == Some("kubernetes.io/service-account-token")
            && it.meta.annotation("kubernetes.io/service-account.name") == Some(&object.meta.name)
    };
    let tokens = secrets.iter().filter(token).map(|it| it.meta.name.to_string());
    let lists: [(&str, Vec<String>); 3] = [
        ("Image pull secrets", pull.collect()),
        ("Mountable secrets", mountable.collect()),
        ("Tokens", tokens.collect()),
    ];
    for (title, names) in lists {
        if names.is_empty() {
            out.field(0, title, "<none>");
        }
        for (place, name) in names.iter().enumerate() {
            let head = if place == 0 { format!("{title}:") } else { String::new() };
            let missing = if known(name) { "" } else { " (not found)" };
            out.line(0, format!("{head}\t{name}{missing}"));
        }
    }
    events::describe(context, object, out);
    Ok(())
}
