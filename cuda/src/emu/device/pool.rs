//! Pools of stream-ordered memory: bounds and figures. Nothing is kept back, for the host allocates quickly.

use parking_lot::Mutex;

use crate::backend::PoolAttribute;
use crate::error::{Code, Error, Result};

#[derive(Debug)]
pub(super) struct Pool {
    pub(super) device: u32,
    /// 0: no bound but the device's memory.
    maximum: u64,
    figures: Mutex<Figures>,
}

#[derive(Debug, Default)]
struct Figures {
    threshold: u64,
    used: u64,
    highest: u64,
}

impl Pool {
    pub(super) fn new(device: u32, maximum: usize) -> Pool {
        Pool {
            device,
            maximum: maximum as u64,
            figures: Mutex::default(),
        }
    }

    pub(super) fn take(&self, bytes: u64, call: &'static str) -> Result<()> {
        let mut figures = self.figures.lock();
        let used = figures.used.saturating_add(bytes);
        if self.maximum != 0 && used > self.maximum {
            let left = self.maximum - figures.used;
            return Err(Error::new(Code::OutOfMemory, call).because(format_args!(
                "{bytes} bytes were asked for, {left} are left in the pool"
            )));
        }
        figures.used = used;
        figures.highest = figures.highest.max(used);
        Ok(())
    }

    pub(super) fn give_back(&self, bytes: u64) {
        self.figures.lock().used -= bytes;
    }

    pub(super) fn attribute(&self, attribute: PoolAttribute) -> u64 {
        let figures = self.figures.lock();
        match attribute {
            PoolAttribute::ReleaseThreshold => figures.threshold,
            PoolAttribute::ReservedNow | PoolAttribute::UsedNow => figures.used,
            PoolAttribute::ReservedHigh | PoolAttribute::UsedHigh => figures.highest,
        }
    }

    pub(super) fn set_attribute(&self, attribute: PoolAttribute, value: u64) -> Result<()> {
        let mut figures = self.figures.lock();
        match (attribute, value) {
            (PoolAttribute::ReleaseThreshold, threshold) => figures.threshold = threshold,
            (PoolAttribute::ReservedHigh | PoolAttribute::UsedHigh, 0) => {
                figures.highest = figures.used;
            }
            _ => {
                return Err(Error::new(Code::InvalidValue, "cuMemPoolSetAttribute")
                    .because("figures cannot be set, but for the highest ones to 0"));
            }
        }
        Ok(())
    }
}
