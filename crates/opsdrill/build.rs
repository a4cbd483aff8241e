//! How the program is linked.
#![expect(clippy::disallowed_methods, reason = "cargo speaks to a build script by variables")]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = std::env::var("TARGET").unwrap_or_default();
    if target == "x86_64-unknown-linux-gnu" {
        // At a fixed address nothing has to be relocated, and so copied, at each start: 3 MB of a session's memory.
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
