//! Spans sorted into lanes: one lane a worker.

use std::collections::BTreeMap;

use crate::job::{Doing, Span};
use crate::runs::Answer;

/// What one worker did, in order of time.
#[derive(Debug)]
pub(crate) struct Lane {
    /// `caller`, `worker 1`, ...
    pub(crate) label: String,
    /// Never empty.
    pub(crate) spans: Vec<Span>,
}

impl Lane {
    fn start_ns(&self) -> u64 {
        self.spans.first().map_or(0, |span| span.start_ns)
    }

    fn end_ns(&self) -> u64 {
        self.spans.last().map_or(0, |span| span.end_ns)
    }

    /// How many files were measured here.
    pub(crate) fn files(&self) -> u64 {
        self.spans.iter().filter(|span| is_measuring(span)).count() as u64
    }

    pub(crate) fn measuring_ns(&self) -> u64 {
        self.spans
            .iter()
            .filter(|span| is_measuring(span))
            .map(Span::duration_ns)
            .sum()
    }

    pub(crate) fn merging_ns(&self) -> u64 {
        self.spans
            .iter()
            .filter(|span| !is_measuring(span))
            .map(Span::duration_ns)
            .sum()
    }
}

pub(crate) fn is_measuring(span: &Span) -> bool {
    matches!(span.doing, Doing::Measure(_))
}

/// The caller's lane first, then a lane for each worker in the order in which they began.
///
/// Some systems use a new process for each file. Where there were more processes than `workers`,
/// those whose lives do not overlap share a lane, as they shared the place of one worker.
pub(crate) fn lanes(answer: &Answer, workers: usize) -> Vec<Lane> {
    let mut by_worker: BTreeMap<u32, Vec<Span>> = BTreeMap::new();
    for span in &answer.spans {
        by_worker.entry(span.worker).or_default().push(*span);
    }
    for spans in by_worker.values_mut() {
        spans.sort_unstable_by_key(|span| (span.start_ns, span.end_ns));
    }
    let caller = by_worker.remove(&answer.caller);
    let mut others: Vec<Lane> = by_worker
        .into_values()
        .map(|spans| Lane {
            label: String::new(),
            spans,
        })
        .collect();
    others.sort_by_key(Lane::start_ns);
    if others.len() > workers {
        others = packed(others);
    }
    for (index, lane) in others.iter_mut().enumerate() {
        lane.label = format!("worker {}", index + 1);
    }
    let caller = caller.map(|spans| Lane {
        label: "caller".to_owned(),
        spans,
    });
    caller.into_iter().chain(others).collect()
}

/// Puts each lane behind the first one that has ended before it begins.
fn packed(lanes: Vec<Lane>) -> Vec<Lane> {
    let mut places: Vec<Lane> = Vec::new();
    for lane in lanes {
        match places
            .iter_mut()
            .find(|place| place.end_ns() <= lane.start_ns())
        {
            Some(place) => place.spans.extend(lane.spans),
            None => places.push(lane),
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs;

    const CALLER: u32 = 1;

    /// Lanes of a run in which these workers worked from, to.
    fn lanes_of(spans: &[(u32, u64, u64)], workers: usize) -> Vec<(String, Vec<(u64, u64)>)> {
        let spans = spans.iter().map(|&(worker, start_ns, end_ns)| Span {
            worker,
            start_ns,
            end_ns,
            doing: Doing::Merge,
        });
        let answer = runs::Answer {
            caller: CALLER,
            spans: spans.collect(),
            ..runs::answer_for_tests()
        };
        let times = |lane: &Lane| {
            lane.spans
                .iter()
                .map(|span| (span.start_ns, span.end_ns))
                .collect()
        };
        let lanes = lanes(&answer, workers);
        lanes
            .iter()
            .map(|lane| (lane.label.clone(), times(lane)))
            .collect()
    }

    #[test]
    fn the_caller_comes_first_and_workers_follow_in_order_of_their_start() {
        let lanes = lanes_of(&[(7, 20, 30), (CALLER, 25, 40), (3, 21, 22), (7, 5, 10)], 2);
        let expected = [
            ("caller".to_owned(), vec![(25, 40)]),
            ("worker 1".to_owned(), vec![(5, 10), (20, 30)]),
            ("worker 2".to_owned(), vec![(21, 22)]),
        ];
        assert_eq!(lanes, expected);
    }

    #[test]
    fn as_many_workers_as_asked_for_keep_their_own_lanes() {
        let lanes = lanes_of(&[(5, 0, 1), (6, 2, 3)], 2);
        assert_eq!(lanes.len(), 2);
    }

    #[test]
    fn a_process_for_each_file_takes_the_place_of_one_that_has_ended() {
        let lanes = lanes_of(
            &[(5, 0, 10), (6, 1, 4), (7, 4, 9), (8, 9, 12), (9, 10, 11)],
            2,
        );
        let expected = [
            ("worker 1".to_owned(), vec![(0, 10), (10, 11)]),
            ("worker 2".to_owned(), vec![(1, 4), (4, 9), (9, 12)]),
        ];
        assert_eq!(lanes, expected);
    }

    #[test]
    fn more_workers_at_once_than_asked_for_have_more_lanes() {
        let lanes = lanes_of(&[(5, 0, 10), (6, 0, 10), (7, 0, 10)], 2);
        assert_eq!(lanes.len(), 3);
    }
}
