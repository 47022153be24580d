//! Memory pools, and what is known of devices.

mod bins;
mod device_data;
mod device_pool;
mod occupancy;
mod page_locked_pool;

pub use self::device_data::DeviceData;
pub use self::device_pool::{DeviceMemoryPool, InStream};
pub use self::occupancy::{LimitedBy, OccupancyRecord};
pub use self::page_locked_pool::PageLockedMemoryPool;

/// The position of the highest bit that is set: the logarithm to base 2, rounded down. 0 for 0.
#[must_use]
pub fn bitlog2(number: u64) -> u32 {
    number.checked_ilog2().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bitlog2_is_the_position_of_the_highest_bit() {
        let positions = [0, 1, 2, 3, 4, 255, 256, u64::MAX].map(bitlog2);
        assert_eq!(positions, [0, 0, 1, 1, 2, 7, 8, 63]);
    }
}
