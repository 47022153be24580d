//! Compiled sources on the devices: modules, the headers of this crate, structures as arguments.

#[path = "../support/mod.rs"]
mod support;

mod arguments;
mod bfloat;
mod complex;
mod half;
mod library;
mod modules;
