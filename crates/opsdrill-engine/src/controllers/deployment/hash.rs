//! The hash of a pod template that ends a ReplicaSet's name.
//!
//! The real one hashes Go's dump of the struct with FNV-1a; ours hashes the template's JSON, which is as stable.

use k8s_openapi::api::core::v1::PodTemplateSpec;

use crate::chance::LETTERS;

/// The hash of a template; the collision count makes another of the same template.
pub(in super::super) fn template_hash(
    template: &PodTemplateSpec,
    collision_count: Option<i32>,
) -> String {
    let document = serde_json::to_vec(template).expect("templates are JSON");
    let mut hash = fnv(0x811c_9dc5, &document);
    if let Some(count) = collision_count {
        hash = fnv(hash, &count.to_le_bytes());
    }
    let digits = hash.to_string();
    // As `rand.SafeEncodeString` turns digits into letters.
    digits.bytes().map(|it| char::from(LETTERS[usize::from(it) % LETTERS.len()])).collect()
}

fn fnv(start: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(start, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collision_gives_another_hash_in_safe_letters() {
        let template = PodTemplateSpec::default();
        let first = template_hash(&template, None);
        assert_ne!(first, template_hash(&template, Some(1)));
        assert!(first.bytes().all(|it| b"bcdf456789".contains(&it)), "{first}");
    }
}
