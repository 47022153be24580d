//! Functions that the device has itself: `printf`, `malloc`, `free` and `assert`.

use super::fault::FaultKind;
use super::frame::lanes_of;
use super::printf;
use super::site::Site;
use super::trouble::{Outcome, Trouble};
use crate::emu::memory::window;
use crate::emu::program::op::{Builtin, CallOp};

/// Bytes of a text that a kernel passes, at most.
const MAX_TEXT: usize = 64 << 10;

impl Site<'_> {
    /// Calls a function of the device's for some lanes.
    pub(super) fn builtin(&self, builtin: Builtin, op: &CallOp, lanes: u32) -> Outcome {
        for lane in lanes_of(lanes) {
            match builtin {
                Builtin::Vprintf => self.vprintf(op, lane)?,
                Builtin::Malloc => self.malloc(op, lane),
                Builtin::Free => self.free(op, lane)?,
                Builtin::AssertFail => return Err(self.assert_fail(op, lane)),
            }
        }
        Ok(())
    }

    /// An argument, as an integer.
    fn argument(&self, op: &CallOp, index: usize, lane: usize) -> u64 {
        op.args.get(index).map_or(0, |area| {
            let at = self.frame.local * 4 + area.offset as usize;
            self.regs.read_local(at, area.size.min(8), lane)
        })
    }

    fn set_result(&self, op: &CallOp, lane: usize, value: u64) {
        if let Some(area) = op.results.first() {
            let at = self.frame.local * 4 + area.offset as usize;
            let size = area.size.min(8);
            self.regs.write_local(at, size, lane, value);
            self.regs.mark(at, size as usize, 1 << lane);
        }
    }

    fn vprintf(&self, op: &CallOp, lane: usize) -> Outcome {
        let format = self.text(self.argument(op, 0, lane), lane)?;
        let mut arguments = self.argument(op, 1, lane);
        let mut count = 0;
        let text = printf::format(&format, |argument| -> Outcome<printf::Value> {
            count += 1;
            let size = argument.size();
            arguments = arguments.next_multiple_of(size);
            let mut bytes = [0; 8];
            self.read_generic(arguments, &mut bytes[..size as usize], lane)?;
            arguments += size;
            let bits = u64::from_le_bytes(bytes);
            match argument {
                printf::Argument::Text => Ok(printf::Value::Text(self.text(bits, lane)?)),
                _ => Ok(printf::Value::Bits(bits)),
            }
        })?;
        self.env.launch.printf.write(&text);
        // As on the GPU: how many arguments there were.
        self.set_result(op, lane, count);
        Ok(())
    }

    /// Text that ends with a zero.
    fn text(&self, address: u64, lane: usize) -> Outcome<String> {
        let mut bytes = Vec::new();
        loop {
            let mut byte = [0];
            self.read_generic(address + bytes.len() as u64, &mut byte, lane)?;
            if byte[0] == 0 || bytes.len() >= MAX_TEXT {
                return Ok(String::from_utf8_lossy(&bytes).into_owned());
            }
            bytes.push(byte[0]);
        }
    }

    /// Bytes at a generic address.
    fn read_generic(&self, address: u64, to: &mut [u8], lane: usize) -> Outcome {
        let what = || "a read by the device's own code".to_owned();
        match window::of(address) {
            window::LOCAL => {
                for (index, byte) in to.iter_mut().enumerate() {
                    let address = address + index as u64;
                    let at = self.within(address, 1, self.regs.local_len(), lane, what)?;
                    *byte = self.regs.read_local(at, 1, lane) as u8;
                }
                Ok(())
            }
            window::SHARED => {
                for (index, byte) in to.iter_mut().enumerate() {
                    let address = address + index as u64;
                    let at = self.shared_place(address, 1, lane, "a read")?;
                    *byte = self.block.shared().read(at, 1) as u8;
                }
                Ok(())
            }
            _ => self.read_bytes(address, to, lane),
        }
    }

    /// Zero where there is no memory left.
    fn malloc(&self, op: &CallOp, lane: usize) {
        let launch = self.env.launch;
        let address = launch
            .heap
            .malloc(launch.memory, self.argument(op, 0, lane));
        self.set_result(op, lane, address);
    }

    fn free(&self, op: &CallOp, lane: usize) -> Outcome {
        let address = self.argument(op, 0, lane);
        if address == 0 {
            return Ok(());
        }
        let launch = self.env.launch;
        let freed = launch.heap.free(launch.memory, address);
        freed.map_err(|error| {
            let mut trouble = Trouble::of_memory(&error, lane, "free of memory");
            trouble.detail = format!("free: {error}");
            trouble.address = Some(address);
            trouble
        })
    }

    /// `__assertfail(message, file, line, function, size of a character)`
    fn assert_fail(&self, op: &CallOp, lane: usize) -> Box<Trouble> {
        let text = |index| {
            let text = self.text(self.argument(op, index, lane), lane);
            text.unwrap_or_else(|_| "?".to_owned())
        };
        let line = self.argument(op, 2, lane) as u32;
        let detail = format!(
            "{}:{line}: {}: assertion `{}` failed",
            text(1),
            text(3),
            text(0)
        );
        Trouble::new(FaultKind::Assert, lane, detail)
    }
}
