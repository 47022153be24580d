//! Open files that travel beside a message.
//!
//! A connection, a lock or a piece of shared memory lives in a descriptor, and a descriptor has no bytes that could be
//! written into a message. So whoever encodes a message opens a scope around it with [`collect`]; the objects inside
//! [`attach`] their descriptors and encode the numbers they get for them. The carrier sends the descriptors beside the
//! bytes. The receiver decodes inside [`provide`], and the objects [`take`] their descriptors by number.
//!
//! The scope belongs to the thread, as serde's interface has no place for it. Scopes may stand inside each other: an object
//! whose encoding sends a message of its own opens the inner one.

use std::cell::RefCell;
use std::fmt;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

pub(crate) use manyways_process::MAX_DESCRIPTORS;

/// Whether a carrier takes descriptors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// It does, at most [`MAX_DESCRIPTORS`] a message.
    Takes,
    /// It does not, for this reason.
    Refuses(&'static str),
}

/// What was put beside a message while it was encoded.
#[derive(Debug)]
pub(crate) struct Collected {
    pub(crate) descriptors: Vec<OwnedFd>,
    /// Why an object could not be encoded, if one could not. Codecs do not keep the text of such errors.
    pub(crate) refusal: Option<Refusal>,
}

/// Why an object cannot travel with this message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal(String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug)]
enum Role {
    /// No message is being encoded or decoded.
    None,
    Encoding(Carrier),
    Decoding,
}

#[derive(Debug)]
struct Scope {
    role: Role,
    descriptors: Vec<OwnedFd>,
    /// Of those for which any descriptor of the same file will do, which file it is and where it stands.
    files: Vec<((u64, u64), u32)>,
    refusal: Option<Refusal>,
}

impl Scope {
    const fn new(role: Role, descriptors: Vec<OwnedFd>) -> Scope {
        Scope {
            role,
            descriptors,
            files: Vec::new(),
            refusal: None,
        }
    }
}

thread_local! {
    static SCOPE: RefCell<Scope> = const { RefCell::new(Scope::new(Role::None, Vec::new())) };
}

/// Puts the outer scope back, also when the encoding panics.
struct Restore(Option<Scope>);

impl Restore {
    fn enter(scope: Scope) -> Restore {
        Restore(Some(SCOPE.replace(scope)))
    }

    fn leave(mut self) -> Scope {
        self.0
            .take()
            .map_or(Scope::new(Role::None, Vec::new()), |outer| {
                SCOPE.replace(outer)
            })
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        if let Some(outer) = self.0.take() {
            SCOPE.set(outer);
        }
    }
}

/// Whether a message is being encoded or decoded.
#[inline]
pub(crate) fn is_open() -> bool {
    SCOPE.with_borrow(|scope| !matches!(scope.role, Role::None))
}

/// Calls `encode` and returns what it returned, and the descriptors that were [attached](attach) meanwhile.
pub(crate) fn collect<R>(carrier: Carrier, encode: impl FnOnce() -> R) -> (R, Collected) {
    let scope = Restore::enter(Scope::new(Role::Encoding(carrier), Vec::new()));
    let result = encode();
    let inner = scope.leave();
    let collected = Collected {
        descriptors: inner.descriptors,
        refusal: inner.refusal,
    };
    (result, collected)
}

/// Calls `decode`, inside which these descriptors can be [taken](take). Those that are left are closed.
pub(crate) fn provide<R>(
    descriptors: Vec<OwnedFd>,
    decode: impl FnOnce() -> R,
) -> (R, Option<Refusal>) {
    let scope = Restore::enter(Scope::new(Role::Decoding, descriptors));
    let result = decode();
    (result, scope.leave().refusal)
}

/// Puts a descriptor beside the message that is being encoded, and says under which number it will be found there.
///
/// # Errors
///
/// When no message is being encoded, or its carrier takes no descriptors or no more of them, or this process has no number
/// left for a copy.
pub(crate) fn attach(descriptor: BorrowedFd<'_>) -> Result<u32, Refusal> {
    with_scope(|scope| scope.attach(descriptor))
}

/// As [`attach`], where any descriptor of the same file will do, as for shared memory: of each such file one travels, however
/// many objects live in it.
///
/// # Errors
///
/// As [`attach`].
pub(crate) fn attach_file(descriptor: BorrowedFd<'_>) -> Result<u32, Refusal> {
    with_scope(|scope| scope.attach_file(descriptor))
}

/// Remembers why an object cannot travel, as codecs do not.
fn with_scope<R>(act: impl FnOnce(&mut Scope) -> Result<R, Refusal>) -> Result<R, Refusal> {
    SCOPE.with_borrow_mut(|scope| act(scope).inspect_err(|why| scope.refusal = Some(why.clone())))
}

/// Says that the object that is being encoded or decoded cannot travel, and why.
pub(crate) fn refuse(why: impl Into<String>) -> Refusal {
    let refusal = Refusal(why.into());
    SCOPE.with_borrow_mut(|scope| scope.refusal = Some(refusal.clone()));
    refusal
}

/// A descriptor of the message that is being decoded.
///
/// # Errors
///
/// When no message is being decoded or it has no descriptor with this number, or this process has no number left.
pub(crate) fn take(number: u32) -> Result<OwnedFd, Refusal> {
    with_scope(|scope| scope.take(number))
}

impl Scope {
    fn attach(&mut self, descriptor: BorrowedFd<'_>) -> Result<u32, Refusal> {
        match self.role {
            Role::Encoding(Carrier::Takes) => {}
            Role::Encoding(Carrier::Refuses(why)) => return Err(Refusal(why.to_owned())),
            Role::None | Role::Decoding => return Err(outside()),
        }
        if self.descriptors.len() >= MAX_DESCRIPTORS {
            return Err(Refusal(format!(
                "a message carries at most {MAX_DESCRIPTORS} open files; send several messages"
            )));
        }
        let copy = descriptor.try_clone_to_owned().map_err(|error| {
            Refusal(format!(
                "no number for another copy of an open file: {error}"
            ))
        })?;
        self.descriptors.push(copy);
        Ok(self.descriptors.len() as u32 - 1)
    }

    fn attach_file(&mut self, descriptor: BorrowedFd<'_>) -> Result<u32, Refusal> {
        let Some(file) = identity(descriptor) else {
            return self.attach(descriptor);
        };
        // The copy that is attached keeps the file, so no other can have got its identity.
        if let Some((_, at)) = self.files.iter().find(|(known, _)| *known == file) {
            return Ok(*at);
        }
        let at = self.attach(descriptor)?;
        self.files.push((file, at));
        Ok(at)
    }

    fn take(&mut self, number: u32) -> Result<OwnedFd, Refusal> {
        if !matches!(self.role, Role::Decoding) {
            return Err(outside());
        }
        let count = self.descriptors.len();
        let Some(descriptor) = self.descriptors.get(number as usize) else {
            return Err(Refusal(format!(
                "the message speaks of its open file {number} and came with {count} of them"
            )));
        };
        descriptor.try_clone().map_err(|error| {
            Refusal(format!(
                "no number for an open file that came with the message: {error}"
            ))
        })
    }
}

fn outside() -> Refusal {
    Refusal(
        "an object that lives in an open file travels only in a message of a connection over a UNIX socket, or with \
         the arguments of a process"
            .to_owned(),
    )
}

/// Device and inode.
fn identity(descriptor: impl AsFd) -> Option<(u64, u64)> {
    let status = nix::sys::stat::fstat(descriptor).ok()?;
    Some((status.st_dev, status.st_ino))
}

#[cfg(test)]
mod tests {
    use manyways_testkit::guarded;

    use super::*;
    use std::io;

    fn refuses(result: Result<impl fmt::Debug, Refusal>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn numbers_lead_back_to_the_same_files() {
        guarded(|| {
            let (reader, writer) = io::pipe().unwrap();
            let file = tempfile::tempfile().unwrap();
            let (numbers, collected) = collect(Carrier::Takes, || {
                [&reader as &dyn AsFd, &file, &writer].map(|end| attach(end.as_fd()).unwrap())
            });
            assert_eq!((numbers, collected.descriptors.len()), ([0, 1, 2], 3));
            let (taken, refusal) = provide(collected.descriptors, || {
                numbers.map(|number| identity(take(number).unwrap()))
            });
            // The two ends of a pipe are one file to the system.
            assert_eq!(
                taken,
                [identity(&reader), identity(&file), identity(&writer)]
            );
            assert_eq!(refusal, None);
        });
    }

    #[test]
    fn of_a_file_that_is_all_one_travels_a_single_descriptor() {
        guarded(|| {
            let (one, other) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
            let again = one.try_clone().unwrap();
            let ((), collected) = collect(Carrier::Takes, || {
                let numbers =
                    [&one, &other, &again, &one].map(|file| attach_file(file.as_fd()).unwrap());
                assert_eq!(numbers, [0, 1, 0, 0]);
                assert_eq!(attach(one.as_fd()), Ok(2));
            });
            assert_eq!(collected.descriptors.len(), 3);
        });
    }

    #[test]
    fn what_cannot_be_is_said() {
        guarded(|| {
            let (reader, _writer) = io::pipe().unwrap();
            assert!(refuses(attach(reader.as_fd())).contains("travels only"));
            assert!(refuses(take(0)).contains("travels only"));
            let (_, collected) = collect(Carrier::Refuses("by water"), || {
                assert_eq!(refuses(attach(reader.as_fd())), "by water");
            });
            assert_eq!(collected.refusal, Some(Refusal("by water".to_owned())));
            let (_, refusal) = provide(Vec::new(), || {
                assert!(refuses(take(0)).contains("came with 0"));
            });
            assert!(refusal.is_some());
        });
    }

    #[test]
    fn a_panic_leaves_no_scope_behind() {
        guarded(|| {
            let caught = std::panic::catch_unwind(|| {
                collect(Carrier::Takes, || {
                    provide(Vec::new(), || panic!("while decoding"));
                });
            });
            assert!(caught.is_err());
            assert!(refuses(take(0)).contains("travels only"));
        });
    }

    #[test]
    fn scopes_stand_inside_each_other() {
        guarded(|| {
            let (reader, writer) = io::pipe().unwrap();
            let (inner, outer) = collect(Carrier::Takes, || {
                attach(reader.as_fd()).unwrap();
                let inner = collect(Carrier::Takes, || attach(writer.as_fd()).unwrap()).1;
                attach(writer.as_fd()).unwrap();
                inner
            });
            assert_eq!((inner.descriptors.len(), outer.descriptors.len()), (1, 2));
        });
    }
}
