//! What discovery has answered, kept until the kinds that the cluster serves are others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use opsdrill_objects::custom::kinds::Kinds;

use super::resources::Resource;
use crate::answer::Answer;
use crate::body::Body;

/// How many documents are kept: each group's, in each form.
const DOCUMENTS_MAX: usize = 512;

/// Documents that were written once.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// The kinds from which everything was made.
    kinds: Arc<Kinds>,
    resources: Option<Arc<Vec<Resource>>>,
    documents: BTreeMap<String, Document>,
}

/// A document with its tag.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    content_type: String,
    bytes: Bytes,
    /// What changes when it does.
    pub(crate) tag: String,
}

impl Document {
    fn of(answer: Answer) -> Option<Self> {
        let Body::Whole(Some(bytes)) = answer.body else { return None };
        let hash = ring::digest::digest(&ring::digest::SHA512, &bytes);
        let tag = hash.as_ref().iter().map(|it| format!("{it:02X}")).collect();
        Some(Self { content_type: answer.content_type, bytes, tag })
    }

    /// The document as an answer.
    pub(crate) fn answer(&self) -> Answer {
        Answer::bytes(200, &self.content_type, self.bytes.clone())
    }
}

impl Kept {
    /// Every resource that a cluster with these kinds serves.
    pub(crate) fn resources(
        &self,
        kinds: &Arc<Kinds>,
        make: impl FnOnce() -> Vec<Resource>,
    ) -> Arc<Vec<Resource>> {
        let mut inner = self.of(kinds);
        inner.resources.get_or_insert_with(|| Arc::new(make())).clone()
    }

    /// A document by its name; `None` if there is no such thing.
    pub(crate) fn document(
        &self,
        kinds: &Arc<Kinds>,
        name: String,
        make: impl FnOnce() -> Option<Answer>,
    ) -> Option<Document> {
        if let Some(known) = self.of(kinds).documents.get(&name) {
            return Some(known.clone());
        }
        // Made without holding others up; who comes at the same time makes it, too.
        let document = Document::of(make()?)?;
        let mut inner = self.of(kinds);
        if inner.documents.len() < DOCUMENTS_MAX {
            inner.documents.insert(name, document.clone());
        }
        Some(document)
    }

    fn of(&self, kinds: &Arc<Kinds>) -> std::sync::MutexGuard<'_, Inner> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&inner.kinds, kinds) {
            *inner = Inner { kinds: kinds.clone(), ..Inner::default() };
        }
        inner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_made_once_for_the_same_kinds() {
        let kept = Kept::default();
        let get = |kinds: &Arc<Kinds>, text: &str| {
            let made = kept.document(kinds, "a".into(), || Some(Answer::text(200, text)));
            let Body::Whole(Some(bytes)) = made.unwrap().answer().body else { panic!("no body") };
            String::from_utf8(bytes.to_vec()).unwrap()
        };
        let [before, after] = [Arc::default(), Arc::default()];
        assert_eq!(get(&before, "one"), "one");
        assert_eq!(get(&before, "two"), "one");
        assert_eq!(get(&after, "three"), "three");
        assert!(kept.document(&after, "b".into(), || None).is_none());
    }
}
