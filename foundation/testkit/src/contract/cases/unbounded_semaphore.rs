//! What a semaphore without a bound must do: CPython's `SemaphoreTests`.

use super::semaphore::assert_permits;
use super::tells_number;
use crate::contract::{Semaphore, World};

/// Permits may be added beyond what it began with (`SemaphoreTests.test_release_unacquired`).
pub fn release_unacquired<W: World, S: Semaphore>() {
    let semaphore = S::new(1);
    semaphore.release(1).unwrap();
    semaphore.acquire().unwrap();
    semaphore.acquire().unwrap();
    semaphore.release(5).unwrap();
    assert_permits(&semaphore, 5);
}

/// `Debug` tells the number of permits (`SemaphoreTests.test_repr`).
pub fn debug<W: World, S: Semaphore>() {
    let semaphore = S::new(4321);
    tells_number(&semaphore, 4321);
    semaphore.acquire().unwrap();
    tells_number(&semaphore, 4320);
    semaphore.release(2).unwrap();
    tells_number(&semaphore, 4322);
}
