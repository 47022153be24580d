//! Arrays, texture objects and surface objects.
//!
//! Python's texture and surface *references*, which a module declares and the host binds, are gone from CUDA 12. Objects
//! take their place: a kernel gets them as arguments.

mod array;
mod object;

pub use self::array::{Array, ArrayElement};
pub use self::object::{SurfaceObject, TextureObject};
