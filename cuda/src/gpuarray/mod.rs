//! Arrays on a device.

mod collapse;
mod dtype;
mod element;
mod layout;
mod promote;
mod shape;
mod slicing;

pub use self::dtype::{Dtype, Kind};
pub use self::element::{ComplexElement, Element, Float, Inexact, Integer, Number, Ordered};
pub use self::layout::Order;
pub use self::promote::{Promote, result_type};
pub use self::shape::IntoShape;
pub use self::slicing::{Ellipsis, IntoItems, Item, NewAxis, Slice};
