//! What a binary module must look like before the driver may read it: it takes an address without a length.

use crate::error::{Code, Error, Result};

const FATBIN_MAGIC: u32 = 0xBA55_ED50;

/// An error unless the image is a cubin or a fatbin that lies within its bytes.
pub(super) fn check(image: &[u8]) -> Result<()> {
    let fits = match image.get(..4) {
        Some(b"\x7fELF") => elf_end(image).is_some_and(|end| end <= image.len() as u64),
        Some(magic) if magic == FATBIN_MAGIC.to_le_bytes() => {
            fatbin_end(image).is_some_and(|end| end <= image.len() as u64)
        }
        _ => return Err(refused("it is neither PTX nor a cubin nor a fatbin")),
    };
    match fits {
        true => Ok(()),
        false => Err(refused("it is cut short")),
    }
}

fn refused(reason: &str) -> Error {
    Error::new(Code::InvalidImage, "cuModuleLoadDataEx").because(reason)
}

fn word<const N: usize>(image: &[u8], at: usize) -> Option<[u8; N]> {
    image.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn half(image: &[u8], at: usize) -> Option<u64> {
    word(image, at).map(u16::from_le_bytes).map(u64::from)
}

fn double(image: &[u8], at: usize) -> Option<u64> {
    word(image, at).map(u64::from_le_bytes)
}

/// Where the last of headers and sections of a 64-bit ELF file ends.
fn elf_end(image: &[u8]) -> Option<u64> {
    if image.get(4) != Some(&2) {
        return None;
    }
    let table = |start, size, count| {
        double(image, start)?.checked_add(half(image, size)? * half(image, count)?)
    };
    let (programs, sections) = (table(32, 54, 56)?, table(40, 58, 60)?);
    let mut end = programs.max(sections);
    if sections > image.len() as u64 {
        return Some(sections);
    }
    for index in 0..half(image, 60)? {
        end = end.max(section_end(
            image,
            double(image, 40)? + index * half(image, 58)?,
        )?);
    }
    Some(end)
}

/// Where the content of a section ends, whose header is at `at`.
fn section_end(image: &[u8], at: u64) -> Option<u64> {
    const NOBITS: u32 = 8;
    let at = usize::try_from(at).ok()?;
    let kind = u32::from_le_bytes(word(image, at + 4)?);
    match kind {
        NOBITS => Some(0),
        _ => double(image, at + 24)?.checked_add(double(image, at + 32)?),
    }
}

/// Where a fatbin ends: its header says how long the rest is.
fn fatbin_end(image: &[u8]) -> Option<u64> {
    half(image, 6)?.checked_add(double(image, 8)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ELF file of a header and one section header, whose content is `size` bytes from 64 on.
    fn elf(size: u64, bytes: usize) -> Vec<u8> {
        let mut image = vec![0; bytes];
        image[..5].copy_from_slice(b"\x7fELF\x02");
        image[40..48].copy_from_slice(&64u64.to_le_bytes());
        image[58..60].copy_from_slice(&64u16.to_le_bytes());
        image[60..62].copy_from_slice(&1u16.to_le_bytes());
        image[64 + 4] = 1;
        image[64 + 24..64 + 32].copy_from_slice(&64u64.to_le_bytes());
        image[64 + 32..64 + 40].copy_from_slice(&size.to_le_bytes());
        image
    }

    #[test]
    fn a_whole_cubin_is_taken_and_a_short_one_refused() {
        assert!(check(&elf(64, 128)).is_ok());
        for short in [
            elf(65, 128),
            elf(u64::MAX, 128),
            elf(64, 128)[..100].to_vec(),
            b"\x7fELF".to_vec(),
        ] {
            assert_eq!(check(&short).unwrap_err().code(), Code::InvalidImage);
        }
    }

    #[test]
    fn a_fatbin_says_how_long_it_is() {
        let mut image = vec![0; 48];
        image[..4].copy_from_slice(&FATBIN_MAGIC.to_le_bytes());
        image[6] = 16;
        image[8] = 32;
        assert!(check(&image).is_ok());
        assert!(
            check(&image[..47])
                .unwrap_err()
                .to_string()
                .contains("cut short")
        );
    }

    #[test]
    fn other_bytes_are_no_module() {
        for bytes in [&b""[..], b"\0\0\0\0\0\0\0\0", b"__global__ void f() {}"] {
            assert!(
                check(bytes).unwrap_err().to_string().contains("neither"),
                "{bytes:?}"
            );
        }
    }
}
