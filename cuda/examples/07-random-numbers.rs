//! Random numbers made on the device. A seed gives the same numbers on every device, so their statistics can be told before.
//!
//! ```text
//! four words of seed 1: [2898200796, 323845807, 4276488960, 407543172]
//! the same again: true
//! pi is about 3.1...
//! mean of normal numbers, of 0: ...; standard deviation, of 1: ...
//! mean of Poisson numbers, of 4: ...
//! Sobol's first points in two dimensions: 0.5 0.5, 0.75 0.25, 0.25 0.75
//! ```

use cuda::curandom::{Generator, PhiloxGenerator, Sobol32Generator, XorwowGenerator};

const COUNT: usize = 1 << 16;

fn main() -> cuda::Result<()> {
    let _context = cuda::autoinit()?;
    let words = XorwowGenerator::new(1)?.gen_uniform::<u32>(4)?.to_vec()?;
    println!("four words of seed 1: {words:?}");
    let again = XorwowGenerator::new(1)?.gen_uniform::<u32>(4)?.to_vec()?;
    println!("the same again: {}", words == again);
    assert_eq!(words, again);

    let mut generator = PhiloxGenerator::new(7)?;
    let x = generator.gen_uniform::<f32>(COUNT)?.to_vec()?;
    let y = generator.gen_uniform::<f32>(COUNT)?.to_vec()?;
    let inside = x.iter().zip(&y).filter(|(x, y)| *x * *x + *y * *y <= 1.0);
    println!(
        "pi is about {:.4}",
        4.0 * inside.count() as f64 / COUNT as f64
    );

    let normal = generator.gen_normal::<f64>(COUNT)?;
    let mean = normal.sum()?.item()? / COUNT as f64;
    let square = (&normal * &normal).sum()?.item()? / COUNT as f64;
    let deviation = (square - mean * mean).sqrt();
    println!("mean of normal numbers, of 0: {mean:.4}; standard deviation, of 1: {deviation:.4}");
    assert!(mean.abs() < 0.02 && (deviation - 1.0).abs() < 0.02);

    let events = generator.gen_poisson(COUNT, 4.0)?.to_vec()?;
    let mean = events.iter().map(|count| f64::from(*count)).sum::<f64>() / COUNT as f64;
    println!("mean of Poisson numbers, of 4: {mean:.4}");
    assert!((mean - 4.0).abs() < 0.05);

    let mut sobol = Sobol32Generator::new(2)?;
    sobol.skip_ahead(1); // The first point of all is the origin.
    let points = sobol.gen_uniform::<f32>([2, 3])?.to_vec()?;
    let shown: Vec<String> = (0..3)
        .map(|i| format!("{} {}", points[i], points[3 + i]))
        .collect();
    println!(
        "Sobol's first points in two dimensions: {}",
        shown.join(", ")
    );
    Ok(())
}
