//! What the supervisor writes to a worker: chunks of items, and at last the dismissal.

/// The head of a message. The items' records follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// Bytes of the items.
    pub(crate) size: usize,
    /// The chunk's number, from 0 on in a worker's life.
    pub(crate) number: u64,
    /// The place of the function's entry in the program.
    pub(crate) function: u64,
    pub(crate) flags: Flags,
}

/// What else there is to know of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Flags {
    /// There is no chunk, and will be none: the worker is to end.
    pub(crate) is_dismissal: bool,
    /// The time of each item is limited.
    pub(crate) is_limited: bool,
    /// The supervisor wants to be woken when it is done, even if it is patient.
    pub(crate) is_marked: bool,
}

/// Bytes of a head.
pub(crate) const HEAD: usize = 32;

impl Head {
    pub(crate) fn dismissal() -> Head {
        Head {
            size: 0,
            number: 0,
            function: 0,
            flags: Flags {
                is_dismissal: true,
                ..Flags::default()
            },
        }
    }

    pub(crate) fn to_bytes(self) -> [u8; HEAD] {
        let Flags {
            is_dismissal,
            is_limited,
            is_marked,
        } = self.flags;
        let flags =
            u64::from(is_dismissal) | u64::from(is_limited) << 1 | u64::from(is_marked) << 2;
        let words = [self.size as u64, self.number, self.function, flags];
        let mut bytes = [0; HEAD];
        for (place, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(words) {
            *place = word.to_le_bytes();
        }
        bytes
    }

    /// `None` as long as the head is not all there.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Head> {
        let (words, _) = bytes.get(..HEAD)?.as_chunks::<8>();
        let word = |at: usize| u64::from_le_bytes(words[at]);
        let flags = word(3);
        Some(Head {
            size: usize::try_from(word(0)).unwrap_or(usize::MAX),
            number: word(1),
            function: word(2),
            flags: Flags {
                is_dismissal: flags & 1 != 0,
                is_limited: flags & 2 != 0,
                is_marked: flags & 4 != 0,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Flags, Head};

    #[test]
    fn heads_are_parsed_as_they_were_written() {
        for flags in 0..8 {
            let flags = Flags {
                is_dismissal: flags & 1 != 0,
                is_limited: flags & 2 != 0,
                is_marked: flags & 4 != 0,
            };
            let head = Head {
                size: 3,
                number: u64::MAX,
                function: 1 << 40,
                flags,
            };
            let bytes = head.to_bytes();
            assert_eq!(Head::parse(&bytes), Some(head));
            assert_eq!(Head::parse(&bytes[..31]), None);
        }
        assert!(
            Head::parse(&Head::dismissal().to_bytes())
                .unwrap()
                .flags
                .is_dismissal
        );
    }
}
