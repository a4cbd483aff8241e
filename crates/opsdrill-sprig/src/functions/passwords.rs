//! Hashes of passwords, and passwords that are derived from another.

use opsdrill_template::Value;

use crate::arguments::{int, text};
use crate::bcrypt::hash;
use crate::keys::Hash;
use crate::surroundings::Surroundings;

type Answer = Result<Value, String>;

/// How dear a hash is: two to this power of rounds, as in Go.
const COST: u32 = 10;

/// What the algorithm of master passwords is told apart by.
const MASTER: &[u8] = b"com.lyndir.masterpassword";

/// How dear a master password's key is, as in that algorithm: two to the power of 15 blocks of 8 units, twice.
const MASTER_COST: (u8, u32, u32) = (15, 8, 2);

/// Bytes of its key.
const MASTER_KEY: usize = 64;

/// The forms of passwords, by the names of their types: a letter stands for any character of a class.
const FORMS: &[(&str, &[&str])] = &[
    ("maximum", &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"]),
    (
        "long",
        &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
    ),
    ("medium", &["CvcnoCvc", "CvcCvcno"]),
    ("short", &["Cvcn"]),
    ("basic", &["aaanaaan", "aannaaan", "aaannaaa"]),
    ("pin", &["nnnn"]),
];

/// The characters that a letter of a form stands for.
fn class(letter: char) -> &'static [u8] {
    match letter {
        'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        'v' => b"aeiou",
        'c' => b"bcdfghjklmnpqrstvwxyz",
        'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        'n' => b"0123456789",
        'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// Bytes beyond which Go refuses a password.
const PASSWORD_BYTES_MAX: usize = 72;

fn hashed(surroundings: &Surroundings, password: &str) -> Result<String, String> {
    if password.len() > PASSWORD_BYTES_MAX {
        let why = "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes";
        return Ok(why.to_owned());
    }
    surroundings.spend()?;
    Ok(hash(password, COST, &surroundings.bytes(16)))
}

pub(super) fn bcrypt(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    Ok(hashed(surroundings, text(arguments, 0))?.into())
}

/// A line of a file of passwords.
pub(super) fn htpasswd(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    let (name, password) = (text(arguments, 0), text(arguments, 1));
    if name.contains(':') {
        return Ok(format!("invalid username: {name}").into());
    }
    Ok(format!("{name}:{}", hashed(surroundings, password)?).into())
}

/// A text with its length before it.
fn measured(text: &str) -> Vec<u8> {
    [&(text.len() as u32).to_be_bytes(), text.as_bytes()].concat()
}

/// A site's password from a master password, a user's name and a counter: the algorithm of Master Password, now Spectre.
pub(super) fn derive_password(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    let (sort, password) = (text(arguments, 1), text(arguments, 2));
    let Some((_, forms)) = FORMS.iter().find(|(name, _)| *name == sort) else {
        return Ok(format!("cannot find password template {sort}").into());
    };
    surroundings.spend()?;
    let salt = [MASTER, &measured(text(arguments, 3))].concat();
    let (cost, units, times) = MASTER_COST;
    let cost = scrypt::Params::new(cost, units, times).map_err(|it| it.to_string())?;
    let mut key = [0; MASTER_KEY];
    scrypt::scrypt(password.as_bytes(), &salt, &cost, &mut key).map_err(|it| it.to_string())?;
    let counter = (int(arguments, 0) as u32).to_be_bytes();
    let site = [MASTER, &measured(text(arguments, 4)), &counter].concat();
    let seed = Hash::Sha256.keyed(&key, &site);
    let form = forms[usize::from(seed[0]) % forms.len()];
    let character = |(letter, byte): (char, &u8)| {
        let characters = class(letter);
        char::from(characters[usize::from(*byte) % characters.len()])
    };
    Ok(form.chars().zip(&seed[1..]).map(character).collect::<String>().into())
}
