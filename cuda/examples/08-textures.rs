//! A picture is turned and enlarged by reading it through a texture object: coordinates between pixels give what lies
//! between their values, and those outside the picture the nearest edge. The result goes to an array by a surface.
//!
//! ```text
//! 4 x 4, turned by a quarter and enlarged to 8 x 8:
//!  12  11   9   7   5   3   1   0
//!  12  11   9   7   5   3   1   0
//!  13  12  10   8   6   4   2   1
//!  13  12  10   8   6   4   2   1
//!  14  13  11   9   7   5   3   2
//!  14  13  11   9   7   5   3   2
//!  15  14  12  10   8   6   4   3
//!  15  14  12  10   8   6   4   3
//! ```

use cuda::compiler::SourceModule;
use cuda::driver::{
    Array, ArrayDescriptor, FilterMode, Launch, SurfaceObject, TextureDescriptor, TextureObject,
};

const SMALL: usize = 4;
const LARGE: usize = 8;

const SOURCE: &str = r"
__global__ void turn(cudaSurfaceObject_t to, cudaTextureObject_t from, int large, int small)
{
    const int x = threadIdx.x, y = threadIdx.y;
    // The middle of a pixel has a half in its coordinates.
    const float scale = (float)small / large, u = (x + 0.5f) * scale, v = (y + 0.5f) * scale;
    const float value = tex2D<float>(from, v, small - u);
    // A surface counts bytes along x.
    surf2Dwrite(value, to, x * (int)sizeof(float), y);
}
";

fn main() -> cuda::Result<()> {
    let context = cuda::autoinit()?;
    let picture: Vec<f32> = (0..SMALL * SMALL).map(|i| i as f32).collect();
    let picture = Array::from_matrix(&context, &picture, SMALL, SMALL)?;
    let mut smooth = TextureDescriptor::default();
    smooth.filter = FilterMode::Linear;
    let from = TextureObject::new(&picture, smooth)?;

    let result = Array::new(
        &context,
        ArrayDescriptor::d2::<f32>(LARGE, LARGE).for_surfaces(),
    )?;
    let to = SurfaceObject::new(&result)?;
    let turn = SourceModule::new(SOURCE)?.get_function("turn")?;
    let launch = Launch::block((LARGE as u32, LARGE as u32));
    turn.call((&to, &from, LARGE as i32, SMALL as i32), launch)?;

    println!("{SMALL} x {SMALL}, turned by a quarter and enlarged to {LARGE} x {LARGE}:");
    let result = result.to_vec::<f32>()?;
    for row in result.chunks(LARGE) {
        let row: Vec<String> = row.iter().map(|value| format!("{value:3.0}")).collect();
        println!("{}", row.join(" "));
    }
    let corners = [
        result[0],
        result[LARGE - 1],
        result[LARGE * (LARGE - 1)],
        result[LARGE * LARGE - 1],
    ];
    assert_eq!(corners, [12.0, 0.0, 15.0, 3.0]);
    Ok(())
}
