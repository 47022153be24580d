//! The calls of a driver, by what they are about.

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

pub(crate) use self::contexts::ContextCalls;
pub(crate) use self::copies::CopyCalls;
pub(crate) use self::devices::DeviceCalls;
pub(crate) use self::graphics::GraphicsCalls;
pub(crate) use self::graphs::GraphCalls;
pub(crate) use self::ipc::IpcCalls;
pub(crate) use self::memory::MemoryCalls;
pub(crate) use self::modules::ModuleCalls;
pub(crate) use self::streams::StreamCalls;
pub(crate) use self::textures::TextureCalls;
