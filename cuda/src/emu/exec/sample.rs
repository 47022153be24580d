//! Texture and surface instructions, lane by lane.

use super::fault::FaultKind;
use super::frame::lanes_of;
use super::site::Site;
use super::texture::{Coordinates, Fetch, Level, SurfaceAccess, TexelType, TextureError};
use super::trouble::{Outcome, Trouble};
use crate::emu::program::op::{LevelRegs, QueryOp, Slot, SurfaceOp, TextureOp};

fn refused(error: &TextureError, lane: usize) -> Box<Trouble> {
    Trouble::new(FaultKind::IllegalAddress, lane, error.0.clone())
}

impl Site<'_> {
    fn narrow_lane(&self, slot: Slot, lane: usize) -> u32 {
        self.view.narrow(slot)[lane].get()
    }

    fn three(&self, slots: &[Slot], lane: usize) -> [u32; 3] {
        std::array::from_fn(|index| {
            slots
                .get(index)
                .map_or(0, |slot| self.narrow_lane(*slot, lane))
        })
    }

    fn level(&self, level: &LevelRegs, lane: usize) -> Level {
        match level {
            LevelRegs::Base => Level::Base,
            LevelRegs::Lod(slot) => Level::Lod(f32::from_bits(self.narrow_lane(*slot, lane))),
            LevelRegs::Gradient(x, y) => Level::Gradient(
                self.three(x, lane).map(f32::from_bits),
                self.three(y, lane).map(f32::from_bits),
            ),
        }
    }

    pub(super) fn texture(&self, op: &TextureOp, lanes: u32) -> Outcome {
        let unit = self.env.launch.textures;
        for lane in lanes_of(lanes) {
            let at = self.three(&op.coords, lane);
            let at = match op.is_float {
                true => Coordinates::Float(at.map(f32::from_bits)),
                false => Coordinates::Int(at.map(|bits| bits as i32)),
            };
            let fetch = Fetch {
                texture: self.view.get(op.texture, lane),
                geometry: op.geometry,
                at,
                layer: op.layer.map_or(0, |slot| self.narrow_lane(slot, lane)),
                level: self.level(&op.level, lane),
                texel: op.texel,
            };
            let words = match op.gather {
                Some(component) => unit.gather(&fetch, component),
                None => unit.fetch(&fetch),
            };
            let words = words.map_err(|error| refused(&error, lane))?;
            let is_pair = op.texel == TexelType::F16x2;
            for (index, reg) in op.dst.iter().enumerate().take(if is_pair { 2 } else { 4 }) {
                if let Some(reg) = reg {
                    self.view.set(*reg, lane, u64::from(words[index]));
                }
            }
        }
        Ok(())
    }

    pub(super) fn surface(&self, op: &SurfaceOp, lanes: u32) -> Outcome {
        let unit = self.env.launch.textures;
        let size = op.size as usize;
        for lane in lanes_of(lanes) {
            let access = SurfaceAccess {
                surface: self.view.get(op.surface, lane),
                geometry: op.geometry,
                at: self.three(&op.coords, lane).map(|bits| bits as i32),
                layer: op.layer.map_or(0, |slot| self.narrow_lane(slot, lane)),
                outside: op.outside,
            };
            // Four elements of eight bytes at most.
            let mut bytes = [0; 32];
            let len = (size * op.regs.len()).min(bytes.len());
            let pieces = bytes[..len].chunks_exact_mut(size);
            if op.is_store {
                for (piece, reg) in pieces.zip(&op.regs) {
                    let value = reg.map_or(0, |reg| self.view.get(reg, lane));
                    piece.copy_from_slice(&value.to_le_bytes()[..size]);
                }
                unit.store(&access, &bytes[..len])
                    .map_err(|error| refused(&error, lane))?;
                continue;
            }
            unit.load(&access, &mut bytes[..len])
                .map_err(|error| refused(&error, lane))?;
            for (piece, reg) in bytes[..len].chunks_exact(size).zip(&op.regs) {
                let mut value = [0; 8];
                value[..size].copy_from_slice(piece);
                reg.inspect(|reg| self.view.set(*reg, lane, u64::from_le_bytes(value)));
            }
        }
        Ok(())
    }

    pub(super) fn query(&self, op: &QueryOp, lanes: u32) -> Outcome {
        for lane in lanes_of(lanes) {
            let object = self.view.get(op.object, lane);
            let answer = self.env.launch.textures.query(object, op.property);
            let answer = answer.map_err(|error| refused(&error, lane))?;
            self.view.set(op.dst, lane, u64::from(answer));
        }
        Ok(())
    }
}
