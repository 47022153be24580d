//! How kernels run: asynchronously, in order, with what they print, within a time.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use cuda::Code;
use cuda::driver::{
    DeviceBuffer, FunctionAttribute, In, Launch, ManagedBuffer, Out, PinnedBuffer, Stream,
    StreamFlags,
};
use cuda::emulator;
use parking_lot::Mutex;

use super::{kernel, on_device};

#[test]
fn the_kernel_of_the_slide() {
    on_device(|context| {
        let multiply_them = kernel(
            context,
            "multiply_them",
            r"
__global__ void multiply_them(float *dest, float *a, float *b)
{
    const int i = threadIdx.x;
    dest[i] = a[i] * b[i];
}",
        );
        let a: Vec<f32> = (0..400).map(|i| i as f32).collect();
        let b: Vec<f32> = (0..400).map(|i| 0.5 - i as f32).collect();
        let mut dest = vec![0.0_f32; 400];
        let arguments = (Out(&mut dest), In(&a), In(&b));
        multiply_them.call(arguments, Launch::block(400)).unwrap();
        let expected: Vec<f32> = a.iter().zip(&b).map(|(a, b)| a * b).collect();
        assert_eq!(dest, expected);
    });
}

const INCREMENT: &str = r"
__global__ void increment(unsigned *counters, unsigned length)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < length)
        counters[i] += 1;
}";

#[test]
fn kernels_of_a_stream_run_one_after_another() {
    on_device(|context| {
        let increment = kernel(context, "increment", INCREMENT);
        let stream = Stream::new(context, StreamFlags::NON_BLOCKING).unwrap();
        let counters = DeviceBuffer::<u32>::zeroed(context, 1000).unwrap();
        for _ in 0..50 {
            let launch = Launch::for_items(1000, 128).stream(&stream);
            increment.call((&counters, 1000_u32), launch).unwrap();
        }
        stream.synchronize().unwrap();
        assert_eq!(counters.to_vec().unwrap(), [50; 1000]);
    });
}

#[test]
fn launching_does_not_wait() {
    on_device(|context| {
        let increment = kernel(context, "increment", INCREMENT);
        let stream = Stream::new(context, StreamFlags::NON_BLOCKING).unwrap();
        let counters = DeviceBuffer::<u32>::zeroed(context, 1).unwrap();
        let (go, gate) = mpsc::channel::<()>();
        let wait = move || {
            let _ = gate.recv();
        };
        stream.add_callback(wait).unwrap();
        increment
            .call((&counters, 1_u32), Launch::block(1).stream(&stream))
            .unwrap();
        assert!(!stream.is_done().unwrap());
        assert_eq!(counters.to_vec().unwrap(), [0]);
        drop(go);
        stream.synchronize().unwrap();
        assert_eq!(counters.to_vec().unwrap(), [1]);
    });
}

#[test]
fn kernels_reach_pinned_and_managed_memory() {
    on_device(|context| {
        let increment = kernel(context, "increment", INCREMENT);
        let pinned = PinnedBuffer::<u32>::from_slice(context, &[1, 2, 3]).unwrap();
        increment
            .call((pinned.ptr().unwrap(), 3_u32), Launch::block(3))
            .unwrap();
        context.synchronize().unwrap();
        assert_eq!(pinned[..], [2, 3, 4]);
        let managed = ManagedBuffer::<u32>::from_slice(context, &[7, 8]).unwrap();
        increment.call((&managed, 2_u32), Launch::block(2)).unwrap();
        context.synchronize().unwrap();
        assert_eq!(managed.as_slice().unwrap(), [8, 9]);
    });
}

#[test]
fn graphs_repeat_kernels() {
    on_device(|context| {
        let increment = kernel(context, "increment", INCREMENT);
        let stream = Stream::new(context, StreamFlags::NON_BLOCKING).unwrap();
        let counters = DeviceBuffer::<u32>::zeroed(context, 4).unwrap();
        let graph = stream
            .capture(|stream| {
                increment.call((&counters, 4_u32), Launch::block(4).stream(stream))?;
                increment.call((&counters, 2_u32), Launch::block(4).stream(stream))
            })
            .unwrap();
        assert_eq!(counters.to_vec().unwrap(), [0; 4]);
        let exec = graph.instantiate().unwrap();
        for _ in 0..3 {
            exec.launch(&stream).unwrap();
        }
        stream.synchronize().unwrap();
        assert_eq!(counters.to_vec().unwrap(), [6, 6, 3, 3]);
    });
}

#[test]
fn what_kernels_print_comes_in_stream_order() {
    on_device(|context| {
        let speak = kernel(
            context,
            "speak",
            r#"
__global__ void speak(int number)
{
    printf("kernel %d, thread %d of %s: %.2f\n", number, threadIdx.x, "block", 0.5 * number);
}"#,
        );
        let heard = Arc::new(Mutex::new(String::new()));
        let listener = Arc::clone(&heard);
        emulator::set_printf(move |text| listener.lock().push_str(text));
        for number in 0..3 {
            speak.call((number,), Launch::block(2)).unwrap();
        }
        context.synchronize().unwrap();
        emulator::print_to_stdout();
        let expected: String = (0..6)
            .map(|line| {
                let (kernel, thread) = (line / 2, line % 2);
                let half = 0.5 * f64::from(kernel);
                format!("kernel {kernel}, thread {thread} of block: {half:.2}\n")
            })
            .collect();
        assert_eq!(*heard.lock(), expected);
    });
}

#[test]
fn a_kernel_without_end_is_ended() {
    on_device(|context| {
        let forever = kernel(
            context,
            "forever",
            "__global__ void forever(volatile int *stop) { while (!*stop) {} }",
        );
        let stop = DeviceBuffer::<i32>::zeroed(context, 1).unwrap();
        emulator::set_time_limit(Some(Duration::from_millis(50)));
        forever.call((&stop,), Launch::block(1)).unwrap();
        let ended = context.synchronize().unwrap_err();
        emulator::set_time_limit(None);
        assert_eq!(ended.code(), Code::LaunchTimeout, "{ended}");
        stop.fill(1).unwrap();
        forever.call((&stop,), Launch::block(1)).unwrap();
        context.synchronize().unwrap();
    });
}

#[test]
fn blocks_of_a_cooperative_launch_wait_for_each_other() {
    on_device(|context| {
        let meet = kernel(
            context,
            "meet",
            r"
__global__ void meet(unsigned *arrived, unsigned *seen)
{
    if (threadIdx.x == 0) {
        atomicAdd(arrived, 1u);
        while (atomicAdd(arrived, 0u) < gridDim.x) {}
    }
    __syncthreads();
    if (threadIdx.x == 0)
        seen[blockIdx.x] = *(volatile unsigned *)arrived;
}",
        );
        let arrived = DeviceBuffer::<u32>::zeroed(context, 1).unwrap();
        let seen = DeviceBuffer::<u32>::zeroed(context, 8).unwrap();
        let launch = Launch::block(32).grid(8).cooperative();
        meet.call((&arrived, &seen), launch).unwrap();
        assert_eq!(seen.to_vec().unwrap(), [8; 8]);
    });
}

#[test]
fn large_shared_memory_is_opted_into() {
    on_device(|context| {
        let reverse = kernel(
            context,
            "reverse",
            r"
__global__ void reverse(unsigned *numbers, unsigned length)
{
    extern __shared__ unsigned kept[];
    for (unsigned i = threadIdx.x; i < length; i += blockDim.x)
        kept[i] = numbers[i];
    __syncthreads();
    for (unsigned i = threadIdx.x; i < length; i += blockDim.x)
        numbers[i] = kept[length - 1 - i];
}",
        );
        let length = 20_000_u32;
        let numbers: Vec<u32> = (0..length).collect();
        let buffer = DeviceBuffer::from_slice(context, &numbers).unwrap();
        let launch = || Launch::block(128).shared(4 * length);
        let refused = reverse.call((&buffer, length), launch()).unwrap_err();
        assert!(
            refused.to_string().contains("MaxDynamicSharedSizeBytes"),
            "{refused}"
        );
        let attribute = FunctionAttribute::MaxDynamicSharedSizeBytes;
        reverse.set_attribute(attribute, 4 * length as i32).unwrap();
        reverse.call((&buffer, length), launch()).unwrap();
        let expected: Vec<u32> = numbers.into_iter().rev().collect();
        assert_eq!(buffer.to_vec().unwrap(), expected);
    });
}
