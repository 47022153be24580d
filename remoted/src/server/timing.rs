//! What the event loop does because time has passed.

use std::io;
use std::time::{Duration, Instant};

use rustix::event::epoll::EventFlags;

use super::event_loop::{Creator, EventLoop, LISTENER};
use crate::share::ClientId;

impl EventLoop<'_> {
    /// Does what is due by now.
    pub(super) fn pass_time(&mut self) -> io::Result<()> {
        self.share.expire(self.now);
        self.deliver();
        while let Some((_, id)) = self.newcomers.pop_front_if(|(until, _)| *until <= self.now) {
            if self.connections.get(&id).is_some_and(|c| !c.joined) {
                self.drop_connection(id);
            }
        }
        for id in self.overdue() {
            self.drop_connection(id);
        }
        if self.accept_again.is_some_and(|at| at <= self.now) {
            self.accept_again = None;
            self.poller
                .add(self.listener.as_fd()?, LISTENER, EventFlags::IN)?;
        }
        self.flush_touched();
        self.mind_auto_kill();
        Ok(())
    }

    /// Clients that have taken nothing for too long.
    fn overdue(&self) -> Vec<ClientId> {
        let is_overdue = |id: &&ClientId| self.stall_end(**id).is_some_and(|end| end <= self.now);
        self.stalled.iter().filter(is_overdue).copied().collect()
    }

    fn stall_end(&self, id: ClientId) -> Option<Instant> {
        let since = self.connections.get(&id)?.stalled_since?;
        since.checked_add(self.settings.slow_client)
    }

    fn mind_auto_kill(&mut self) {
        let counts = self.had_client || matches!(self.creator, Creator::Gone);
        let deserted = counts && self.share.clients() == 0;
        self.deserted_since = match (deserted, self.deserted_since) {
            (true, None) => Some(self.now),
            (true, since) => since,
            (false, _) => None,
        };
        if self.auto_kill_at().is_some_and(|at| at <= self.now) {
            self.stopping = true;
        }
    }

    fn auto_kill_at(&self) -> Option<Instant> {
        self.deserted_since?.checked_add(self.settings.auto_kill?)
    }

    /// How long nothing has to be done unless a socket is ready.
    pub(super) fn timeout(&self) -> Option<Duration> {
        if !self.runnable.is_empty() {
            return Some(Duration::ZERO);
        }
        let stalls = self.stalled.iter().filter_map(|id| self.stall_end(*id));
        let newcomer = self.newcomers.front().map(|(until, _)| *until);
        let next = [
            self.share.next_deadline(),
            self.accept_again,
            self.auto_kill_at(),
            newcomer,
        ]
        .into_iter()
        .flatten()
        .chain(stalls)
        .min()?;
        Some(next.saturating_duration_since(Instant::now()))
    }
}
