//! Tells cargo to embed the web assets anew when they change. The folder may be absent: the binary then serves the API alone.

fn main() {
    println!("cargo:rerun-if-changed=../../ui/dist");
    println!("cargo:rerun-if-changed=build.rs");
}
