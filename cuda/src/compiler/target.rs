//! What to compile for, given a device and the compiler that there is.

use std::sync::Arc;

use super::arch::Arch;
use super::compiled::Compiled;
use super::error::CompileError;
use super::nvrtc::nvrtc;
use crate::Result;
use crate::context::Context;
use crate::driver::BackendKind;

/// The architectures to try in order, the best first.
///
/// The emulated device runs one. Hardware runs machine code for itself, if the compiler knows it, and else PTX for the
/// newest that the compiler knows. Where there is no compiler, PTX may be kept that was made for the emulated
/// device: later hardware runs it too.
pub(super) fn for_device(context: &Context, is_relocatable: bool) -> Result<Vec<Arch>> {
    if context.kind() == BackendKind::Emulated {
        return Ok(vec![Arch::EMULATED]);
    }
    let (major, minor) = context.device().compute_capability()?;
    let known = nvrtc().map(|nvrtc| nvrtc.archs()).unwrap_or_default();
    Ok(for_hardware((major, minor), is_relocatable, known))
}

fn for_hardware((major, minor): (u32, u32), is_relocatable: bool, known: &[u32]) -> Vec<Arch> {
    let device = Arch::cubin(major, minor);
    let number = device.number();
    let newest = known.iter().copied().filter(|arch| *arch <= number).max();
    let best = match newest {
        // Relocatable code is still to be linked, and the linker makes machine code of PTX.
        Some(newest) if newest == number && !is_relocatable => device,
        Some(newest) => Arch::ptx_of_number(newest),
        None => device,
    };
    let mut archs = vec![best];
    if known.is_empty() && Arch::EMULATED.number() <= number {
        archs.push(Arch::EMULATED);
    }
    archs
}

/// The code for the first of the architectures for which it can be had. There is more than one to try only where there
/// is no compiler: then the second may be kept.
pub(super) fn best_of(
    archs: &[Arch],
    compile: impl Fn(Arch) -> Result<Arc<Compiled>, CompileError>,
) -> Result<Arc<Compiled>, CompileError> {
    let (first, others) = archs.split_first().unwrap_or((&Arch::EMULATED, &[]));
    compile(*first).or_else(|error| {
        let others = others.iter().filter(|_| error.is_compiler_missing());
        let kept = others.map(|arch| compile(*arch)).find_map(Result::ok);
        // The first error tells what the device should have had.
        kept.ok_or(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compiler::cache::tests::{compiled, request};
    use crate::compiler::nvrtc::Absent;

    const NVRTC_12: [u32; 4] = [75, 80, 90, 120];

    #[test]
    fn hardware_gets_its_own_code_if_the_compiler_knows_it() {
        let own = for_hardware((9, 0), false, &NVRTC_12);
        assert_eq!(own, [Arch::cubin(9, 0)]);
        let to_link = for_hardware((9, 0), true, &NVRTC_12);
        assert_eq!(to_link, [Arch::ptx(9, 0)]);
        let newer = for_hardware((13, 0), false, &NVRTC_12);
        assert_eq!(newer, [Arch::ptx(12, 0)]);
    }

    #[test]
    fn without_a_compiler_kept_ptx_serves_as_well() {
        let archs = for_hardware((9, 0), false, &[]);
        assert_eq!(archs, [Arch::cubin(9, 0), Arch::EMULATED]);
        let older = for_hardware((7, 5), false, &[]);
        assert_eq!(older, [Arch::cubin(7, 5)]);
    }

    #[test]
    fn hardware_without_a_compiler_is_given_kept_ptx() {
        let archs = for_hardware((9, 0), false, &[]);
        let missing = || {
            let tried = Vec::new();
            CompileError::absent(&request("a source"), Absent { tried })
        };
        let kept = |arch| match arch {
            Arch::EMULATED => Ok(Arc::new(compiled("kept"))),
            _ => Err(missing()),
        };
        assert_eq!(best_of(&archs, kept).unwrap().ptx(), Some("kept"));
        let error = best_of(&archs, |_| Err(missing())).unwrap_err();
        assert!(error.is_compiler_missing());
        let wrong = |arch| match arch {
            Arch::EMULATED => Ok(Arc::new(compiled("kept"))),
            _ => Err(CompileError::refused(&request("a source"), String::new())),
        };
        assert!(best_of(&archs, wrong).unwrap_err().is_refused());
    }
}
