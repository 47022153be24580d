use super::*;
use crate::backend::DeviceCalls;

impl DeviceCalls for Emulator {
    fn kind(&self) -> BackendKind {
        BackendKind::Emulated
    }

    fn driver_version(&self) -> Result<u32> {
        Ok(specs::DRIVER_VERSION)
    }

    fn device_count(&self) -> Result<u32> {
        Ok(specs::DEVICES)
    }

    fn device_name(&self, device: u32) -> Result<String> {
        self.device(device, "cuDeviceGetName")?;
        Ok(specs::name(device))
    }

    fn device_uuid(&self, device: u32) -> Result<[u8; 16]> {
        self.device(device, "cuDeviceGetUuid")?;
        Ok(specs::uuid(device))
    }

    fn device_pci_bus_id(&self, device: u32) -> Result<String> {
        self.device(device, "cuDeviceGetPCIBusId")?;
        Ok(specs::pci_bus_id(device))
    }

    fn device_total_memory(&self, device: u32) -> Result<usize> {
        let device = self.device(device, "cuDeviceTotalMem")?;
        Ok(device.memory.limit() as usize)
    }

    fn device_attribute(&self, device: u32, attribute: DeviceAttribute) -> Result<i32> {
        self.device(device, "cuDeviceGetAttribute")?;
        Ok(match attribute {
            DeviceAttribute::KernelExecTimeout => self.settings().time_limit.is_some().into(),
            attribute => specs::attribute(device, attribute),
        })
    }

    fn device_can_access_peer(&self, device: u32, peer: u32) -> Result<bool> {
        let call = "cuDeviceCanAccessPeer";
        self.device(device, call)?;
        self.device(peer, call)?;
        Ok(device != peer)
    }

    fn device_peer_attribute(
        &self,
        device: u32,
        peer: u32,
        attribute: PeerAttribute,
    ) -> Result<i32> {
        let supported = self.device_can_access_peer(device, peer)?;
        Ok(match attribute {
            PeerAttribute::PerformanceRank => 0,
            PeerAttribute::AccessSupported | PeerAttribute::NativeAtomicSupported => {
                supported.into()
            }
            PeerAttribute::CudaArrayAccessSupported => 0,
        })
    }
}
