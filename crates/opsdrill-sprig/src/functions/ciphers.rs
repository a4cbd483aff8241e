//! Texts that are enciphered with a password: AES-256 in blocks that are chained.

use aes::Aes256;
use aes::cipher::{BlockCipherDecrypt as _, BlockCipherEncrypt as _, KeyInit as _};
use opsdrill_template::Value;

use super::encoding::{base64, base64_bytes};
use crate::arguments::text;
use crate::surroundings::Surroundings;

type Answer = Result<Value, String>;

/// Bytes of a block and of a key.
const BLOCK: usize = 16;
const KEY: usize = 32;

/// The password's first bytes are the key.
fn cipher(password: &str) -> Aes256 {
    let mut key = [0; KEY];
    key.iter_mut().zip(password.bytes()).for_each(|(target, it)| *target = it);
    Aes256::new(&key.into())
}

#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn encrypt(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    let plain = text(arguments, 1);
    if plain.is_empty() {
        return Ok("".into());
    }
    let mut content = plain.as_bytes().to_vec();
    let padding = BLOCK - content.len() % BLOCK;
    content.resize(content.len() + padding, padding as u8);
    let cipher = cipher(text(arguments, 0));
    let mut all = surroundings.bytes(BLOCK);
    for block in content.as_chunks::<BLOCK>().0 {
        let mut mixed = *block;
        let before = &all[all.len() - BLOCK..];
        mixed.iter_mut().zip(before).for_each(|(target, it)| *target ^= it);
        let mut mixed = mixed.into();
        cipher.encrypt_block(&mut mixed);
        all.extend(mixed);
    }
    Ok(base64(&all).into())
}

/// What is wrong with the text makes Go stumble over its slices, or is not noticed.
pub(super) fn decrypt(arguments: &[Value]) -> Answer {
    let secret = text(arguments, 1);
    if secret.is_empty() {
        return Ok("".into());
    }
    let all = base64_bytes(secret)?;
    let out_of_range = |what: String| format!("runtime error: slice bounds out of range {what}");
    let capacity = secret.len() / 4 * 3;
    if capacity < BLOCK {
        return Err(out_of_range(format!("[:{BLOCK}] with capacity {capacity}")));
    }
    let Some(content) = all.get(BLOCK..) else {
        return Err(out_of_range(format!("[{BLOCK}:{}]", all.len())));
    };
    let (blocks, []) = content.as_chunks::<BLOCK>() else {
        return Err("crypto/cipher: input not full blocks".to_owned());
    };
    let cipher = cipher(text(arguments, 0));
    let mut plain = Vec::new();
    for (block, before) in blocks.iter().zip(all.as_chunks::<BLOCK>().0) {
        let mut block = (*block).into();
        cipher.decrypt_block(&mut block);
        plain.extend(block.iter().zip(before).map(|(one, other)| one ^ other));
    }
    let Some(padding) = plain.last().map(|it| usize::from(*it)) else {
        return Err("runtime error: index out of range [-1]".to_owned());
    };
    if padding > plain.len() {
        return Err(out_of_range(format!("[:-{}]", padding - plain.len())));
    }
    plain.truncate(plain.len() - padding);
    Ok(String::from_utf8_lossy(&plain).into_owned().into())
}
