//! What a semaphore with a bound must do: CPython's `BoundedSemaphoreTests`.

use super::semaphore::assert_permits;
use super::tells_number;
use crate::contract::{BoundedSemaphore, Refusal, World};

/// A release beyond what it began with is refused (`BoundedSemaphoreTests.test_release_unacquired`).
pub fn release_unacquired<W: World, S: BoundedSemaphore>() {
    let semaphore = S::new(1);
    assert_eq!(semaphore.release(1), Err(Refusal::OverRelease));
    semaphore.acquire().unwrap();
    semaphore.release(1).unwrap();
    assert_eq!(semaphore.release(1), Err(Refusal::OverRelease));
    assert_permits(&semaphore, 1);
}

/// A release of several that goes beyond releases none of them.
pub fn over_release_changes_nothing<W: World, S: BoundedSemaphore>() {
    let semaphore = S::new(3);
    semaphore.acquire().unwrap();
    for permits in [2, 3, usize::MAX] {
        assert_eq!(semaphore.release(permits), Err(Refusal::OverRelease));
        assert_permits(&semaphore, 2);
    }
    semaphore.release(1).unwrap();
    assert_permits(&semaphore, 3);
}

/// `Debug` tells the number of permits and the bound (`BoundedSemaphoreTests.test_repr`).
pub fn debug<W: World, S: BoundedSemaphore>() {
    let semaphore = S::new(4321);
    semaphore.acquire().unwrap();
    tells_number(&semaphore, 4320);
    tells_number(&semaphore, 4321);
}
