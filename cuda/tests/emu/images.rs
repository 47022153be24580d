//! Textures and surfaces in kernels.

use cuda::driver::{
    AddressMode, Array, ArrayDescriptor, DeviceBuffer, FilterMode, Launch, PitchedBuffer,
    SurfaceObject, TextureDescriptor, TextureObject,
};
use cuda::{Code, Context};

use super::{kernel, on_device};

const SAMPLE: &str = r"
__global__ void sample1(float *to, cudaTextureObject_t image, const float *x)
{
    const int i = threadIdx.x;
    to[i] = tex1D<float>(image, x[i]);
}

__global__ void sample2(float *to, cudaTextureObject_t image, const float *x, const float *y)
{
    const int i = threadIdx.x;
    to[i] = tex2D<float>(image, x[i], y[i]);
}

__global__ void sample3(float *to, cudaTextureObject_t image, const float *x, const float *y)
{
    const int i = threadIdx.x;
    to[i] = tex3D<float>(image, x[i], y[i], 0.5f + i);
}

__global__ void layers(float *to, cudaTextureObject_t image, const float *x, const float *y)
{
    const int i = threadIdx.x;
    to[i] = tex2DLayered<float>(image, x[i], y[i], i);
}

__global__ void fetch(float *to, cudaTextureObject_t memory)
{
    to[threadIdx.x] = tex1Dfetch<float>(memory, threadIdx.x);
}

__global__ void colours(float4 *to, cudaTextureObject_t image)
{
    to[threadIdx.x] = tex2D<float4>(image, threadIdx.x + 0.5f, 0.5f);
}

__global__ void gather(float4 *to, cudaTextureObject_t image)
{
    to[0] = tex2Dgather<float4>(image, 2.0f, 2.0f, 0);
}

__global__ void cube(float *to, cudaTextureObject_t image)
{
    to[0] = texCubemap<float>(image, 0.0f, 0.0f, 1.0f);
}
";

/// 0, 1, 2 ... as many as fit.
fn counting(count: usize) -> Vec<f32> {
    (0..count).map(|number| number as f32).collect()
}

fn linear() -> TextureDescriptor {
    let mut descriptor = TextureDescriptor::default();
    descriptor.filter = FilterMode::Linear;
    descriptor
}

fn array(context: &Context, descriptor: ArrayDescriptor, count: usize) -> Array {
    let array = Array::new(context, descriptor).unwrap();
    array.copy_from(&counting(count)).unwrap();
    array
}

fn sample(
    context: &Context,
    name: &str,
    texture: &TextureObject<'_>,
    x: &[f32],
    y: &[f32],
) -> Vec<f32> {
    let to = DeviceBuffer::<f32>::zeroed(context, x.len()).unwrap();
    let xs = DeviceBuffer::from_slice(context, x).unwrap();
    let ys = DeviceBuffer::from_slice(context, y).unwrap();
    let kernel = kernel(context, name, SAMPLE);
    let launch = Launch::block(x.len() as u32);
    if name == "sample1" {
        kernel.call((&to, texture, &xs), launch).unwrap();
    } else {
        kernel.call((&to, texture, &xs, &ys), launch).unwrap();
    }
    to.to_vec().unwrap()
}

#[test]
fn a_row_is_blended() {
    on_device(|context| {
        let array = array(context, ArrayDescriptor::d1::<f32>(4), 4);
        let texture = TextureObject::new(&array, linear()).unwrap();
        let got = sample(
            context,
            "sample1",
            &texture,
            &[0.0, 0.5, 1.25, 3.0, 9.0],
            &[0.0],
        );
        assert_eq!(got, [0.0, 0.0, 0.75, 2.5, 3.0]);
    });
}

#[test]
fn a_plane_is_blended_and_wraps() {
    on_device(|context| {
        let array = array(context, ArrayDescriptor::d2::<f32>(4, 3), 12);
        let texture = TextureObject::new(&array, linear()).unwrap();
        let got = sample(context, "sample2", &texture, &[1.0, 2.5], &[1.0, 1.5]);
        assert_eq!(got, [2.5, 6.0]);
        let mut wrapped = TextureDescriptor::default();
        wrapped.address = [AddressMode::Wrap; 3];
        wrapped.normalized_coordinates = true;
        let texture = TextureObject::new(&array, wrapped).unwrap();
        let got = sample(context, "sample2", &texture, &[1.1, -0.1], &[0.1, 1.9]);
        assert_eq!(got, [0.0, 11.0]);
    });
}

#[test]
fn boxes_and_layers_are_read() {
    on_device(|context| {
        let solid = array(context, ArrayDescriptor::d3::<f32>(3, 2, 2), 12);
        let texture = TextureObject::new(&solid, TextureDescriptor::default()).unwrap();
        let got = sample(context, "sample3", &texture, &[0.5, 2.5], &[0.5, 1.5]);
        assert_eq!(got, [0.0, 11.0]);
        let layers = array(context, ArrayDescriptor::layered::<f32>(3, 2, 2), 12);
        let texture = TextureObject::new(&layers, TextureDescriptor::default()).unwrap();
        let got = sample(context, "layers", &texture, &[1.5, 1.5], &[0.5, 0.5]);
        assert_eq!(got, [1.0, 7.0]);
    });
}

#[test]
fn linear_memory_is_zero_outside() {
    on_device(|context| {
        let memory = DeviceBuffer::from_slice(context, &[5.0_f32, 6.0, 7.0]).unwrap();
        let texture =
            TextureObject::linear(memory.as_slice(), TextureDescriptor::default()).unwrap();
        let to = DeviceBuffer::<f32>::zeroed(context, 5).unwrap();
        let fetch = kernel(context, "fetch", SAMPLE);
        fetch.call((&to, &texture), Launch::block(5)).unwrap();
        assert_eq!(to.to_vec().unwrap(), [5.0, 6.0, 7.0, 0.0, 0.0]);
    });
}

#[test]
fn pitched_memory_is_a_plane() {
    on_device(|context| {
        let rows = PitchedBuffer::from_slice(context, &counting(12), 4, 3).unwrap();
        let texture = TextureObject::pitched(&rows, linear()).unwrap();
        let got = sample(context, "sample2", &texture, &[1.0, 2.5], &[1.0, 1.5]);
        assert_eq!(got, [2.5, 6.0]);
    });
}

#[test]
fn bytes_are_colours() {
    on_device(|context| {
        let array = Array::new(context, ArrayDescriptor::d2::<[u8; 4]>(2, 1)).unwrap();
        array
            .copy_from(&[[255_u8, 0, 51, 255], [0, 102, 0, 0]])
            .unwrap();
        let texture = TextureObject::new(&array, TextureDescriptor::default()).unwrap();
        let to = DeviceBuffer::<[f32; 4]>::zeroed(context, 2).unwrap();
        let colours = kernel(context, "colours", SAMPLE);
        colours.call((&to, &texture), Launch::block(2)).unwrap();
        assert_eq!(
            to.to_vec().unwrap(),
            [[1.0, 0.0, 0.2, 1.0], [0.0, 0.4, 0.0, 0.0]]
        );
    });
}

#[test]
fn four_texels_are_gathered() {
    on_device(|context| {
        let array = array(context, ArrayDescriptor::d2::<f32>(4, 4), 16);
        let texture = TextureObject::new(&array, linear()).unwrap();
        let to = DeviceBuffer::<[f32; 4]>::zeroed(context, 1).unwrap();
        kernel(context, "gather", SAMPLE)
            .call((&to, &texture), Launch::block(1))
            .unwrap();
        assert_eq!(to.to_vec().unwrap(), [[9.0, 10.0, 6.0, 5.0]]);
    });
}

#[test]
fn cubes_have_six_faces() {
    on_device(|context| {
        let array = array(context, ArrayDescriptor::cubemap::<f32>(1), 6);
        let texture = TextureObject::new(&array, TextureDescriptor::default()).unwrap();
        let to = DeviceBuffer::<f32>::zeroed(context, 1).unwrap();
        kernel(context, "cube", SAMPLE)
            .call((&to, &texture), Launch::block(1))
            .unwrap();
        assert_eq!(to.to_vec().unwrap(), [4.0]);
    });
}

const SURFACE: &str = r"
__global__ void add_ten(cudaSurfaceObject_t image)
{
    const int x = threadIdx.x, y = threadIdx.y;
    float value;
    surf2Dread(&value, image, 4 * x, y, cudaBoundaryModeClamp);
    surf2Dwrite(value + 10.0f, image, 4 * x, y, cudaBoundaryModeZero);
}

__global__ void trap(cudaSurfaceObject_t image)
{
    surf2Dwrite(1.0f, image, 4 * threadIdx.x, 0, cudaBoundaryModeTrap);
}
";

#[test]
fn surfaces_are_read_and_written() {
    on_device(|context| {
        let array = array(context, ArrayDescriptor::d2::<f32>(4, 3).for_surfaces(), 12);
        let surface = SurfaceObject::new(&array).unwrap();
        let add_ten = kernel(context, "add_ten", SURFACE);
        add_ten.call((&surface,), Launch::block((6, 5))).unwrap();
        context.synchronize().unwrap();
        let expected: Vec<f32> = counting(12).iter().map(|value| value + 10.0).collect();
        assert_eq!(array.to_vec::<f32>().unwrap(), expected);
    });
}

#[test]
fn a_store_outside_a_surface_traps() {
    on_device(|context| {
        let array = array(context, ArrayDescriptor::d2::<f32>(4, 3).for_surfaces(), 12);
        let surface = SurfaceObject::new(&array).unwrap();
        kernel(context, "trap", SURFACE)
            .call((&surface,), Launch::block(5))
            .unwrap();
        let failure = context.synchronize().unwrap_err();
        assert_ne!(failure.code(), Code::Unknown);
        assert!(
            failure.to_string().contains("byte 16 of row 0"),
            "{failure}"
        );
        assert!(failure.to_string().contains("thread (4,0,0)"), "{failure}");
    });
}

#[test]
fn arrays_take_memory_of_the_device() {
    on_device(|context| {
        let free = || context.memory_info().unwrap().0;
        let before = free();
        let array = Array::new(context, ArrayDescriptor::d2::<[f32; 4]>(256, 256)).unwrap();
        assert_eq!(before - free(), 256 * 256 * 16);
        drop(array);
        assert_eq!(free(), before);

        let largest = ArrayDescriptor::d3::<[f32; 4]>(16384, 16384, 16384);
        let error = Array::new(context, largest).unwrap_err();
        assert_eq!(error.code(), Code::OutOfMemory, "{error}");
    });
}
