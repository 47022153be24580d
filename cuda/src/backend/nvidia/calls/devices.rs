use super::super::*;

impl DeviceCalls for Nvidia {
    fn kind(&self) -> BackendKind {
        BackendKind::Cuda
    }

    fn driver_version(&self) -> Result<u32> {
        device::driver_version(self.0)
    }

    fn device_count(&self) -> Result<u32> {
        device::count(self.0)
    }

    fn device_name(&self, device: u32) -> Result<String> {
        device::name(self.0, device)
    }

    fn device_uuid(&self, device: u32) -> Result<[u8; 16]> {
        device::uuid(self.0, device)
    }

    fn device_pci_bus_id(&self, device: u32) -> Result<String> {
        device::pci_bus_id(self.0, device)
    }

    fn device_total_memory(&self, device: u32) -> Result<usize> {
        device::total_memory(self.0, device)
    }

    fn device_attribute(&self, device: u32, attribute: DeviceAttribute) -> Result<i32> {
        device::attribute(self.0, device, attribute)
    }

    fn device_can_access_peer(&self, device: u32, peer: u32) -> Result<bool> {
        device::can_access_peer(self.0, device, peer)
    }

    fn device_peer_attribute(
        &self,
        device: u32,
        peer: u32,
        attribute: PeerAttribute,
    ) -> Result<i32> {
        device::peer_attribute(self.0, device, peer, attribute)
    }
}
