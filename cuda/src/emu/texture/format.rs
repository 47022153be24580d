//! What a channel's bits mean.

use half::f16;

use crate::backend::ArrayFormat;

impl ArrayFormat {
    /// Whether a texture can read it as a number between -1 or 0 and 1.
    pub(super) fn normalises(self) -> bool {
        !self.is_float() && self.size() < 4
    }

    /// Extends a channel's bits to the 32 of a register: signed integers by their sign, half floats to floats.
    pub(super) fn widen(self, bits: u32) -> u32 {
        match self {
            ArrayFormat::I8 => bits as i8 as u32,
            ArrayFormat::I16 => bits as i16 as u32,
            ArrayFormat::F16 => f16::from_bits(bits as u16).to_f32().to_bits(),
            ArrayFormat::U8
            | ArrayFormat::U16
            | ArrayFormat::U32
            | ArrayFormat::I32
            | ArrayFormat::F32 => bits,
        }
    }

    /// What a texture that reads numbers makes of a channel's bits: floats stay as they are, integers of 8 and 16
    /// bits become fractions of their greatest value. Those of 32 bits have no such form and keep their bits.
    pub(super) fn to_float(self, bits: u32) -> f32 {
        match self {
            ArrayFormat::U8 => bits as f32 / 255.0,
            ArrayFormat::U16 => bits as f32 / 65_535.0,
            ArrayFormat::I8 => (f32::from(bits as i8) / 127.0).max(-1.0),
            ArrayFormat::I16 => (f32::from(bits as i16) / 32_767.0).max(-1.0),
            ArrayFormat::F16 | ArrayFormat::F32 | ArrayFormat::U32 | ArrayFormat::I32 => {
                f32::from_bits(self.widen(bits))
            }
        }
    }

    /// The number that CUDA has for it (`CUarray_format`).
    pub(super) fn number(self) -> u32 {
        match self {
            ArrayFormat::U8 => 0x01,
            ArrayFormat::U16 => 0x02,
            ArrayFormat::U32 => 0x03,
            ArrayFormat::I8 => 0x08,
            ArrayFormat::I16 => 0x09,
            ArrayFormat::I32 => 0x0a,
            ArrayFormat::F16 => 0x10,
            ArrayFormat::F32 => 0x20,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::backend::ArrayFormat;

    #[test]
    fn integers_become_fractions() {
        assert_eq!(ArrayFormat::U8.to_float(255), 1.0);
        assert_eq!(ArrayFormat::U16.to_float(0xffff), 1.0);
        assert_eq!(ArrayFormat::I8.to_float(0x7f), 1.0);
        assert_eq!(ArrayFormat::I8.to_float(0x81), -1.0);
        assert_eq!(ArrayFormat::I8.to_float(0x80), -1.0);
        assert_eq!(ArrayFormat::I16.to_float(0x8000), -1.0);
        assert_eq!(ArrayFormat::F16.to_float(0x3800), 0.5);
    }

    #[test]
    fn registers_keep_the_sign() {
        assert_eq!(ArrayFormat::I8.widen(0x80), (-128_i32) as u32);
        assert_eq!(ArrayFormat::I16.widen(0x7fff), 0x7fff);
        assert_eq!(ArrayFormat::U8.widen(0x80), 0x80);
    }
}
