//! Registers that the machine fills.

use super::{Decoder, Reject, Result, error_at};
use crate::emu::program::op::Special;
use crate::emu::ptx::Place;

impl Decoder<'_, '_> {
    pub(super) fn special(
        &self,
        name: &str,
        component: Option<&str>,
        place: Place,
    ) -> Result<Special> {
        let special = match component {
            Some(component) => vector(name, component),
            None => single(name),
        };
        match special {
            Some(special) => Ok(special),
            None if is_known(name) => Err(Reject::Unsupported(format!(
                "register `{name}` is not emulated"
            ))),
            None => Err(error_at(place, format!("there is no register `{name}`")).into()),
        }
    }
}

fn vector(name: &str, component: &str) -> Option<Special> {
    let index = ["x", "y", "z"]
        .iter()
        .position(|letter| *letter == component)? as u8;
    Some(match name {
        "%tid" => Special::ThreadIndex(index),
        "%ntid" => Special::BlockSize(index),
        "%ctaid" => Special::BlockIndex(index),
        "%nctaid" => Special::GridSize(index),
        _ => return None,
    })
}

fn single(name: &str) -> Option<Special> {
    Some(match name {
        "%laneid" => Special::LaneId,
        "%warpid" => Special::WarpId,
        "%nwarpid" => Special::Warps,
        "%lanemask_eq" => Special::LaneMaskEq,
        "%lanemask_le" => Special::LaneMaskLe,
        "%lanemask_lt" => Special::LaneMaskLt,
        "%lanemask_ge" => Special::LaneMaskGe,
        "%lanemask_gt" => Special::LaneMaskGt,
        "%clock" => Special::Clock,
        "%clock_hi" => Special::ClockHigh,
        "%clock64" => Special::Clock64,
        "%globaltimer" => Special::GlobalTimer,
        "%globaltimer_lo" => Special::GlobalTimerLow,
        "%globaltimer_hi" => Special::GlobalTimerHigh,
        "%smid" => Special::Multiprocessor,
        "%nsmid" => Special::Multiprocessors,
        "%gridid" => Special::GridId,
        "%dynamic_smem_size" => Special::DynamicSharedSize,
        "%total_smem_size" | "%aggr_smem_size" => Special::TotalSharedSize,
        // The high half comes first.
        "%envreg1" => Special::Environment(1),
        "%envreg2" => Special::Environment(0),
        _ if is_counter(name) => Special::Zero,
        _ => return None,
    })
}

/// Registers for debuggers and profilers, which have nothing to say here.
fn is_counter(name: &str) -> bool {
    name.starts_with("%pm") || name.starts_with("%envreg") || name == "%reserved_smem_offset_begin"
}

fn is_known(name: &str) -> bool {
    let known = [
        "%cluster",
        "%is_explicit_cluster",
        "%current_graph_exec",
        "%reserved_smem",
    ];
    known.iter().any(|prefix| name.starts_with(prefix))
}
