//! Blocks that go together.

use super::{Item, Result, ShareableList, SharedMemory};

/// Makes blocks, and unlinks all of them when it is dropped or [shut down](Self::shutdown): Python's
/// `SharedMemoryManager`, without its server process, as there is nothing to serve.
///
/// ```
/// use multiprocessing::shared_memory::{SharedMemory, SharedMemoryManager};
///
/// let mut manager = SharedMemoryManager::new();
/// let name = manager.shared_memory(100)?.name().to_owned();
/// drop(manager);
/// assert!(SharedMemory::open(&name).unwrap_err().is_not_found());
/// # Ok::<(), multiprocessing::shared_memory::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct SharedMemoryManager {
    /// Handles of our own, as users may drop theirs.
    blocks: Vec<SharedMemory>,
}

impl SharedMemoryManager {
    /// A manager of no blocks.
    #[must_use]
    pub fn new() -> SharedMemoryManager {
        SharedMemoryManager::default()
    }

    /// A new block of `size` bytes.
    ///
    /// # Errors
    ///
    /// As [`SharedMemory::create`].
    pub fn shared_memory(&mut self, size: usize) -> Result<SharedMemory> {
        let block = SharedMemory::create(size)?;
        self.keep(block.name())?;
        Ok(block)
    }

    /// A new list of these items.
    ///
    /// # Errors
    ///
    /// As [`ShareableList::new`].
    pub fn shareable_list<I: Into<Item>>(
        &mut self,
        items: impl IntoIterator<Item = I>,
    ) -> Result<ShareableList> {
        let list = ShareableList::new(items)?;
        self.keep(list.name())?;
        Ok(list)
    }

    /// Unlinks all blocks that it has made. Those who have them open keep them.
    ///
    /// # Errors
    ///
    /// When the system refuses to unlink one; the others are unlinked all the same. That one is gone already is none.
    pub fn shutdown(&mut self) -> Result<()> {
        let mut failed = Ok(());
        for block in self.blocks.drain(..) {
            match block.unlink() {
                Err(error) if !error.is_not_found() => failed = Err(error),
                _ => {}
            }
        }
        failed
    }

    fn keep(&mut self, name: &str) -> Result<()> {
        self.blocks.push(SharedMemory::open(name)?);
        Ok(())
    }
}

impl Drop for SharedMemoryManager {
    fn drop(&mut self) {
        // What cannot be unlinked goes with this process.
        let _ = self.shutdown();
    }
}
