//! Which addresses belong to what.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::allocation::Allocation;
use super::cell::ALIGN;

/// Addresses that one memory may hand out.
const WINDOW: u64 = 1 << 44;
/// Between allocations, so that a step over the end of one is not a step into the next.
const GAP: u64 = 64 << 10;
/// So many freed ranges are remembered.
const MAX_FREED: usize = 4096;

#[derive(Debug)]
pub(super) struct Table {
    window: u64,
    /// Where the search for free addresses begins, within the window.
    next: u64,
    live: BTreeMap<u64, Arc<Allocation>>,
    freed: BTreeMap<u64, u64>,
    freed_order: VecDeque<u64>,
    pub(super) used: u64,
}

impl Table {
    pub(super) fn new(window: u64) -> Table {
        Table {
            window,
            next: GAP,
            live: BTreeMap::new(),
            freed: BTreeMap::new(),
            freed_order: VecDeque::new(),
            used: 0,
        }
    }

    pub(super) fn window_size() -> u64 {
        WINDOW
    }

    /// Free addresses: those behind the last that were given, or, at the window's end, the first gap that is large enough.
    pub(super) fn find_addresses(&mut self, len: u64) -> Option<u64> {
        let room = len
            .checked_next_multiple_of(ALIGN as u64)?
            .checked_add(GAP)?;
        if room > WINDOW - self.next {
            self.next = self.first_gap(room)?;
        }
        let base = self.window + self.next;
        self.next += room;
        self.forget_freed(base, room);
        Some(base)
    }

    fn first_gap(&self, room: u64) -> Option<u64> {
        let mut start = GAP;
        let own = self.live.range(self.window..self.window + WINDOW);
        for (base, allocation) in own {
            let base = base - self.window;
            if base.saturating_sub(start) >= room {
                return Some(start);
            }
            start = (base + allocation.len()).next_multiple_of(ALIGN as u64) + GAP;
        }
        (start < WINDOW && room <= WINDOW - start).then_some(start)
    }

    fn forget_freed(&mut self, base: u64, room: u64) {
        let known: Vec<u64> = self
            .freed
            .range(base..base + room)
            .map(|(base, _)| *base)
            .collect();
        for base in known {
            self.freed.remove(&base);
        }
    }

    pub(super) fn insert(&mut self, allocation: Arc<Allocation>) {
        if !allocation.is_host() {
            self.used += allocation.len();
        }
        self.freed.remove(&allocation.base());
        self.live.insert(allocation.base(), allocation);
    }

    /// Takes an allocation out, and remembers that it was.
    pub(super) fn remove(&mut self, base: u64) -> Option<Arc<Allocation>> {
        let allocation = self.live.remove(&base)?;
        if !allocation.is_host() {
            self.used -= allocation.len();
        }
        self.freed.insert(base, allocation.len());
        self.freed_order.push_back(base);
        if self.freed_order.len() > MAX_FREED
            && let Some(oldest) = self.freed_order.pop_front()
        {
            self.freed.remove(&oldest);
        }
        Some(allocation)
    }

    /// The allocation that an address lies in.
    pub(super) fn containing(&self, address: u64) -> Option<&Arc<Allocation>> {
        let (_, allocation) = self.live.range(..=address).next_back()?;
        (address - allocation.base() < allocation.len()).then_some(allocation)
    }

    /// Whether a range touches any allocation.
    pub(super) fn overlaps(&self, base: u64, len: u64) -> bool {
        let last = self.live.range(..base.saturating_add(len)).next_back();
        last.is_some_and(|(start, allocation)| start + allocation.len() > base)
    }

    /// The freed range that an address lies in.
    pub(super) fn freed(&self, address: u64) -> Option<(u64, u64)> {
        let (base, len) = self.freed.range(..=address).next_back()?;
        (address - base < *len).then_some((*base, *len))
    }

    /// The allocation that ends or begins nearest to an address.
    pub(super) fn nearest(&self, address: u64) -> Option<(u64, u64)> {
        let distance = |(base, len): &(u64, u64)| {
            let after = address.saturating_sub(base + len);
            base.saturating_sub(address).max(after)
        };
        let below = self.live.range(..=address).next_back();
        let above = self.live.range(address..).next();
        let near = below.into_iter().chain(above);
        near.map(|(_, allocation)| allocation.range())
            .min_by_key(distance)
    }

    pub(super) fn live(&self) -> usize {
        self.live.len()
    }
}
