//! Numbers that are known: published ones, and those of plain programs on the host.

use cuda::Result;
use cuda::curandom::{
    Generator, Mrg32k3aGenerator, PhiloxGenerator, Sobol32Generator, Sobol64Generator,
    XorwowGenerator,
};
use cuda::driver::Context;
use cuda_macros::backend_test;

/// xorwow from a seed, as Marsaglia's paper and cuRAND's documentation have it: the first stream.
fn xorwow(seed: u64, count: usize) -> Vec<u32> {
    let low = 1_099_087_573_u32.wrapping_mul(seed as u32 ^ 0xaad2_6b49);
    let high = 2_591_861_531_u32.wrapping_mul((seed >> 32) as u32 ^ 0xf7dc_efdd);
    let mut d = 6_615_241_u32.wrapping_add(low).wrapping_add(high);
    let mut v = [
        123_456_789_u32.wrapping_add(low),
        362_436_069 ^ low,
        521_288_629_u32.wrapping_add(high),
        88_675_123 ^ high,
        5_783_321_u32.wrapping_add(low),
    ];
    let next = |_| {
        let t = v[0] ^ (v[0] >> 2);
        v = [
            v[1],
            v[2],
            v[3],
            v[4],
            (v[4] ^ (v[4] << 4)) ^ (t ^ (t << 1)),
        ];
        d = d.wrapping_add(362_437);
        v[4].wrapping_add(d)
    };
    (0..count).map(next).collect()
}

#[backend_test]
fn xorwow_is_marsaglias(context: &Context) -> Result<()> {
    let mut generator = XorwowGenerator::new_in(context, 1234)?;
    let words = generator.gen_uniform::<u32>(16_384 * 3)?.to_vec()?;
    let first: Vec<u32> = words.iter().copied().step_by(16_384).collect();
    assert_eq!(first, xorwow(1234, 3));
    Ok(())
}

#[backend_test]
fn skipping_ahead(context: &Context) -> Result<()> {
    let mut generator = XorwowGenerator::new_in(context, 99)?;
    generator.skip_ahead(1000)?;
    assert_eq!(
        generator.gen_uniform::<u32>(1)?.item()?,
        xorwow(99, 1001)[1000]
    );
    let mut plain = Mrg32k3aGenerator::new_in(context, 7)?;
    let mut ahead = Mrg32k3aGenerator::new_in(context, 7)?;
    let words = plain.gen_uniform::<u32>(2 * 16_384)?.to_vec()?;
    ahead.skip_ahead(1)?;
    assert_eq!(
        ahead.gen_uniform::<u32>(100)?.to_vec()?,
        words[16_384..][..100]
    );
    let mut streams = Mrg32k3aGenerator::new_in(context, 7)?;
    streams.skip_ahead_sequence(5)?;
    assert_eq!(
        streams.gen_uniform::<u32>(100)?.to_vec()?,
        words[5..][..100]
    );
    Ok(())
}

/// The known answer for a counter and a key of zeros, of Random123.
#[backend_test]
fn philox_is_random123s(context: &Context) -> Result<()> {
    let words = PhiloxGenerator::new_in(context, 0, 0)?
        .gen_uniform::<u32>(4)?
        .to_vec()?;
    assert_eq!(words, [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
    let mut far = PhiloxGenerator::new_in(context, 0, 0)?;
    far.skip_ahead(1000);
    let all = PhiloxGenerator::new_in(context, 0, 0)?
        .gen_uniform::<u32>(4004)?
        .to_vec()?;
    assert_eq!(far.gen_uniform::<u32>(4)?.to_vec()?, all[4000..]);
    Ok(())
}

#[backend_test]
fn uniform_numbers_are_scaled_words(context: &Context) -> Result<()> {
    let words = XorwowGenerator::new_in(context, 3)?
        .gen_uniform::<u32>(5000)?
        .to_vec()?;
    let floats = XorwowGenerator::new_in(context, 3)?
        .gen_uniform::<f32>(5000)?
        .to_vec()?;
    for (word, float) in words.iter().zip(floats) {
        let expected = (*word as f32).mul_add(2.0_f32.powi(-32), 2.0_f32.powi(-33));
        assert_eq!(float.to_bits(), expected.to_bits());
    }
    Ok(())
}

#[backend_test]
fn sobols_points_are_joe_and_kuos(context: &Context) -> Result<()> {
    let mut generator = Sobol32Generator::new_in(context, 3, None)?;
    let words = generator.gen_uniform::<u32>((3, 4))?.to_vec()?;
    let quarter = 1_u32 << 30;
    let expected = [[0, 2, 3, 1], [0, 2, 1, 3], [0, 2, 1, 3]].concat();
    assert_eq!(
        words,
        expected.iter().map(|n| n * quarter).collect::<Vec<u32>>()
    );
    assert_eq!(generator.position(), 4);
    assert_eq!(
        generator.gen_uniform::<u32>(3)?.to_vec()?,
        [3 * (quarter >> 1), 3 * (quarter >> 1), 5 * (quarter >> 1)]
    );
    let error = generator.gen_uniform::<f32>(4).unwrap_err().to_string();
    assert!(
        error.contains("4 numbers are not points in 3 dimensions"),
        "{error}"
    );
    assert!(generator.gen_uniform::<u64>(3).is_err());
    Ok(())
}

#[backend_test]
fn sobols_points_spread_evenly(context: &Context) -> Result<()> {
    for seed in [None, Some(1), Some(2)] {
        let points = Sobol64Generator::new_in(context, 5, seed)?
            .gen_uniform::<u64>((5, 1024))?
            .to_vec()?;
        for coordinates in points.chunks(1024) {
            let mut intervals: Vec<u64> = coordinates.iter().map(|word| word >> 54).collect();
            intervals.sort_unstable();
            assert!(intervals.iter().copied().eq(0..1024), "{seed:?}");
        }
    }
    Ok(())
}
