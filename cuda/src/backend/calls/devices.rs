//! Devices. They are numbered from 0 to `device_count()`; other numbers are `Code::InvalidDevice`.

use super::super::*;

/// See the module's documentation.
pub(crate) trait DeviceCalls {
    fn kind(&self) -> BackendKind;
    /// As CUDA writes it: 12090 is 12.9.
    fn driver_version(&self) -> Result<u32>;
    fn device_count(&self) -> Result<u32>;
    fn device_name(&self, device: u32) -> Result<String>;
    fn device_uuid(&self, device: u32) -> Result<[u8; 16]>;
    /// `domain:bus:device.function`, in hexadecimal digits.
    fn device_pci_bus_id(&self, device: u32) -> Result<String>;
    fn device_total_memory(&self, device: u32) -> Result<usize>;
    fn device_attribute(&self, device: u32, attribute: DeviceAttribute) -> Result<i32>;
    fn device_can_access_peer(&self, device: u32, peer: u32) -> Result<bool>;
    fn device_peer_attribute(
        &self,
        device: u32,
        peer: u32,
        attribute: PeerAttribute,
    ) -> Result<i32>;
}
