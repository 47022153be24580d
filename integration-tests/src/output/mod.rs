//! What the tour shows: text and a table on the terminal, a page with pictures, or a JSON document.

mod html;
mod json;
mod lanes;
mod picture;
mod progress;
mod table;

pub use progress::Progress;

pub(crate) use html::write_page;
pub(crate) use json::write_json;
pub(crate) use table::{Summary, WhatWasFound, runs_table};
