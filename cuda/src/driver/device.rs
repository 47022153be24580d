//! Devices.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::backend::{self, Backend, BackendKind, DeviceAttribute, PeerAttribute};
use crate::context::{Context, ContextFlags};
use crate::error::{Code, Error, Result};

/// A piece of hardware, or an emulated device.
///
/// `Display` gives its name and what it is. It is a number: it costs nothing, and holds nothing.
#[derive(Clone, Copy)]
pub struct Device {
    backend: &'static dyn Backend,
    ordinal: u32,
}

impl Device {
    /// The device of that number: of the hardware, if there is any, else of the emulated devices.
    ///
    /// # Errors
    /// [`Code::InvalidDevice`] if there are not so many.
    pub fn get(ordinal: u32) -> Result<Device> {
        Device::of(default_backend()?, ordinal)
    }

    /// The hardware of that number, in the driver's order.
    ///
    /// # Errors
    /// [`Code::NoDevice`] if there is no driver or no hardware, [`Code::InvalidDevice`] if there is not so much.
    pub fn cuda(ordinal: u32) -> Result<Device> {
        let backend = backend::hardware()?;
        if backend.device_count()? == 0 {
            return Err(Error::new(Code::NoDevice, "cuDeviceGetCount")
                .advise("use the emulated device: MANYWAYS_CUDA=emu"));
        }
        Device::of(backend, ordinal)
    }

    /// The emulated device of that number. There are two.
    ///
    /// # Errors
    /// [`Code::InvalidDevice`] for other numbers.
    pub fn emulated(ordinal: u32) -> Result<Device> {
        Device::of(backend::emulated()?, ordinal)
    }

    fn of(backend: &'static dyn Backend, ordinal: u32) -> Result<Device> {
        let count = backend.device_count()?;
        if ordinal < count {
            return Ok(Device { backend, ordinal });
        }
        let error =
            Error::new(Code::InvalidDevice, "cuDeviceGet").on(format_args!("device {ordinal}"));
        Err(error.because(format_args!(
            "there are {count} {} devices, numbered from 0",
            backend.kind()
        )))
    }

    /// How many devices [`get`](Device::get) chooses from.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn count() -> Result<u32> {
        default_backend()?.device_count()
    }

    /// All hardware, then all emulated devices. Hardware whose driver does not work is left out.
    ///
    /// # Errors
    /// Those of the emulated device.
    pub fn all() -> Result<Vec<Device>> {
        let hardware = backend::hardware().map_or_else(|_| Vec::new(), devices_of);
        Ok([hardware, devices_of(backend::emulated()?)].concat())
    }

    /// The device at a place on the PCI bus, `domain:bus:device.function` in hexadecimal digits.
    ///
    /// # Errors
    /// [`Code::InvalidDevice`] if there is none.
    pub fn from_pci_bus_id(id: &str) -> Result<Device> {
        let found = Device::all()?.into_iter().find(|device| {
            device
                .pci_bus_id()
                .is_ok_and(|own| own.eq_ignore_ascii_case(id))
        });
        found.ok_or_else(|| Error::new(Code::InvalidDevice, "cuDeviceGetByPCIBusId").on(id))
    }

    /// Its number among those of its kind.
    #[must_use]
    pub fn ordinal(&self) -> u32 {
        self.ordinal
    }

    /// Whether it is hardware or emulated.
    #[must_use]
    pub fn kind(&self) -> BackendKind {
        self.backend.kind()
    }

    /// Its name, as the maker gives it.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn name(&self) -> Result<String> {
        self.backend.device_name(self.ordinal)
    }

    /// A number that no other device has.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn uuid(&self) -> Result<[u8; 16]> {
        self.backend.device_uuid(self.ordinal)
    }

    /// Its place on the PCI bus.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn pci_bus_id(&self) -> Result<String> {
        self.backend.device_pci_bus_id(self.ordinal)
    }

    /// Its memory in bytes.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn total_memory(&self) -> Result<usize> {
        self.backend.device_total_memory(self.ordinal)
    }

    /// Its compute capability: (8, 0) for 8.0.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn compute_capability(&self) -> Result<(u32, u32)> {
        let part = |attribute| self.get_attribute(attribute).map(i32::unsigned_abs);
        let major = part(DeviceAttribute::ComputeCapabilityMajor)?;
        Ok((major, part(DeviceAttribute::ComputeCapabilityMinor)?))
    }

    /// One of its attributes.
    ///
    /// # Errors
    /// Those of the driver; a driver older than the attribute gives [`Code::InvalidValue`].
    pub fn get_attribute(&self, attribute: DeviceAttribute) -> Result<i32> {
        let value = self.backend.device_attribute(self.ordinal, attribute);
        value.map_err(|error| error.on(format_args!("{attribute:?} of device {}", self.ordinal)))
    }

    /// All attributes that the driver knows.
    #[must_use]
    pub fn get_attributes(&self) -> Vec<(DeviceAttribute, i32)> {
        let known =
            |attribute: &DeviceAttribute| Some((*attribute, self.get_attribute(*attribute).ok()?));
        DeviceAttribute::ALL.iter().filter_map(known).collect()
    }

    /// Whether its kernels could use the memory of `peer`.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn can_access_peer(&self, peer: Device) -> Result<bool> {
        if self.kind() != peer.kind() {
            return Ok(false);
        }
        self.backend
            .device_can_access_peer(self.ordinal, peer.ordinal)
    }

    /// What the link from this device to another is like.
    ///
    /// # Errors
    /// [`Code::InvalidDevice`] if they are of different kinds, or the same.
    pub fn get_peer_attribute(&self, peer: Device, attribute: PeerAttribute) -> Result<i32> {
        if self.kind() != peer.kind() {
            return Err(Error::new(Code::InvalidDevice, "cuDeviceGetP2PAttribute")
                .on(format_args!("{self} and {peer}")));
        }
        self.backend
            .device_peer_attribute(self.ordinal, peer.ordinal, attribute)
    }

    /// Its primary context: [`Context::primary`].
    ///
    /// # Errors
    /// As there.
    pub fn retain_primary_context(self) -> Result<Context> {
        Context::primary(self)
    }

    /// A context of its own: [`Context::create`].
    ///
    /// # Errors
    /// As there.
    pub fn make_context(self, flags: ContextFlags) -> Result<Context> {
        Context::create(self, flags)
    }

    pub(crate) fn backend(&self) -> &'static dyn Backend {
        self.backend
    }
}

/// Hardware if there is any that works.
fn default_backend() -> Result<&'static dyn Backend> {
    match backend::hardware() {
        Ok(hardware) if hardware.device_count().is_ok_and(|count| count > 0) => Ok(hardware),
        _ => backend::emulated(),
    }
}

fn devices_of(backend: &'static dyn Backend) -> Vec<Device> {
    let count = backend.device_count().unwrap_or(0);
    (0..count)
        .map(|ordinal| Device { backend, ordinal })
        .collect()
}

/// The version of the driver that [`Device::get`] uses, as CUDA counts: (12, 9) for 12.9.
///
/// # Errors
/// Those of the driver.
pub fn get_driver_version() -> Result<(u32, u32)> {
    let version = default_backend()?.driver_version()?;
    Ok((version / 1000, version % 1000 / 10))
}

impl PartialEq for Device {
    fn eq(&self, other: &Device) -> bool {
        (self.kind(), self.ordinal) == (other.kind(), other.ordinal)
    }
}

impl Eq for Device {}

impl Hash for Device {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.kind(), self.ordinal).hash(state);
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, ordinal) = (self.kind(), self.ordinal);
        match self.name() {
            // Its name says what it is, and its number.
            Ok(name) if kind == BackendKind::Emulated => f.write_str(&name),
            Ok(name) => write!(f, "{name} ({kind} device {ordinal})"),
            Err(_) => write!(f, "{kind} device {ordinal}"),
        }
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device")
            .field("kind", &self.kind())
            .field("ordinal", &self.ordinal)
            .finish()
    }
}
