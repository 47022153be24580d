//! Where a message goes.

use super::book::{Book, Taking};
use super::layout::View;
use crate::life::Identity;

/// Takes a message: whole, or in parts to an end.
pub(super) trait Sink {
    /// Whether the first message, if whole, is to be taken; else it stays.
    #[inline]
    fn wants(&mut self, _message: &[u8]) -> bool {
        true
    }
    fn whole(&mut self, message: &[u8]);
    fn part(&mut self, part: &[u8]);
    /// All parts have come.
    fn end(&mut self);
    /// There will be no more parts, and there was no message.
    fn forget(&mut self);
    /// The message has left the ring, and nobody else has got one since.
    #[inline]
    fn taken(&mut self) {}
}

/// To the end of a vector.
pub(super) struct Append<'a> {
    into: &'a mut Vec<u8>,
    len_before: usize,
}

impl<'a> Append<'a> {
    #[inline]
    pub(super) fn to(into: &'a mut Vec<u8>) -> Append<'a> {
        let len_before = into.len();
        Append { into, len_before }
    }
}

impl Sink for Append<'_> {
    #[inline]
    fn whole(&mut self, message: &[u8]) {
        self.into.extend_from_slice(message);
    }

    fn part(&mut self, part: &[u8]) {
        self.into.extend_from_slice(part);
    }

    fn end(&mut self) {}

    fn forget(&mut self) {
        self.into.truncate(self.len_before);
    }
}

/// To the end of a vector, if it is wanted.
pub(super) struct AppendIf<'a, F> {
    append: Append<'a>,
    is_wanted: F,
    /// Of the last that was asked about.
    was_wanted: bool,
}

impl<'a, F> AppendIf<'a, F> {
    #[inline]
    pub(super) fn to(into: &'a mut Vec<u8>, is_wanted: F) -> AppendIf<'a, F> {
        AppendIf {
            append: Append::to(into),
            is_wanted,
            was_wanted: true,
        }
    }

    #[inline]
    pub(super) fn was_wanted(&self) -> bool {
        self.was_wanted
    }
}

impl<F: FnMut(&[u8]) -> bool> Sink for AppendIf<'_, F> {
    #[inline]
    fn wants(&mut self, message: &[u8]) -> bool {
        self.was_wanted = (self.is_wanted)(message);
        self.was_wanted
    }

    #[inline]
    fn whole(&mut self, message: &[u8]) {
        self.append.whole(message);
    }

    fn part(&mut self, part: &[u8]) {
        self.append.part(part);
    }

    fn end(&mut self) {}

    fn forget(&mut self) {
        self.append.forget();
    }
}

/// To the end of a vector, and into the book of who has taken what.
pub(super) struct Booked<'a> {
    append: Append<'a>,
    ring: View<'a>,
    book: &'a Book,
    me: Identity,
    taking: Option<Taking>,
}

impl<'a> Booked<'a> {
    pub(super) fn new(
        append: Append<'a>,
        ring: View<'a>,
        book: &'a Book,
        me: Identity,
    ) -> Booked<'a> {
        Booked {
            append,
            ring,
            book,
            me,
            taking: None,
        }
    }

    /// Before the message, or its first part, leaves the ring.
    fn announce(&mut self) {
        self.taking
            .get_or_insert_with(|| self.book.announce(self.ring, self.me));
    }
}

impl Sink for Booked<'_> {
    fn whole(&mut self, message: &[u8]) {
        self.announce();
        self.append.whole(message);
    }

    fn part(&mut self, part: &[u8]) {
        self.announce();
        self.append.part(part);
    }

    fn end(&mut self) {}

    fn forget(&mut self) {
        self.taking = None;
        self.book.withdraw();
        self.append.forget();
    }

    fn taken(&mut self) {
        if let Some(taking) = self.taking.take() {
            self.book.enter(taking);
        }
    }
}

/// To a function, once.
pub(super) struct Show<F, R> {
    look: Option<F>,
    parts: Vec<u8>,
    result: Option<R>,
}

impl<F: FnOnce(&[u8]) -> R, R> Show<F, R> {
    #[inline]
    pub(super) fn to(look: F) -> Show<F, R> {
        Show {
            look: Some(look),
            parts: Vec::new(),
            result: None,
        }
    }

    /// After a message has come.
    #[inline]
    pub(super) fn into_result(self) -> R {
        self.result.expect("a message was shown")
    }
}

impl<F: FnOnce(&[u8]) -> R, R> Sink for Show<F, R> {
    #[inline]
    fn whole(&mut self, message: &[u8]) {
        self.result = self.look.take().map(|look| look(message));
    }

    fn part(&mut self, part: &[u8]) {
        self.parts.extend_from_slice(part);
    }

    fn end(&mut self) {
        let parts = std::mem::take(&mut self.parts);
        self.whole(&parts);
    }

    fn forget(&mut self) {
        self.parts.clear();
    }
}

/// Where a message is put together by its taker. See [`Ring::get_pieces`](super::Ring::get_pieces).
pub trait Pieces {
    /// The next bytes of the message.
    fn piece(&mut self, bytes: &[u8]);

    /// There was no message: what has come of it was a beginning. Another may follow.
    fn forget(&mut self);
}

/// To its taker, piece by piece.
pub(super) struct InPieces<'a, P>(pub(super) &'a mut P);

impl<P: Pieces> Sink for InPieces<'_, P> {
    fn whole(&mut self, message: &[u8]) {
        self.0.piece(message);
    }

    fn part(&mut self, part: &[u8]) {
        self.0.piece(part);
    }

    fn end(&mut self) {}

    fn forget(&mut self) {
        self.0.forget();
    }
}

/// To nobody.
pub(super) struct Discard;

impl Sink for Discard {
    fn whole(&mut self, _: &[u8]) {}
    fn part(&mut self, _: &[u8]) {}
    fn end(&mut self) {}
    fn forget(&mut self) {}
}
