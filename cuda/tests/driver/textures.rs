//! Textures.

use cuda::Context;
use cuda::driver::{
    AddressMode, Array, ArrayDescriptor, ArrayElement, DeviceBuffer, FilterMode, Launch, Out,
    PitchedBuffer, TextureDescriptor, TextureObject,
};
use cuda_macros::backend_test;

use crate::{kernel, ramp};

/// Reads each element of a matrix in its place.
const COPY_2D: &str = "
__global__ void copy_texture(float *dest, cudaTextureObject_t texture, int width)
{
    int x = threadIdx.x, y = threadIdx.y;
    dest[y * width + x] = tex2D<float>(texture, x, y);
}";

fn linear() -> TextureDescriptor {
    let mut descriptor = TextureDescriptor::default();
    descriptor.filter = FilterMode::Linear;
    descriptor
}

fn normalized(address: AddressMode) -> TextureDescriptor {
    let mut descriptor = TextureDescriptor::default();
    descriptor.normalized_coordinates = true;
    descriptor.address = [address; 3];
    descriptor
}

fn copy_2d(
    context: &Context,
    texture: &TextureObject<'_>,
    width: usize,
    height: usize,
) -> cuda::Result<Vec<f32>> {
    let mut dest = vec![0.0; width * height];
    let block = (width as u32, height as u32);
    kernel(context, COPY_2D, "copy_texture")?.call(
        (Out(&mut dest), texture, width as i32),
        Launch::block(block),
    )?;
    Ok(dest)
}

/// PyCUDA's `2d_texture`.
#[backend_test]
fn texture_2d(context: &Context) -> cuda::Result<()> {
    let (width, height) = (16, 12);
    let values = ramp(width * height);
    let array = Array::from_matrix(context, &values, width, height)?;
    let texture = TextureObject::new(&array, TextureDescriptor::default())?;
    drop(array);
    assert_eq!(copy_2d(context, &texture, width, height)?, values);
    Ok(())
}

#[backend_test]
fn multiple_2d_textures(context: &Context) -> cuda::Result<()> {
    const ADD: &str = "
__global__ void copy_texture(float *dest, cudaTextureObject_t first, cudaTextureObject_t second)
{
    int row = threadIdx.y, col = threadIdx.x;
    dest[row * blockDim.x + col] = tex2D<float>(first, col, row) + tex2D<float>(second, col, row);
}";
    let (a, b) = (ramp(96), ramp(192)[96..].to_vec());
    let first = TextureObject::new(
        &Array::from_matrix(context, &a, 12, 8)?,
        TextureDescriptor::default(),
    )?;
    let second = TextureObject::new(
        &Array::from_matrix(context, &b, 12, 8)?,
        TextureDescriptor::default(),
    )?;
    let mut dest = vec![0.0; 96];
    kernel(context, ADD, "copy_texture")?
        .call((Out(&mut dest), &first, &second), Launch::block((12, 8)))?;
    assert!(
        dest.iter()
            .zip(a)
            .zip(b)
            .all(|((dest, a), b)| *dest == a + b)
    );
    Ok(())
}

#[backend_test]
fn multichannel_2d_texture(context: &Context) -> cuda::Result<()> {
    const COPY: &str = "
__global__ void copy_texture(float4 *dest, cudaTextureObject_t texture)
{
    dest[threadIdx.y * blockDim.x + threadIdx.x] = tex2D<float4>(texture, threadIdx.x, threadIdx.y);
}";
    let values: Vec<[f32; 4]> = (0..40)
        .map(|n| [0.0, 0.25, 0.5, 0.75].map(|part| n as f32 + part))
        .collect();
    let array = Array::from_matrix(context, &values, 8, 5)?;
    assert_eq!(
        (
            array.get_descriptor().channels,
            array.get_descriptor().element_size()
        ),
        (4, 16)
    );
    let texture = TextureObject::new(&array, TextureDescriptor::default())?;
    let mut dest = vec![[0.0f32; 4]; 40];
    kernel(context, COPY, "copy_texture")?
        .call((Out(&mut dest), &texture), Launch::block((8, 5)))?;
    assert_eq!(dest, values);
    Ok(())
}

#[backend_test]
fn multichannel_linear_texture(context: &Context) -> cuda::Result<()> {
    const COPY: &str = "
__global__ void copy_texture(float4 *dest, cudaTextureObject_t texture)
{
    dest[threadIdx.x] = tex1Dfetch<float4>(texture, threadIdx.x);
}";
    let values: Vec<[f32; 4]> = (0..16).map(|n| [n as f32; 4]).collect();
    let memory = DeviceBuffer::from_slice(context, &values)?;
    let texture = TextureObject::linear(memory.as_slice(), TextureDescriptor::default())?;
    let mut dest = vec![[-1.0f32; 4]; 16];
    kernel(context, COPY, "copy_texture")?.call((Out(&mut dest), &texture), Launch::block(16))?;
    assert_eq!(dest, values);
    Ok(())
}

/// PyCUDA's `fp_textures`: double precision goes through a texture as two words.
#[backend_test]
fn fp_textures(context: &Context) -> cuda::Result<()> {
    const COPY: &str = "
__global__ void copy_texture(double *dest, cudaTextureObject_t texture)
{
    uint2 words = tex1Dfetch<uint2>(texture, threadIdx.x);
    dest[threadIdx.x] = __hiloint2double(words.y, words.x);
}";
    let values: Vec<f64> = (0..50).map(|n| f64::from(n) / 7.0).collect();
    let memory = DeviceBuffer::from_slice(context, &values)?;
    let words = memory.as_slice().cast::<[u32; 2]>()?;
    let texture = TextureObject::linear(words, TextureDescriptor::default())?;
    let mut dest = vec![0.0f64; 50];
    kernel(context, COPY, "copy_texture")?.call((Out(&mut dest), &texture), Launch::block(50))?;
    assert_eq!(dest, values);
    Ok(())
}

/// PyCUDA's `2d_fp_textures`.
#[backend_test]
fn fp_textures_2d(context: &Context) -> cuda::Result<()> {
    const COPY: &str = "
__global__ void copy_texture(double *dest, cudaTextureObject_t texture)
{
    uint2 words = tex2D<uint2>(texture, threadIdx.x, threadIdx.y);
    dest[threadIdx.y * blockDim.x + threadIdx.x] = __hiloint2double(words.y, words.x);
}";
    let values: Vec<f64> = (0..60).map(|n| f64::from(n) / 7.0).collect();
    let array = Array::from_matrix::<[u32; 2]>(context, bytemuck::cast_slice(&values), 10, 6)?;
    let texture = TextureObject::new(&array, TextureDescriptor::default())?;
    let mut dest = vec![0.0f64; 60];
    kernel(context, COPY, "copy_texture")?
        .call((Out(&mut dest), &texture), Launch::block((10, 6)))?;
    assert_eq!(dest, values);
    Ok(())
}

/// PyCUDA's `2d_fp_textures_layered`.
#[backend_test]
fn fp_textures_2d_layered(context: &Context) -> cuda::Result<()> {
    const COPY: &str = "
__global__ void copy_texture(float *dest, cudaTextureObject_t texture)
{
    int x = threadIdx.x, y = threadIdx.y, layer = threadIdx.z;
    dest[(layer * blockDim.y + y) * blockDim.x + x] = tex2DLayered<float>(texture, x, y, layer);
}";
    let values = ramp(6 * 5 * 4);
    let array = Array::new(context, ArrayDescriptor::layered::<f32>(6, 5, 4))?;
    array.copy_from(&values)?;
    let texture = TextureObject::new(&array, TextureDescriptor::default())?;
    let mut dest = vec![0.0; values.len()];
    kernel(context, COPY, "copy_texture")?
        .call((Out(&mut dest), &texture), Launch::block((6, 5, 4)))?;
    assert_eq!(dest, values);
    Ok(())
}

const COPY_3D: &str = "
__global__ void copy_texture(float *dest, cudaTextureObject_t texture)
{
    int x = threadIdx.x, y = threadIdx.y, z = threadIdx.z;
    dest[(z * blockDim.y + y) * blockDim.x + x] = tex3D<float>(texture, x + 0.5f, y + 0.5f, z + 0.5f);
}";

/// PyCUDA's `3d_texture` and `3d_fp_textures`.
#[backend_test]
fn texture_3d(context: &Context) -> cuda::Result<()> {
    let values = ramp(8 * 4 * 3);
    let array = Array::new(context, ArrayDescriptor::d3::<f32>(8, 4, 3))?;
    array.copy_from(&values)?;
    for descriptor in [TextureDescriptor::default(), linear()] {
        let texture = TextureObject::new(&array, descriptor)?;
        let mut dest = vec![0.0; values.len()];
        kernel(context, COPY_3D, "copy_texture")?
            .call((Out(&mut dest), &texture), Launch::block((8, 4, 3)))?;
        assert_eq!(dest, values, "{descriptor:?}");
    }
    Ok(())
}

#[backend_test]
fn textures_of_pitched_memory(context: &Context) -> cuda::Result<()> {
    let values = ramp(10 * 6);
    let memory = PitchedBuffer::from_slice(context, &values, 10, 6)?;
    let texture = TextureObject::pitched(&memory, TextureDescriptor::default())?;
    assert_eq!(copy_2d(context, &texture, 10, 6)?, values);
    Ok(())
}

/// Reads at given coordinates, in one dimension.
const SAMPLE: &str = "
__global__ void sample(float *dest, const float *x, cudaTextureObject_t texture)
{
    dest[threadIdx.x] = tex1D<float>(texture, x[threadIdx.x]);
}";

fn sample<T: ArrayElement, const N: usize>(
    context: &Context,
    values: &[T],
    descriptor: TextureDescriptor,
    x: [f32; N],
) -> cuda::Result<[f32; N]> {
    let array = Array::new(context, ArrayDescriptor::d1::<T>(values.len()))?;
    array.copy_from(values)?;
    let texture = TextureObject::new(&array, descriptor)?;
    let mut dest = [0.0; N];
    let arguments = (Out(&mut dest), cuda::driver::In(&x), &texture);
    kernel(context, SAMPLE, "sample")?.call(arguments, Launch::block(N as u32))?;
    Ok(dest)
}

#[backend_test]
fn filtering_is_between_elements(context: &Context) -> cuda::Result<()> {
    let read = sample(
        context,
        &[0.0f32, 8.0, 16.0, 0.0],
        linear(),
        [0.5, 1.0, 1.75, 2.5, 3.0, -7.0],
    )?;
    assert_eq!(read, [0.0, 4.0, 10.0, 16.0, 8.0, 0.0]);
    Ok(())
}

#[backend_test]
fn addresses_outside(context: &Context) -> cuda::Result<()> {
    let values = [1.0f32, 2.0, 3.0, 4.0];
    let x = [-0.125, 0.125, 0.875, 1.125, 1.375];
    let wrapped = sample(context, &values, normalized(AddressMode::Wrap), x)?;
    assert_eq!(wrapped, [4.0, 1.0, 4.0, 1.0, 2.0]);
    let mirrored = sample(context, &values, normalized(AddressMode::Mirror), x)?;
    assert_eq!(mirrored, [1.0, 1.0, 4.0, 4.0, 3.0]);
    let clamped = sample(context, &values, normalized(AddressMode::Clamp), x)?;
    assert_eq!(clamped, [1.0, 1.0, 4.0, 4.0, 4.0]);
    let mut border = normalized(AddressMode::Border);
    border.border_color = [9.0; 4];
    assert_eq!(
        sample(context, &values, border, x)?,
        [9.0, 1.0, 4.0, 9.0, 9.0]
    );
    Ok(())
}

#[backend_test]
fn integers_are_read_as_fractions(context: &Context) -> cuda::Result<()> {
    let read = sample(
        context,
        &[0u8, 51, 255],
        TextureDescriptor::default(),
        [0.5, 1.5, 2.5],
    )?;
    assert!(
        read.iter()
            .zip([0.0, 0.2, 1.0])
            .all(|(read, wanted): (&f32, f32)| (read - wanted).abs() < 1e-6),
        "{read:?}"
    );
    let signed = sample(
        context,
        &[-32767i16, 32767],
        TextureDescriptor::default(),
        [0.5, 1.5],
    )?;
    assert_eq!(signed, [-1.0, 1.0]);
    Ok(())
}
