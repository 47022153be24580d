//! Marsaglia's xorwow on the host: seeds, and ways ahead.

use std::sync::OnceLock;

use super::gf2::{Bits, Map};
use super::kept::{Engine, Kernels, STREAMS};
use crate::gpuarray::engine::Family;

/// What the counter grows by in each step.
const STEP: u32 = 362_437;
/// The distance of two streams is two to the power of this.
const STREAM_BITS: u32 = 67;

/// One generator: a register of five words and a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    register: Bits,
    counter: u32,
}

impl State {
    /// The first stream of a seed, which is mixed as cuRAND mixes it, so that the numbers are cuRAND's.
    fn new(seed: u64) -> State {
        let low = 1_099_087_573_u32.wrapping_mul(seed as u32 ^ 0xaad2_6b49);
        let high = 2_591_861_531_u32.wrapping_mul((seed >> 32) as u32 ^ 0xf7dc_efdd);
        State {
            register: [
                123_456_789_u32.wrapping_add(low),
                362_436_069 ^ low,
                521_288_629_u32.wrapping_add(high),
                88_675_123 ^ high,
                5_783_321_u32.wrapping_add(low),
            ],
            counter: 6_615_241_u32.wrapping_add(low).wrapping_add(high),
        }
    }
}

fn advance([a, b, c, d, e]: Bits) -> Bits {
    let t = a ^ (a >> 2);
    [b, c, d, e, (e ^ (e << 4)) ^ (t ^ (t << 1))]
}

fn step() -> &'static Map {
    static STEP: OnceLock<Map> = OnceLock::new();
    STEP.get_or_init(|| Map::of(advance))
}

/// As many steps as streams are apart.
fn stream() -> &'static Map {
    static STREAM: OnceLock<Map> = OnceLock::new();
    STREAM.get_or_init(|| step().squared(STREAM_BITS))
}

/// The engine of [`XorwowGenerator`](super::XorwowGenerator).
#[derive(Debug, Clone, Copy)]
pub struct Xorwow;

impl Engine for Xorwow {
    const KERNELS: [&'static str; 7] = [
        "xorwow_bits32",
        "xorwow_bits64",
        "xorwow_uniform32",
        "xorwow_uniform64",
        "xorwow_normal32",
        "xorwow_normal64",
        "xorwow_poisson",
    ];

    const FAMILY: Kernels = Kernels(Family::Xorwow);

    fn seed(seed: u64) -> Vec<[u32; 6]> {
        let first = State::new(seed);
        let ahead = |register: &Bits| Some(stream().apply(register));
        let registers = std::iter::successors(Some(first.register), ahead);
        // The streams' distance is a multiple of the counter's period.
        registers
            .take(STREAMS)
            .map(|register| pack(first.counter, register))
            .collect()
    }

    fn skip(states: &mut [[u32; 6]], steps: u64) {
        skip_by(states, step(), steps);
        let counted = STEP.wrapping_mul(steps as u32);
        states
            .iter_mut()
            .for_each(|state| state[0] = state[0].wrapping_add(counted));
    }

    fn skip_streams(states: &mut [[u32; 6]], streams: u64) {
        skip_by(states, stream(), streams);
    }
}

fn skip_by(states: &mut [[u32; 6]], map: &Map, times: u64) {
    let registers: Vec<Bits> = states
        .iter()
        .map(|[_, a, b, c, d, e]| [*a, *b, *c, *d, *e])
        .collect();
    for (state, register) in states.iter_mut().zip(map.apply_times(&registers, times)) {
        *state = pack(state[0], register);
    }
}

fn pack(counter: u32, [a, b, c, d, e]: Bits) -> [u32; 6] {
    [counter, a, b, c, d, e]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(state: &mut [u32; 6]) -> u32 {
        let [counter, a, b, c, d, e] = *state;
        let register = advance([a, b, c, d, e]);
        *state = pack(counter.wrapping_add(STEP), register);
        register[4].wrapping_add(state[0])
    }

    /// The register of Marsaglia's paper ("Xorshift RNGs", 2003), and the program there run by hand for two steps.
    #[test]
    fn it_steps_as_marsaglias() {
        let mut state = pack(
            6_615_241,
            [123_456_789, 362_436_069, 521_288_629, 88_675_123, 5_783_321],
        );
        let t: u32 = 123_456_789 ^ (123_456_789 >> 2);
        let v = (5_783_321 ^ (5_783_321 << 4)) ^ (t ^ (t << 1));
        assert_eq!(next(&mut state), v.wrapping_add(6_615_241 + 362_437));
        assert_eq!(
            state[1..5],
            [362_436_069, 521_288_629, 88_675_123, 5_783_321]
        );
    }

    #[test]
    fn skipping_is_as_good_as_stepping() {
        let mut stepped = Xorwow::seed(42)[..3].to_vec();
        let mut skipped = stepped.clone();
        for state in &mut stepped {
            (0..1000).for_each(|_| {
                next(state);
            });
        }
        Xorwow::skip(&mut skipped, 1000);
        assert_eq!(skipped, stepped);
    }

    /// Two to the power of 67 steps, 35 of whose doublings are done by other means: the map of 2^32 steps applied
    /// 2^35 times.
    #[test]
    fn streams_are_apart_by_a_power_of_two() {
        let states = Xorwow::seed(7);
        let register = |state: &[u32; 6]| [state[1], state[2], state[3], state[4], state[5]];
        let far = step()
            .squared(32)
            .apply_times(&[register(&states[0])], 1 << 35);
        assert_eq!(far[0], register(&states[1]));
        let mut skipped = states[..1].to_vec();
        Xorwow::skip_streams(&mut skipped, 2);
        assert_eq!(skipped[0], states[2]);
    }
}
