//! How a pool's workers are made.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use manyways_process::Link;
use serde::{Deserialize, Serialize};

use super::board::Board;
use super::door::Door;
use super::sys;
use super::worker::{self, Initializer};
use crate::StartMethod;
use crate::process::pool_worker::{self, Launched, Membership};

/// How a pool's workers are made.
pub(crate) struct Recipe {
    pub(crate) name: String,
    pub(crate) method: StartMethod,
    pub(crate) initializer: Option<Preparation>,
}

/// What is done in a worker before its first task.
pub(crate) enum Preparation {
    /// A closure, which forks inherit.
    Closure(Arc<Initializer>),
    /// A function's place in the program, and its arguments.
    Function(u64, Vec<u8>),
}

/// What a worker that is no fork is told.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Assignment {
    place: usize,
    workers: usize,
    /// A function's place in the program, and its arguments.
    initializer: Option<(u64, Vec<u8>)>,
}

impl Recipe {
    /// Starts a worker for this place of so many.
    pub(crate) fn start(&self, door: &Door, place: usize, workers: usize) -> io::Result<Launched> {
        let membership = Membership::new(self.method)?;
        match self.method {
            StartMethod::Fork => self.fork(door, place, membership),
            _ => self.begin(door, place, workers, membership),
        }
    }

    fn fork(&self, door: &Door, place: usize, membership: Membership) -> io::Result<Launched> {
        let forked = pool_worker::fork(&self.name, membership, |link| {
            let place = worker::Workplace {
                number: place,
                board: &door.board,
                doorbell: &door.doorbell,
            };
            match &self.initializer {
                None => worker::run(&place, link, None),
                Some(Preparation::Closure(closure)) => worker::run(&place, link, Some(&**closure)),
                Some(Preparation::Function(function, args)) => {
                    worker::run(&place, link, Some(&|| call(*function, args)));
                }
            }
        });
        forked.map_err(io::Error::other)
    }

    fn begin(
        &self,
        door: &Door,
        place: usize,
        workers: usize,
        membership: Membership,
    ) -> io::Result<Launched> {
        let initializer = match &self.initializer {
            Some(Preparation::Function(function, args)) => Some((*function, args.clone())),
            _ => None,
        };
        let assignment = Assignment {
            place,
            workers,
            initializer,
        };
        let descriptors = vec![
            door.board.file()?,
            door.doorbell.as_fd().try_clone_to_owned()?,
        ];
        let started =
            pool_worker::start(self.method, &self.name, membership, assignment, descriptors);
        started.map_err(io::Error::other)
    }
}

/// The life of a worker that is no fork.
pub(crate) fn serve(assignment: &Assignment, descriptors: Vec<OwnedFd>, link: &mut Link) {
    let Ok([board, doorbell]) = <[OwnedFd; 2]>::try_from(descriptors) else {
        return; // The supervisor sees the end of this process.
    };
    let Ok(board) = Board::map(board, assignment.workers) else {
        return;
    };
    let place = worker::Workplace {
        number: assignment.place,
        board: &board,
        doorbell: &sys::doorbell(doorbell),
    };
    match &assignment.initializer {
        None => worker::run(&place, link, None),
        Some((function, args)) => worker::run(&place, link, Some(&|| call(*function, args))),
    }
}

fn call(function: u64, args: &[u8]) -> Result<(), String> {
    match sys::entry_at(function) {
        Some(entry) => entry.call(args),
        None => Err("the worker has no such initializer".to_owned()),
    }
}
