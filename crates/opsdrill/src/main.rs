//! The opsdrill program.
fn main() {}
