//! Memory, and how it goes to other processes and away.

mod support;

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};

use manyways_shared_memory::{
    Barrier, Condition, Doorbell, Event, Lock, Place, RLock, Ring, Semaphore, WaitError, Waiter,
};
use manyways_testkit::guarded;
use support::Child;

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn duplicate(place: &Place) -> (OwnedFd, usize, usize) {
    let (descriptor, offset, len) = place.parts();
    (descriptor.try_clone_to_owned().unwrap(), offset, len)
}

#[test]
fn pieces_are_apart_and_aligned() {
    guarded(|| {
        let mut places: Vec<Place> = Vec::new();
        for size in [1, 100, 64, 4000, 16_384, 16_385, 1 << 20] {
            places.extend((0..5).map(|_| Place::new(size, 64).unwrap()));
        }
        let mut ranges: Vec<_> = places
            .iter()
            .map(|place| (place.as_ptr().addr().get(), place.len()))
            .collect();
        ranges.sort_unstable();
        assert!(ranges.iter().all(|(start, _)| start % 64 == 0));
        assert!(
            ranges
                .windows(2)
                .all(|pair| pair[0].0 + pair[0].1 <= pair[1].0)
        );
    });
}

#[test]
fn small_objects_share_segments_and_nothing_stays() {
    guarded(|| {
        let before = descriptors();
        let locks: Vec<_> = (0..1000).map(|_| Lock::new().unwrap()).collect();
        assert!(
            descriptors() - before <= 2 * 2,
            "two segments hold 1000 locks"
        );
        drop(locks);
        assert_eq!(descriptors(), before);
        for _ in 0..2000 {
            let lock = Lock::new().unwrap();
            let _ = lock.acquire(None).unwrap();
        }
        assert_eq!(descriptors(), before);
    });
}

#[test]
fn a_segment_is_mapped_once() {
    guarded(|| {
        let place = Place::new(100, 8).unwrap();
        let again = {
            let (descriptor, offset, len) = duplicate(&place);
            Place::from_parts(descriptor, offset, len).unwrap()
        };
        assert_eq!(again, place);
        assert_eq!(again.as_ptr(), place.as_ptr());
    });
}

/// A process that has nothing of the segment but its descriptor.
#[test]
fn a_place_goes_to_a_process_that_never_mapped_it() {
    guarded(|| {
        let lock = Lock::new().unwrap();
        let _ = lock.acquire(None).unwrap();
        let (descriptor, offset, len) = duplicate(lock.place());
        let is_only = lock.place().clone();
        drop((lock, is_only));
        let child = Child::start(move |_| {
            let lock = Lock::at(Place::from_parts(descriptor, offset, len).unwrap()).unwrap();
            assert!(lock.is_held());
            let _ = lock.acquire(support::patience()).unwrap();
            lock.release().unwrap();
        });
        child.finish();
    });
}

#[test]
fn what_is_no_place_is_refused() {
    guarded(|| {
        let place = Place::new(100, 8).unwrap();
        let (_, offset, len) = place.parts();
        let refused = |descriptor: OwnedFd, offset, len| {
            let error = Place::from_parts(descriptor, offset, len).unwrap_err();
            assert!(error.is_foreign(), "{error}");
        };
        let same = || duplicate(&place).0;
        refused(File::open("/proc/self/exe").unwrap().into(), offset, len);
        refused(std::io::pipe().unwrap().0.into(), offset, len);
        refused(same(), 0, 8);
        refused(same(), offset, 1 << 20);
        refused(same(), usize::MAX, 2);
        refused(support::sys::memory_file(1 << 16, false), offset, len);
        refused(support::sys::memory_file(1 << 16, true), offset, len);
        refused(support::sys::memory_file(100, true), offset, len);
    });
}

#[test]
fn another_object_is_refused() {
    guarded(|| {
        let empty = Place::new(64, 8).unwrap();
        assert!(Lock::at(empty.clone()).unwrap_err().is_foreign());
        assert!(Lock::new_at(empty.slice(1, 40)).unwrap_err().is_foreign());
        assert!(Lock::new_at(empty.slice(0, 2)).unwrap_err().is_foreign());
        let lock = Lock::new_at(empty.slice(8, Lock::SIZE)).unwrap();
        assert!(Lock::at(lock.place().clone()).is_ok());
        assert!(
            manyways_shared_memory::Event::at(lock.place().clone())
                .unwrap_err()
                .is_foreign()
        );
    });
}

/// No descriptor of a segment reaches another program.
#[test]
fn descriptors_close_on_exec() {
    guarded(|| {
        let lock = Lock::new().unwrap();
        let _ = lock.acquire(None).unwrap();
        let output = std::process::Command::new("ls")
            .args(["-l", "/proc/self/fd"])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.contains("manyways"), "{text}");
        assert!(lock.place().parts().0.as_fd().try_clone_to_owned().is_ok());
    });
}

/// What keeps a process from taking part is an error that says so, and passes.
#[test]
fn a_process_that_cannot_take_part() {
    guarded(|| {
        let lock = Lock::new().unwrap();
        let reason = || match lock.acquire(None).unwrap_err() {
            WaitError::NoLife(error) => error,
            other => panic!("{other}"),
        };
        let crowd = support::sys::lock_bytes(lock.place().parts().0, 1024);
        assert!(reason().is_full(), "{}", reason());
        drop(crowd);
        Child::start(|_| {
            support::sys::limit_descriptors(3);
            assert_eq!(
                reason().os_error().raw_os_error(),
                Some(libc::EMFILE),
                "{}",
                reason()
            );
            support::sys::limit_descriptors(1024);
            assert!(lock.acquire(None).is_ok());
            lock.release().unwrap();
        })
        .finish();
        assert!(lock.acquire(None).is_ok());
    });
}

#[test]
fn threads_share_everything() {
    fn shared<T: Send + Sync>() {}
    shared::<(
        Place,
        Lock,
        RLock,
        Event,
        Semaphore,
        Condition,
        Barrier,
        Ring,
    )>();
    shared::<Waiter<'_>>();
}

#[test]
fn a_ring_and_its_doorbell_lie_in_one_place() {
    guarded(|| {
        let (size, bell) = (Ring::size(1000), Doorbell::SIZE);
        let place = Place::new(size + bell, Ring::ALIGN).unwrap();
        let (front, back) = (place.slice(0, size), place.slice(size, bell));
        assert!(
            Ring::new_at(back.clone(), 1000, None)
                .unwrap_err()
                .is_foreign()
        );
        let ring = Ring::new_at(front.clone(), 1000, None).unwrap();
        let doorbell = Doorbell::new_at(back.clone()).unwrap();
        let child = Child::start(|_| {
            let (ring, bell) = (Ring::at(front).unwrap(), Doorbell::at(back).unwrap());
            ring.put(&[b"message"], None).unwrap();
            bell.listen_for_good();
        });
        child.finish();
        assert!(doorbell.is_heard());
        assert_eq!(ring.capacity(), 1024);
        assert_eq!(ring.get_with(None, <[u8]>::len), Ok(7));
    });
}

#[test]
fn a_doorbell_is_heard_while_somebody_listens() {
    guarded(|| {
        let place = Place::new(Doorbell::SIZE, Doorbell::ALIGN).unwrap();
        let bell = Doorbell::new_at(place).unwrap();
        assert!(!bell.is_heard());
        let (one, other) = (bell.listen(), bell.listen());
        drop(one);
        assert!(bell.is_heard());
        drop(other);
        assert!(!bell.is_heard());

        let mut forgotten = 0;
        bell.hush(|| 3, || true, |rings| forgotten += rings)
            .unwrap();
        assert_eq!(forgotten, 0, "there is something to be found");
        bell.hush(|| 3, || false, |rings| forgotten += rings)
            .unwrap();
        assert_eq!(forgotten, 3);
        bell.hush(|| 0, || panic!("nothing rang"), |_| ()).unwrap();
    });
}
