//! Frames: the header's bytes, the writer, the reader and what the reader keeps between two calls.

mod discard;
mod gather;
mod handover;
mod header;
mod reader;
mod writer;

pub use header::DEFAULT_MAX_FRAME;
pub(crate) use header::MAGIC as FRAME_MAGIC;
pub use reader::FrameReader;
pub use writer::FrameWriter;
