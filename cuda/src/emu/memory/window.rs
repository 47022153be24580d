//! Where generic addresses put what is not global memory. No address of the host or of a device's memory is there.

/// Shared memory of the block: its first byte.
pub(crate) const SHARED: u64 = 2 << 60;
/// Local memory of the thread.
pub(crate) const LOCAL: u64 = 3 << 60;
/// Parameters of the kernel.
pub(crate) const PARAM: u64 = 4 << 60;
/// Functions: the first is at this address.
pub(crate) const CODE: u64 = 5 << 60;
/// Between the addresses of two functions.
pub(crate) const CODE_STEP: u64 = 16;

/// The part of an address that says which window it lies in.
pub(crate) fn of(address: u64) -> u64 {
    address >> 60 << 60
}
