//! A kernel that is a template, for several types and sizes: a name expression asks for an instance, and finds it.
//!
//! ```text
//! largest<float, 4> = 8.5
//! largest<int, 4> = 8
//! largest<short, 2> = 7
//! ```

use std::fmt::Display;

use bytemuck::Pod;
use cuda::compiler::SourceModule;
use cuda::driver::{In, Launch, Out};

const SOURCE: &str = r"
#include <algorithm>
#include <limits>

template <class T, int count> __global__ void largest(T *to, const T *from)
{
    T best = std::numeric_limits<T>::lowest();
    for (int i = 0; i < count; ++i)
        best = std::max(best, from[i]);
    *to = best;
}
";

const INSTANCES: [&str; 3] = ["largest<float, 4>", "largest<int, 4>", "largest<short, 2>"];

fn main() -> cuda::Result<()> {
    let _context = cuda::autoinit()?;
    let builder = INSTANCES
        .iter()
        .fold(SourceModule::builder(SOURCE), |builder, name| {
            builder.name_expression(*name)
        });
    let module = builder.build()?;
    show(&module, INSTANCES[0], &[1.5_f32, 8.5, -3.0, 2.0])?;
    show(&module, INSTANCES[1], &[1, 8, -3, 2])?;
    show(&module, INSTANCES[2], &[-7_i16, 7])
}

fn show<T: Pod + Display + PartialOrd>(
    module: &SourceModule,
    instance: &str,
    from: &[T],
) -> cuda::Result<()> {
    let mut to = [from[0]];
    let largest = module.get_function(instance)?;
    largest.call((Out(&mut to), In(from)), Launch::block(1))?;
    println!("{instance} = {}", to[0]);
    assert!(from.iter().all(|number| *number <= to[0]));
    Ok(())
}
