//! Tells Cargo that the migrations are part of the crate, or new files would not be noticed.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
