//! Surfaces: arrays that kernels write to.

use cuda::driver::{Array, ArrayDescriptor, Launch, SurfaceObject};
use cuda::{Code, Context};
use cuda_macros::backend_test;

use crate::{kernel, ramp};

/// PyCUDA's `2d_fp_surfaces`.
#[backend_test]
fn surfaces_2d(context: &Context) -> cuda::Result<()> {
    const DOUBLE: &str = "
__global__ void double_surface(cudaSurfaceObject_t surface)
{
    float value;
    surf2Dread(&value, surface, threadIdx.x * 4, threadIdx.y);
    surf2Dwrite(2 * value, surface, threadIdx.x * 4, threadIdx.y);
}";
    let array = Array::new(context, ArrayDescriptor::d2::<f32>(8, 6).for_surfaces())?;
    array.copy_from(&ramp(48))?;
    let surface = SurfaceObject::new(&array)?;
    kernel(context, DOUBLE, "double_surface")?.call((&surface,), Launch::block((8, 6)))?;
    context.synchronize()?;
    assert!(
        array
            .to_vec::<f32>()?
            .iter()
            .zip(ramp(48))
            .all(|(twice, once)| *twice == 2.0 * once)
    );
    Ok(())
}

/// PyCUDA's `3d_fp_surfaces`.
#[backend_test]
fn surfaces_3d(context: &Context) -> cuda::Result<()> {
    const NUMBER: &str = "
__global__ void number_surface(cudaSurfaceObject_t surface)
{
    int x = threadIdx.x, y = threadIdx.y, z = threadIdx.z;
    surf3Dwrite(make_uint2(x, 10 * y + z), surface, x * 8, y, z);
}";
    let array = Array::new(
        context,
        ArrayDescriptor::d3::<[u32; 2]>(4, 3, 2).for_surfaces(),
    )?;
    let surface = SurfaceObject::new(&array)?;
    kernel(context, NUMBER, "number_surface")?.call((&surface,), Launch::block((4, 3, 2)))?;
    context.synchronize()?;
    let expected: Vec<[u32; 2]> = (0..24)
        .map(|place| [place % 4, 10 * (place / 4 % 3) + place / 12])
        .collect();
    assert_eq!(array.to_vec::<[u32; 2]>()?, expected);
    Ok(())
}

#[backend_test]
fn an_array_must_be_made_for_surfaces(context: &Context) -> cuda::Result<()> {
    let array = Array::new(context, ArrayDescriptor::d2::<f32>(8, 6))?;
    assert_eq!(
        SurfaceObject::new(&array).unwrap_err().code(),
        Code::InvalidValue
    );
    Ok(())
}

#[backend_test]
fn elements_of_another_type_are_refused(context: &Context) -> cuda::Result<()> {
    let array = Array::new(context, ArrayDescriptor::d2::<f32>(8, 6))?;
    assert_eq!(
        array.copy_from(&[0u32; 48]).unwrap_err().code(),
        Code::InvalidValue
    );
    assert_eq!(
        array.copy_from(&[0.0f32; 47]).unwrap_err().code(),
        Code::InvalidValue
    );
    assert!(array.to_vec::<[f32; 2]>().is_err());
    Ok(())
}
