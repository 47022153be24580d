//! Textures and surfaces.

use super::{Decoder, Reject, Result, error_at};
use crate::emu::exec::{Geometry, Outside, Property, TexelType};
use crate::emu::program::op::{LevelRegs, Op, QueryOp, Reg, Slot, SurfaceOp, TextureOp};
use crate::emu::program::types::Type;
use crate::emu::ptx::{self, Instruction, Operand};

fn geometry(i: &Instruction<'_>) -> Result<Geometry> {
    let found = i.modifiers.iter().find_map(|word| {
        Some(match *word {
            "1d" => Geometry::D1,
            "2d" => Geometry::D2,
            "3d" => Geometry::D3,
            "a1d" => Geometry::Layered1,
            "a2d" => Geometry::Layered2,
            "cube" => Geometry::Cube,
            "acube" => Geometry::LayeredCube,
            _ => return None,
        })
    });
    found.ok_or_else(|| Reject::Unsupported("this geometry".to_owned()))
}

fn texel(ty: Type) -> Option<TexelType> {
    match ty {
        Type::F32 => Some(TexelType::F32),
        Type::S32 => Some(TexelType::S32),
        Type::U32 => Some(TexelType::U32),
        Type::F16x2 => Some(TexelType::F16x2),
        _ => None,
    }
}

/// Object, layer and coordinates of an access.
type Site = (Reg, Option<Slot>, Vec<Slot>);

impl<'a> Decoder<'a, '_> {
    pub(super) fn texture(&mut self, i: &Instruction<'a>) -> Result<()> {
        let [dst, Operand::Address(address), rest @ ..] = i.operands.as_slice() else {
            return Err(error_at(i.place, "registers and a texture expected").into());
        };
        let types = i.modifiers.iter().filter_map(|word| Type::parse(word));
        let types: Vec<Type> = types.collect();
        let [result, coordinate] = types.as_slice() else {
            return Err(Reject::Unsupported("these types".to_owned()));
        };
        let result = texel(*result).ok_or_else(|| Reject::Unsupported("this type".to_owned()))?;
        let (dst, resident) = match dst {
            Operand::Pair(pair) => (&pair.0, Some(self.pred_dst(&pair.1, i)?)),
            single => (single, None),
        };
        let geometry = geometry(i)?;
        let (texture, layer, coords) = self.site(address, geometry, *coordinate, i)?;
        let level = self.level(rest, i)?;
        let component = ["r", "g", "b", "a"];
        let component = |word: &&str| component.iter().position(|name| name == word);
        let gather = i
            .modifiers
            .iter()
            .find_map(component)
            .map(|index| index as u32);
        let dst = self.elements(dst, i)?;
        self.function.textures.push(TextureOp {
            texture,
            geometry,
            coords,
            is_float: coordinate.is_float(),
            layer,
            level,
            texel: result,
            gather: gather.filter(|_| i.opcode == "tld4"),
            dst,
        });
        let index = self.function.textures.len() as u32 - 1;
        self.emit(Op::Texture(index));
        if let Some(resident) = resident {
            // All of a texture is in memory: none is sparse.
            let yes = self.constant(1, Type::Pred)?;
            self.emit(Op::MovePred(resident, yes.slot));
        }
        Ok(())
    }

    fn site(
        &mut self,
        address: &ptx::Address<'a>,
        geometry: Geometry,
        ty: Type,
        i: &Instruction<'a>,
    ) -> Result<Site> {
        let object = self.src(&Operand::Name(address.base), Type::B64, i.place)?;
        let [coords] = address.more.as_slice() else {
            return Err(Reject::Unsupported("with a sampler of its own".to_owned()));
        };
        let coords = match coords {
            Operand::Vector(parts) => parts.as_slice(),
            single => std::slice::from_ref(single),
        };
        let mut slots = Vec::new();
        for (index, part) in coords.iter().enumerate() {
            let is_layer = index == 0 && geometry.is_layered();
            let ty = if is_layer { Type::U32 } else { ty };
            let reg = self.src(part, ty, i.place)?;
            slots.push(self.narrow(reg)?);
        }
        let layer = geometry.is_layered().then(|| slots.remove(0));
        // Vectors of three have a fourth that means nothing.
        slots.truncate(geometry.dimensions());
        if slots.len() < geometry.dimensions() {
            return Err(error_at(i.place, "more coordinates expected").into());
        }
        Ok((object, layer, slots))
    }

    fn level(&mut self, rest: &[Operand<'a>], i: &Instruction<'a>) -> Result<LevelRegs> {
        let has = |word| i.modifiers.contains(&word);
        match rest {
            [lod, ..] if has("level") => {
                let lod = self.src(lod, Type::F32, i.place)?;
                Ok(LevelRegs::Lod(self.narrow(lod)?))
            }
            [x, y, ..] if has("grad") => Ok(LevelRegs::Gradient(
                self.gradient(x, i)?,
                self.gradient(y, i)?,
            )),
            [] => Ok(LevelRegs::Base),
            _ => Err(Reject::Unsupported(
                "with offsets or depth comparison".to_owned(),
            )),
        }
    }

    fn gradient(&mut self, operand: &Operand<'a>, i: &Instruction<'a>) -> Result<Vec<Slot>> {
        let parts = match operand {
            Operand::Vector(parts) => parts.as_slice(),
            single => std::slice::from_ref(single),
        };
        let mut slots = Vec::new();
        for part in parts.iter().take(3) {
            let reg = self.src(part, Type::F32, i.place)?;
            slots.push(self.narrow(reg)?);
        }
        Ok(slots)
    }

    pub(super) fn surface(&mut self, i: &Instruction<'a>) -> Result<()> {
        let is_store = i.opcode == "sust";
        let (Operand::Address(address), regs) = (match i.operands.as_slice() {
            [address, regs] if is_store => (address, regs),
            [regs, address] => (address, regs),
            _ => return Err(error_at(i.place, "registers and a surface expected").into()),
        }) else {
            return Err(error_at(i.place, "a surface expected").into());
        };
        if !i.modifiers.contains(&"b") {
            return Err(Reject::Unsupported("formatted surface access".to_owned()));
        }
        let geometry = geometry(i)?;
        let ty = i.modifiers.iter().find_map(|word| Type::parse(word));
        let ty = ty.ok_or_else(|| error_at(i.place, "no type is named"))?;
        let outside = i.modifiers.iter().find_map(|word| match *word {
            "trap" => Some(Outside::Trap),
            "clamp" => Some(Outside::Clamp),
            "zero" => Some(Outside::Zero),
            _ => None,
        });
        let (surface, layer, coords) = self.site(address, geometry, Type::S32, i)?;
        let regs = if is_store {
            self.stored(regs, ty, i)?
        } else {
            self.elements(regs, i)?
        };
        self.function.surfaces.push(SurfaceOp {
            surface,
            geometry,
            coords,
            layer,
            outside: outside.unwrap_or(Outside::Trap),
            is_store,
            size: ty.bytes(),
            regs,
        });
        let index = self.function.surfaces.len() as u32 - 1;
        self.emit(Op::Surface(index));
        Ok(())
    }

    fn stored(
        &mut self,
        operand: &Operand<'a>,
        ty: Type,
        i: &Instruction<'a>,
    ) -> Result<Vec<Option<Reg>>> {
        let parts = match operand {
            Operand::Vector(parts) => parts.as_slice(),
            single => std::slice::from_ref(single),
        };
        let regs = parts
            .iter()
            .map(|part| self.src(part, ty, i.place).map(Some));
        regs.collect()
    }

    pub(super) fn query(&mut self, i: &Instruction<'a>) -> Result<()> {
        let property = i.modifiers.iter().find_map(|word| {
            Some(match *word {
                "width" => Property::Width,
                "height" => Property::Height,
                "depth" => Property::Depth,
                "array_size" => Property::ArraySize,
                "channel_data_type" => Property::ChannelDataType,
                "channel_order" => Property::ChannelOrder,
                "normalized_coords" => Property::NormalizedCoords,
                "num_mipmap_levels" => Property::NumMipmapLevels,
                "num_samples" => Property::NumSamples,
                _ => return None,
            })
        });
        let property = property.ok_or_else(|| Reject::Unsupported(String::new()))?;
        let [dst, Operand::Address(address)] = Self::operands::<2>(i)? else {
            return Err(error_at(i.place, "a register and an object expected").into());
        };
        let object = self.src(&Operand::Name(address.base), Type::B64, i.place)?;
        let dst = self.dst(dst, i.place)?;
        self.function.queries.push(QueryOp {
            object,
            property,
            dst,
        });
        let index = self.function.queries.len() as u32 - 1;
        self.emit(Op::Query(index));
        Ok(())
    }
}
