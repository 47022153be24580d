//! The client's side of a share.

mod connect;
mod connection;
mod items;
mod locks;
mod many;
mod procs;
mod stub_share;

pub use self::{
    connect::{CONNECT_WITHIN, ConnectShare},
    locks::{ItemGuard, ShareGuard},
    procs::{Proc, join_all},
    stub_share::StubShare,
};
