//! Means, deviations and bounds of what the generators make.

use cuda::Result;
use cuda::curandom::{
    Generator, Mrg32k3aGenerator, PhiloxGenerator, Sobol32Generator, XorwowGenerator,
};
use cuda::driver::Context;
use cuda_macros::backend_test;

const COUNT: usize = 60_000;

/// Mean and variance.
fn moments(numbers: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = numbers.clone().count() as f64;
    let mean = numbers.clone().sum::<f64>() / count;
    (
        mean,
        numbers.map(|x| (x - mean).powi(2)).sum::<f64>() / count,
    )
}

/// Within five standard errors of the mean, and near the variance.
fn check(what: &str, numbers: impl Iterator<Item = f64> + Clone, mean: f64, variance: f64) {
    let (got_mean, got_variance) = moments(numbers);
    let bound = 5.0 * (variance / COUNT as f64).sqrt();
    assert!(
        (got_mean - mean).abs() <= bound,
        "{what}: a mean of {got_mean}, not {mean}"
    );
    assert!(
        (got_variance / variance - 1.0).abs() < 0.06,
        "{what}: a variance of {got_variance}, not {variance}"
    );
}

fn all_distributions(what: &str, mut generator: impl Generator) -> Result<()> {
    let floats = generator.gen_uniform::<f32>(COUNT)?.to_vec()?;
    assert!(floats.iter().all(|x| *x > 0.0 && *x <= 1.0), "{what}");
    check(what, floats.iter().map(|x| f64::from(*x)), 0.5, 1.0 / 12.0);
    let doubles = generator.gen_uniform::<f64>(COUNT)?.to_vec()?;
    assert!(doubles.iter().all(|x| *x > 0.0 && *x <= 1.0), "{what}");
    check(what, doubles.iter().copied(), 0.5, 1.0 / 12.0);
    let normal = generator.gen_normal::<f32>(COUNT)?.to_vec()?;
    check(what, normal.iter().map(|x| f64::from(*x)), 0.0, 1.0);
    let mut scaled = generator.gen_normal::<f64>(COUNT)?;
    generator.fill_normal(&mut scaled, 3.0, 0.5)?;
    check(what, scaled.to_vec()?.into_iter(), 3.0, 0.25);
    let log_normal = generator
        .gen_log_normal::<f64>(COUNT, 1.0, 0.25)?
        .to_vec()?;
    check(what, log_normal.iter().map(|x| x.ln()), 1.0, 0.0625);
    for mean in [0.5, 4.0, 29.9, 30.0, 1000.0] {
        let counts = generator.gen_poisson(COUNT, mean)?.to_vec()?;
        check(
            &format!("{what}, Poisson of {mean}"),
            counts.iter().map(|n| f64::from(*n)),
            mean,
            mean,
        );
    }
    assert!(generator.gen_poisson(3, -1.0).is_err() && generator.gen_poisson(3, f64::NAN).is_err());
    assert_eq!(generator.gen_poisson(6, 0.0)?.to_vec()?, [0; 6]);
    Ok(())
}

#[backend_test]
fn xorwow(context: &Context) -> Result<()> {
    all_distributions("xorwow", XorwowGenerator::new_in(context, 11)?)
}

#[backend_test]
fn mrg32k3a(context: &Context) -> Result<()> {
    all_distributions("MRG32k3a", Mrg32k3aGenerator::new_in(context, 11)?)
}

#[backend_test]
fn philox(context: &Context) -> Result<()> {
    all_distributions("Philox", PhiloxGenerator::new_in(context, 11, 3)?)
}

#[backend_test]
fn sobol(context: &Context) -> Result<()> {
    let mut generator = Sobol32Generator::new_in(context, 2, Some(11))?;
    let normal = generator.gen_normal::<f32>((2, COUNT / 2))?.to_vec()?;
    check("Sobol", normal.iter().map(|x| f64::from(*x)), 0.0, 1.0);
    let counts = generator.gen_poisson((2, COUNT / 2), 12.0)?.to_vec()?;
    check(
        "Sobol, Poisson",
        counts.iter().map(|n| f64::from(*n)),
        12.0,
        12.0,
    );
    assert!(generator.gen_poisson(2, 501.0).is_err());
    Ok(())
}
