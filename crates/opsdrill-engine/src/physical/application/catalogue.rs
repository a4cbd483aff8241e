//! Which image holds which application.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::resource::Resource;

use super::ApplicationModel;

/// Applications by repository (`redis`, `registry.example.com/shop/payment-service`) or by repository and tag.
#[derive(Resource, Debug, Default)]
pub struct Catalogue {
    by_image: BTreeMap<String, Arc<ApplicationModel>>,
    plain: Arc<ApplicationModel>,
}

impl Catalogue {
    /// Says what an image holds: `repository` for all its tags, `repository:tag` for one.
    pub fn insert(&mut self, image: &str, model: ApplicationModel) {
        self.by_image.insert(image.to_owned(), Arc::new(model));
    }

    /// What an image holds, as its name is written in a pod; a plain server if nobody said anything.
    pub fn find(&self, image: &str) -> &Arc<ApplicationModel> {
        let (repository, _) = split(image);
        let without_digest = image.split_once('@').map_or(image, |(name, _)| name);
        let known = [without_digest, repository].into_iter().flat_map(|name| {
            let short =
                name.strip_prefix("docker.io/").map(|it| it.strip_prefix("library/").unwrap_or(it));
            [Some(name), short, name.strip_prefix("library/")]
        });
        known.flatten().find_map(|name| self.by_image.get(name)).unwrap_or(&self.plain)
    }
}

/// The repository and the tag (`latest` if none) of an image's name.
pub fn split(image: &str) -> (&str, &str) {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    match name.rsplit_once(':') {
        // A colon before a slash belongs to the registry's port.
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (name, "latest"),
    }
}
