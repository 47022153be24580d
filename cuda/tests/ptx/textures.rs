//! What texture instructions give besides texels.

use cuda::emu::exec::{self, Fetch, Launch, Property, SurfaceAccess, TextureError, TextureUnit};

use crate::machine::Machine;

/// All textures are white, and there are no surfaces.
struct White;

impl TextureUnit for White {
    fn fetch(&self, _fetch: &Fetch) -> Result<[u32; 4], TextureError> {
        Ok([1.0f32.to_bits(); 4])
    }

    fn gather(&self, fetch: &Fetch, _component: u32) -> Result<[u32; 4], TextureError> {
        self.fetch(fetch)
    }

    fn load(&self, _access: &SurfaceAccess, _bytes: &mut [u8]) -> Result<(), TextureError> {
        Err(TextureError("there are no surfaces".to_owned()))
    }

    fn store(&self, _access: &SurfaceAccess, _bytes: &[u8]) -> Result<(), TextureError> {
        Err(TextureError("there are no surfaces".to_owned()))
    }

    fn query(&self, _object: u64, _property: Property) -> Result<u32, TextureError> {
        Ok(0)
    }
}

/// `tex2D(texture, x, y, &resident)`
#[test]
fn all_texels_are_resident() {
    let machine = Machine::new(
        ".version 8.0\n.target sm_80\n.address_size 64\n\
         .visible .entry k(.param .u64 out) {\n\
         .reg .b64 %rd<4>; .reg .f32 %f<6>; .reg .b32 %r<4>; .reg .pred %p<3>;\n\
         ld.param.u64 %rd1, [out]; mov.u64 %rd2, 7; mov.f32 %f5, 0f00000000;\n\
         setp.ne.s32 %p1, 0, 0;\n\
         tex.2d.v4.f32.f32 {%f1, %f2, %f3, %f4}|%p1, [%rd2, {%f5, %f5}];\n\
         selp.u32 %r1, 1, 0, %p1; cvt.rzi.u32.f32 %r2, %f4; shl.b32 %r2, %r2, 4; or.b32 %r1, %r1, %r2;\n\
         st.global.u32 [%rd1], %r1; ret; }\n",
    );
    let out = machine.words(&[0]);
    let launched = exec::launch(&Launch {
        image: &machine.image,
        entry: "k",
        grid: [1; 3],
        block: [1; 3],
        shared_bytes: 0,
        params: &out.to_le_bytes(),
        memory: &machine.memory,
        heap: &machine.heap,
        textures: &White,
        printf: &machine.printed,
        workers: 1,
        checks: machine.checks,
        cancel: &machine.cancel,
        cooperative: false,
    });
    launched.unwrap();
    assert_eq!(machine.read_words(out, 1), [0x11]);
}
