//! Two streams work at the same time. The second waits for the first where it needs its result: an event tells it, and the
//! host waits only for the end. Events also keep time.
//!
//! ```text
//! the second stream saw what the first had made: true
//! the sum of the squares below 4096 is 22898104320
//! the device took some time: true
//! ```

use cuda::compiler::SourceModule;
use cuda::driver::{DeviceBuffer, EventFlags, Launch, Stream, StreamFlags};

const LENGTH: usize = 4096;

const SOURCE: &str = r"
__global__ void squares(unsigned long long *to)
{
    const unsigned long long i = blockIdx.x * blockDim.x + threadIdx.x;
    to[i] = i * i;
}

// One block. Each thread sums every blockDim.x-th number; then pairs of threads add up, half as many each time.
__global__ void sum(unsigned long long *total, const unsigned long long *from, int count)
{
    __shared__ unsigned long long part[256];
    unsigned long long mine = 0;
    for (int i = threadIdx.x; i < count; i += blockDim.x)
        mine += from[i];
    part[threadIdx.x] = mine;
    __syncthreads();
    for (int half = blockDim.x / 2; half > 0; half /= 2) {
        if (threadIdx.x < half)
            part[threadIdx.x] += part[threadIdx.x + half];
        __syncthreads();
    }
    if (threadIdx.x == 0)
        *total = part[0];
}
";

fn main() -> cuda::Result<()> {
    let context = cuda::autoinit()?;
    let module = SourceModule::new(SOURCE)?;
    let (squares, sum) = (module.get_function("squares")?, module.get_function("sum")?);
    let numbers = DeviceBuffer::<u64>::uninit(&context, LENGTH)?;
    let total = DeviceBuffer::<u64>::zeroed(&context, 1)?;

    let first = Stream::new(&context, StreamFlags::NON_BLOCKING)?;
    let second = Stream::new(&context, StreamFlags::NON_BLOCKING)?;
    let begin = first.record(EventFlags::default())?;
    squares.call((&numbers,), Launch::for_items(LENGTH, 256).stream(&first))?;
    let made = first.record(EventFlags::default())?;

    second.wait_for_event(&made)?;
    let launch = Launch::block(256).stream(&second);
    sum.call((&total, &numbers, LENGTH as i32), launch)?;
    let end = second.record(EventFlags::default())?;
    end.synchronize()?;

    let sum = total.to_vec()?[0];
    let expected: u64 = (0..LENGTH as u64).map(|i| i * i).sum();
    println!(
        "the second stream saw what the first had made: {}",
        sum == expected
    );
    println!("the sum of the squares below {LENGTH} is {sum}");
    println!(
        "the device took some time: {}",
        end.time_since(&begin)? > 0.0
    );
    assert_eq!(sum, expected);
    Ok(())
}
