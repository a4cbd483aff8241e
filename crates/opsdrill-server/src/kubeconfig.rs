//! The kubeconfig that is handed to the trainee's own tools.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use opsdrill_objects::yaml;

/// A user of a kubeconfig.
pub(crate) struct User {
    /// The name in the file and of the context.
    pub(crate) name: String,
    /// Certificate and key in PEM.
    pub(crate) certificate: Option<(String, String)>,
    /// A bearer token.
    pub(crate) token: Option<String>,
}

/// A kubeconfig with one cluster and one context for each user; the first one is in use.
pub(crate) fn text(server: &str, authority: &str, namespace: &str, users: &[User]) -> String {
    let encoded = |pem: &str| STANDARD.encode(pem);
    let context = |user: &User| {
        let context = json!({ "cluster": "drill", "namespace": namespace, "user": user.name });
        json!({ "context": context, "name": context_name(users, user) })
    };
    let credentials = |user: &User| {
        let mut fields = serde_json::Map::new();
        if let Some((certificate, key)) = &user.certificate {
            fields.insert("client-certificate-data".into(), encoded(certificate).into());
            fields.insert("client-key-data".into(), encoded(key).into());
        }
        if let Some(token) = &user.token {
            fields.insert("token".into(), token.clone().into());
        }
        json!({ "name": user.name, "user": fields })
    };
    let cluster = json!({ "certificate-authority-data": encoded(authority), "server": server });
    let document = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "cluster": cluster, "name": "drill" }],
        "contexts": users.iter().map(context).collect::<Vec<Value>>(),
        "current-context": "drill",
        "preferences": {},
        "users": users.iter().map(credentials).collect::<Vec<Value>>(),
    });
    yaml::to_yaml(&document)
}

/// The first user's context is called like the cluster; the others' like themselves.
fn context_name<'a>(users: &[User], user: &'a User) -> &'a str {
    if users[0].name == user.name { "drill" } else { &user.name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_user_is_in_use() {
        let user = |name: &str| User {
            name: name.into(),
            certificate: Some(("c".into(), "k".into())),
            token: None,
        };
        let written = text("https://127.0.0.1:1", "ca", "shop", &[user("jane"), user("joe")]);
        let read = yaml::parse_document(&written).unwrap().value;
        assert_eq!(read["current-context"], read["contexts"][0]["name"]);
        assert_eq!(read["contexts"][0]["context"]["user"], "jane");
        assert_eq!(read["contexts"][1]["name"], "joe");
        assert_eq!(read["users"][0]["user"]["client-key-data"], "aw==");
    }
}
