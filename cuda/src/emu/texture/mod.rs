//! Textures and surfaces: images, and how kernels read and write them.
//!
//! What the hardware does is done in the same way and to the same bit where it is documented: texels lie at the
//! centres of unit squares, weights of linear filtering have 8 bits of fraction, wrapped and mirrored coordinates
//! need normalised ones. Differences: channels that a format lacks read as 0; there are no mipmaps, so that a level
//! or a gradient chooses nothing; the blend itself is rounded once, where the hardware does not say how it rounds.

mod address;
mod cube;
mod format;
mod image;
mod object;
mod sampler;
mod surface;
#[cfg(test)]
mod tests;
mod unit;
mod words;

pub(crate) use self::image::Image;
pub(crate) use self::object::{Linear, Texels, Texture};
pub(crate) use self::unit::TextureObjects;
