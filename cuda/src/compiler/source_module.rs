//! A source, compiled.

use super::builder::SourceModuleBuilder;

/// A source that is compiled and loaded.
#[derive(Debug)]
pub struct SourceModule {}

impl SourceModule {
    /// Begins with a source.
    pub fn builder(source: impl Into<String>) -> SourceModuleBuilder {
        SourceModuleBuilder::new(source)
    }
}
