//! One child as the parent sees it: its process, its ring, and how far it is.

use std::ops::Range;

use manyways_process::{Child, Exit, Link, PanicReport};
use manyways_wire as wire;

use crate::board::Board;
use crate::error::Cause;
use crate::ring::{Corrupt, Record, RingReader};
use crate::worker::kind;

/// A child and what has come from it.
#[derive(Debug)]
pub(crate) struct Hand {
    pub(crate) place: usize,
    pub(crate) child: Child,
    pub(crate) link: Link,
    reader: RingReader,
    /// What is left of the piece that it has; the first position is the one it runs now.
    claim: Range<u64>,
    /// The piece's first position.
    claim_start: u64,
    /// Items that are done as parts of a piece that is not.
    pub(crate) folded: usize,
    /// It has settled at least one item.
    pub(crate) fruitful: bool,
    /// It has said that it owes nothing more.
    pub(crate) has_left: bool,
    /// It has broken the ring's rules, and perhaps was ended for it.
    distrusted: bool,
    ended_for_it: bool,
}

/// What a child has told. Positions are those of the board.
pub(crate) enum News<'a> {
    Claimed,
    Folded,
    Leaving,
    Partial {
        positions: Range<u64>,
        encoded: &'a [u8],
    },
    Panicked {
        position: u64,
        report: Box<PanicReport>,
    },
    Unsendable {
        position: u64,
        reason: String,
    },
    InitializerPanicked {
        report: Box<PanicReport>,
    },
}

impl Hand {
    pub(crate) fn new(place: usize, child: Child, link: Link, reader: RingReader) -> Hand {
        Hand {
            place,
            child,
            link,
            reader,
            claim: 0..0,
            claim_start: 0,
            folded: 0,
            fruitful: false,
            has_left: false,
            distrusted: false,
            ended_for_it: false,
        }
    }

    /// Takes over what the child has published, and lets it go on if it waits for room.
    pub(crate) fn take(&mut self, board: &Board) -> Result<bool, Corrupt> {
        if self.distrusted {
            return Ok(false);
        }
        let ring = board.ring(self.place);
        let any = self.reader.take(ring)?;
        if any && RingReader::writer_waits(ring) {
            // If it fails the child is gone; its pidfd will say so.
            let _ = self.link.send(&());
        }
        Ok(any)
    }

    /// The position that it runs, or would have run next of its piece; for a piece of which only the
    /// combined result is missing, its first.
    pub(crate) fn running(&self) -> Option<u64> {
        match self.claim.is_empty() {
            false => Some(self.claim.start),
            true => (self.folded > 0).then_some(self.claim_start),
        }
    }

    /// Whether something is published that is to be taken.
    pub(crate) fn has_published(&self, board: &Board) -> bool {
        !self.distrusted && self.reader.has_news(board.ring(self.place))
    }

    /// Why it died: usually its exit; but if our own code panicked in it, that came over the link.
    pub(crate) fn cause_of_death(&mut self, exit: Exit) -> Cause {
        if self.ended_for_it {
            return Cause::Corrupted;
        }
        let last_word = self
            .link
            .set_nonblocking(true)
            .and_then(|()| self.link.recv::<()>());
        match last_word
            .err()
            .and_then(|error| error.panic_report().cloned())
        {
            Some(report) => Cause::Panicked(report),
            None => Cause::Died(exit),
        }
    }

    /// A position such that all that is still to come from it is at or after it.
    pub(crate) fn position(&self) -> u64 {
        self.claim.start
    }

    /// The next thing that it told, if that is an item's result: its position and encoding.
    #[inline]
    pub(crate) fn result(&mut self) -> Option<(u64, &[u8])> {
        if self.reader.kind()? != kind::RESULT || self.claim.is_empty() {
            return None;
        }
        let encoded = self.reader.record()?.payload;
        self.fruitful = true;
        self.claim.start += 1;
        Some((self.claim.start - 1, encoded))
    }

    /// The next thing that it told, if a whole one is here.
    pub(crate) fn news(&mut self) -> Result<Option<News<'_>>, Corrupt> {
        let Some(record) = self.reader.record() else {
            return Ok(None);
        };
        match record.kind {
            kind::CLAIM => {
                self.claim = claimed(&record)?;
                self.claim_start = self.claim.start;
                return Ok(Some(News::Claimed));
            }
            kind::PARTIAL => {
                self.folded = 0;
                self.fruitful = true;
                let positions = self.claim_start..self.claim.start;
                return Ok(Some(News::Partial {
                    positions,
                    encoded: record.payload,
                }));
            }
            kind::LEAVING => {
                self.has_left = true;
                return Ok(Some(News::Leaving));
            }
            kind::FOLDED => {
                self.claim.next().ok_or(Corrupt)?;
                self.folded += 1;
                return Ok(Some(News::Folded));
            }
            kind::INITIALIZER_PANICKED => {
                self.has_left = true;
                return Ok(Some(News::InitializerPanicked {
                    report: report(&record)?,
                }));
            }
            _ => {}
        }
        self.fruitful = true;
        let position = self.claim.next();
        // The end of a piece can fail after its last item did not; then its first is named.
        let failed = position.unwrap_or(self.claim_start);
        let news = match record.kind {
            kind::PANICKED => News::Panicked {
                position: failed,
                report: report(&record)?,
            },
            kind::UNSENDABLE => {
                let reason = String::from_utf8_lossy(record.payload).into_owned();
                News::Unsendable {
                    position: failed,
                    reason,
                }
            }
            _ => return Err(Corrupt),
        };
        Ok(Some(news))
    }

    /// Ends a process that has broken the ring's rules: nothing that it says is taken any more.
    pub(crate) fn distrust(&mut self) {
        self.distrusted = true;
        let exit = self.child.try_wait();
        self.ended_for_it = matches!(exit, Ok(None));
        self.end();
    }

    /// Ends the process, if it has not ended, and says how it ended.
    pub(crate) fn end(&mut self) -> Exit {
        // These fail only in a process that is not the creator, which cannot get here.
        let _ = self.child.kill();
        self.child.wait().unwrap_or(Exit::Unknown)
    }
}

fn claimed(record: &Record<'_>) -> Result<Range<u64>, Corrupt> {
    let (start, rest) = record.payload.split_first_chunk().ok_or(Corrupt)?;
    let end = rest.first_chunk().ok_or(Corrupt)?;
    Ok(u64::from_le_bytes(*start)..u64::from_le_bytes(*end))
}

fn report(record: &Record<'_>) -> Result<Box<PanicReport>, Corrupt> {
    wire::decode(record.payload)
        .map(Box::new)
        .map_err(|_| Corrupt)
}
