//! How the program is linked: small in memory, since a drill shall fit into 40 MB.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = std::env::var("TARGET").unwrap_or_default();
    if target == "x86_64-unknown-linux-gnu" {
        // Functions of equal code are one, and nothing has to be relocated (and so copied) at each start.
        for argument in ["-no-pie", "-Wl,--icf=all"] {
            println!("cargo::rustc-link-arg-bins={argument}");
        }
    }
}
