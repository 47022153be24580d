//! Vectors whose elements are moved out, or in, one by one.

#![allow(unsafe_code)]

use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr;

use crate::sync::{prefer_huge_pages, provide_ends};

/// The inputs. Each process has its own copy through the fork; moving an item out touches no memory
/// (marking it as taken would copy its page).
#[derive(Debug)]
pub(crate) struct Items<T> {
    items: ManuallyDrop<Vec<T>>,
    /// Items are taken in ascending order, so everything below this may have been taken.
    next: usize,
}

impl<T> Items<T> {
    pub(crate) fn new(items: Vec<T>) -> Items<T> {
        Items {
            items: ManuallyDrop::new(items),
            next: 0,
        }
    }

    /// The items of an iterator, in a vector.
    ///
    /// Small items go into memory that was prepared for them. Of large ones the iterator may be that of a
    /// vector already, which `collect` takes over as it is.
    pub(crate) fn gather(items: impl IntoIterator<Item = T>) -> Vec<T> {
        let items = items.into_iter();
        if size_of::<T>() > 2 * size_of::<usize>() {
            return items.collect();
        }
        let mut vector = Vec::with_capacity(items.size_hint().0);
        prefer_huge_pages(vector.spare_capacity_mut());
        provide_ends(vector.spare_capacity_mut());
        vector.extend(items);
        vector
    }

    /// Moves an item out.
    ///
    /// # Panics
    ///
    /// If `index` is not above all those taken before in this process, or beyond the end.
    pub(crate) fn take(&mut self, index: usize) -> T {
        assert!(
            index >= self.next,
            "item {index} is taken after item {}",
            self.next
        );
        let item = &self.items[index];
        self.next = index + 1;
        // SAFETY: `index` is in bounds and, as indexes only grow, this is the only time that it is
        // read in this process; the destructor below leaves it alone.
        unsafe { ptr::read(item) }
    }
}

impl<T> Drop for Items<T> {
    fn drop(&mut self) {
        if self.next == 0 {
            // SAFETY: nothing was taken here, so every item is still owned by the vector, which is
            // not used again.
            unsafe { ManuallyDrop::drop(&mut self.items) };
        }
        // A process that has taken items is a child about to leave: the rest is not worth a visit.
    }
}

/// Results that arrive in any order, without a pass over the memory before or after: a million of
/// them cost what their own bytes cost.
#[derive(Debug)]
pub(crate) struct Slots<R> {
    slots: Box<[MaybeUninit<R>]>,
    /// A bit for each slot that holds a result.
    filled: Vec<u64>,
    count: usize,
}

impl<R> Slots<R> {
    pub(crate) fn new(count: usize) -> Slots<R> {
        let mut slots = Box::new_uninit_slice(count);
        prefer_huge_pages(&mut slots);
        Slots {
            slots,
            filled: vec![0; count.div_ceil(64)],
            count: 0,
        }
    }

    /// To be called after the fork: from now on results come.
    pub(crate) fn expect(&mut self) {
        provide_ends(&mut self.slots);
    }

    /// Puts a result in its place; one that was there before is dropped.
    #[inline]
    pub(crate) fn put(&mut self, index: usize, result: R) {
        if self.filled[index / 64] & 1 << (index % 64) != 0 {
            drop(self.remove(index));
        }
        self.slots[index].write(result);
        self.filled[index / 64] |= 1 << (index % 64);
        self.count += 1;
    }

    #[inline]
    fn remove(&mut self, index: usize) -> Option<R> {
        let (word, bit) = (&mut self.filled[index / 64], 1 << (index % 64));
        if *word & bit == 0 {
            return None;
        }
        *word &= !bit;
        self.count -= 1;
        // SAFETY: the bit said that `put` has written this slot. It is cleared, so that this is the
        // only time that this value is read.
        Some(unsafe { self.slots[index].assume_init_read() })
    }

    /// All results if every slot has one, else what there is.
    pub(crate) fn into_results(mut self) -> Result<Vec<R>, Vec<Option<R>>> {
        let all = 0..self.slots.len();
        if self.count < all.end {
            return Err(all.map(|index| self.remove(index)).collect());
        }
        self.filled.clear(); // The destructor has nothing to do for them now.
        let slots = std::mem::take(&mut self.slots);
        // SAFETY: as many bits were set as there are slots, so `put` has written each.
        Ok(unsafe { slots.assume_init() }.into_vec())
    }
}

impl<R> Drop for Slots<R> {
    fn drop(&mut self) {
        for index in 0..self.filled.len() * 64 {
            if self.filled[index / 64] != 0 && index < self.slots.len() {
                drop(self.remove(index));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{Items, Slots};

    #[test]
    fn items_are_dropped_once_when_none_was_taken() {
        let item = Rc::new(());
        drop(Items::new(vec![item.clone(), item.clone()]));
        assert_eq!(Rc::strong_count(&item), 1);
    }

    #[test]
    fn a_taken_item_is_owned_by_its_taker() {
        let item = Rc::new(());
        let mut items = Items::new(vec![item.clone(), item.clone(), item.clone()]);
        drop(items.take(1));
        assert_eq!(Rc::strong_count(&item), 3);
        drop(items); // The two others are leaked, not dropped twice.
        assert_eq!(Rc::strong_count(&item), 3);
    }

    #[test]
    fn slots_give_all_or_what_there_is() {
        let mut slots = Slots::new(3);
        (0..3)
            .rev()
            .for_each(|index| slots.put(index, index.to_string()));
        slots.put(1, "again".to_owned());
        assert_eq!(slots.into_results().unwrap(), ["0", "again", "2"]);
        let mut slots = Slots::new(70);
        slots.put(69, "last".to_owned());
        let partial = slots.into_results().unwrap_err();
        assert_eq!(partial.len(), 70);
        assert_eq!(partial.iter().flatten().collect::<Vec<_>>(), ["last"]);
        assert_eq!(Slots::<u8>::new(0).into_results(), Ok(vec![]));
    }

    #[test]
    fn slots_drop_what_they_hold() {
        let result = Rc::new(());
        let mut slots = Slots::new(100);
        (0..100)
            .step_by(3)
            .for_each(|index| slots.put(index, result.clone()));
        slots.put(0, result.clone());
        assert_eq!(Rc::strong_count(&result), 35);
        drop(slots);
        assert_eq!(Rc::strong_count(&result), 1);
    }

    #[test]
    #[should_panic(expected = "item 1 is taken after item 2")]
    fn no_item_is_taken_twice() {
        let mut items = Items::new(vec![0, 1]);
        items.take(1);
        items.take(1);
    }
}
