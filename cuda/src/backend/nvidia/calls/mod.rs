//! Which function does what.

mod contexts;
mod copies;
mod devices;
mod graphics;
mod graphs;
mod ipc;
mod memory;
mod modules;
mod streams;
mod textures;
