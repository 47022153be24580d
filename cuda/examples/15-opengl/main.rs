//! A buffer of OpenGL's is changed by a kernel, in a context without a window. On a GPU both use the same memory; the emulated
//! device copies the buffer from whatever OpenGL there is, Mesa's for example, and back.
//!
//! ```text
//! OpenGL is ...
//! 1000 vertices were moved by a kernel on ...
//! OpenGL finds them where they should be: true
//! ```
//!
//! Where there is no EGL, it says so instead.

#[path = "egl/sys.rs"]
mod egl;

use cuda::compiler::SourceModule;
use cuda::driver::Launch;
use cuda::gl::{GraphicsMapFlags, RegisteredBuffer};

const VERTICES: usize = 1000;

const SOURCE: &str = "__global__ void twice(float *a) { a[threadIdx.x] *= 2; }";

fn main() -> cuda::Result<()> {
    // It is current in this thread until it is dropped, after all that is registered.
    let opengl = match egl::Headless::new() {
        Ok(opengl) => opengl,
        Err(why) => {
            println!("there is no OpenGL here: {why}");
            return Ok(());
        }
    };
    println!("OpenGL is {}", opengl.version());
    let context = cuda::autoinit()?;
    let twice = SourceModule::new(SOURCE)?.get_function("twice")?;

    let vertices: Vec<f32> = (0..VERTICES).map(|i| i as f32 / 4.0).collect();
    let name = opengl.buffer(&vertices);
    let shared = RegisteredBuffer::new(&context, name, GraphicsMapFlags::None)?;
    let mapping = shared.map(&context.default_stream())?;
    twice.call((mapping.memory::<f32>()?,), Launch::block(VERTICES as u32))?;
    mapping.unmap()?;
    println!("{VERTICES} vertices were moved by a kernel on {context}");

    let moved = opengl.read(name, VERTICES);
    let as_expected = moved
        .iter()
        .zip(&vertices)
        .all(|(moved, vertex)| *moved == 2.0 * vertex);
    println!("OpenGL finds them where they should be: {as_expected}");
    Ok(())
}
