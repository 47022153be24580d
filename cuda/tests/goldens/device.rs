//! Cases on a device.

use cuda::Result;
use cuda::driver::{
    ArgumentWriter, Array, Context, ContextFlags, Device, DeviceBuffer, FunctionAttribute, Launch,
    Module, SurfaceObject, TextureObject,
};

use crate::case::Case;
use crate::golden::Output;
use crate::image::{Geometry, Image, Texel};
use crate::inputs::{Argument, Buffer};
use crate::kept::Kept;
use crate::numbers::Numbers;
use crate::types::{Range, Type};

/// A source that is loaded on a device.
#[derive(Debug)]
pub(crate) struct Rig {
    context: Context,
    module: Module,
}

/// One on the emulated device. After each error it is another, since a kernel's error is the end of its context.
#[derive(Debug)]
pub(crate) struct Emulated<'a> {
    kept: &'a Kept,
    rig: Option<Rig>,
}

impl<'a> Emulated<'a> {
    pub(crate) fn new(kept: &'a Kept) -> Emulated<'a> {
        Emulated { kept, rig: None }
    }

    pub(crate) fn run(&mut self, case: &Case) -> Result<Vec<Output>> {
        let rig = match self.rig.take() {
            Some(rig) => rig,
            None => {
                let device = Device::emulated(0)?;
                Rig::new(
                    &Context::create(device, ContextFlags::default())?,
                    self.kept,
                )?
            }
        };
        let outputs = rig.run(case)?;
        self.rig = Some(rig);
        Ok(outputs)
    }
}

impl Rig {
    pub(crate) fn new(context: &Context, kept: &Kept) -> Result<Rig> {
        let module = Module::from_ptx(context, &kept.ptx)?;
        for name in kept.constants() {
            let constant = module.get_global(name)?;
            let values =
                Type::named("float").random(constant.size(), Range::Wide, &mut Numbers::of(name));
            constant.copy_from(&values[..constant.size()])?;
        }
        Ok(Rig {
            context: context.clone(),
            module,
        })
    }

    /// What the case leaves in memory that is not constant.
    pub(crate) fn run(&self, case: &Case) -> Result<Vec<Output>> {
        let given: Result<Vec<Given<'_>>> = case
            .arguments
            .iter()
            .map(|argument| Given::new(&self.context, argument))
            .collect();
        let given = given?;
        let handles: Result<Vec<Handle<'_>>> = given.iter().map(Given::handle).collect();
        let handles = handles?;
        let function = self.module.get_function(&case.entry)?;
        let sizes = function
            .parameter_sizes()
            .expect("PTX says what kernels take");
        let mut launch = Launch::block(case.block)
            .grid(case.grid)
            .shared(case.shared);
        if case.shared > 0 {
            let attribute = FunctionAttribute::MaxDynamicSharedSizeBytes;
            function.set_attribute(attribute, case.shared as i32)?;
        }
        if case.is_cooperative {
            launch = launch.cooperative();
        }
        function.call_with(launch, |writer| {
            let mut each = handles.iter().zip(sizes);
            each.try_for_each(|(handle, size)| handle.push(writer, size))
        })?;
        self.context.synchronize()?;
        let outputs = given
            .iter()
            .filter_map(|given| given.output(case).transpose());
        outputs.collect()
    }
}

/// An argument on the device.
enum Given<'a> {
    Buffer(&'a Buffer, DeviceBuffer<u8>),
    Value(&'a [u8]),
    Operand(Option<DeviceBuffer<u8>>, &'a [u8]),
    Array(&'a Image, Array),
    Memory(&'a Image, DeviceBuffer<u8>),
}

/// It, as the kernel takes it.
enum Handle<'a> {
    Buffer(&'a DeviceBuffer<u8>),
    Value(&'a [u8]),
    Operand(&'a Option<DeviceBuffer<u8>>, &'a [u8]),
    Texture(TextureObject<'a>),
    Surface(SurfaceObject),
}

impl<'a> Given<'a> {
    fn new(context: &Context, argument: &'a Argument) -> Result<Given<'a>> {
        let upload = |buffer: &Buffer| DeviceBuffer::from_slice(context, &buffer.bytes);
        Ok(match argument {
            Argument::Buffer(buffer) => Given::Buffer(buffer, upload(buffer)?),
            Argument::Value(bytes) => Given::Value(bytes),
            Argument::Operand { buffer, value } => {
                Given::Operand(buffer.as_ref().map(upload).transpose()?, value)
            }
            Argument::Image(image) if image.geometry == Geometry::Memory => {
                Given::Memory(image, DeviceBuffer::from_slice(context, &image.bytes)?)
            }
            Argument::Image(image) => Given::Array(image, image.array(context)?),
        })
    }

    fn handle(&self) -> Result<Handle<'_>> {
        Ok(match self {
            Given::Buffer(_, memory) => Handle::Buffer(memory),
            Given::Value(bytes) => Handle::Value(bytes),
            Given::Operand(memory, value) => Handle::Operand(memory, value),
            Given::Array(image, array) if image.is_surface => {
                Handle::Surface(SurfaceObject::new(array)?)
            }
            Given::Array(image, array) => {
                Handle::Texture(TextureObject::new(array, image.descriptor())?)
            }
            Given::Memory(image, memory) => Handle::Texture(match image.texel {
                Texel::FourWords => TextureObject::linear(
                    memory.as_slice().cast::<[u32; 4]>()?,
                    image.descriptor(),
                )?,
                _ => TextureObject::linear(
                    memory.as_slice().cast::<[f32; 4]>()?,
                    image.descriptor(),
                )?,
            }),
        })
    }

    /// What the kernel may have changed.
    fn output(&self, case: &Case) -> Result<Option<Output>> {
        Ok(match self {
            Given::Buffer(buffer, memory) if !buffer.is_const => Some(Output::new(
                &buffer.name,
                buffer.element,
                case.tolerance.of_output(&buffer.name, buffer.element),
                (&buffer.bytes, memory.to_vec()?),
            )),
            Given::Array(image, array) if image.is_surface => {
                let number = image.texel.number();
                let tolerance = case.tolerance.of_output("surface", number);
                Some(Output::new(
                    "surface",
                    number,
                    tolerance,
                    (&image.bytes, image.read(array)?),
                ))
            }
            _ => None,
        })
    }
}

impl Handle<'_> {
    fn push<'a>(&'a self, writer: &mut ArgumentWriter<'a>, size: usize) -> Result<()> {
        match self {
            Handle::Buffer(memory) => writer.value(memory.ptr()),
            Handle::Value(bytes) => push_bytes(writer, bytes, size),
            Handle::Operand(Some(memory), _) => {
                push_bytes(writer, &memory.ptr().0.to_ne_bytes(), size)
            }
            Handle::Operand(None, value) => {
                // A value of 16 bytes is aligned so; all others follow the pointer at once.
                let mut bytes = vec![0; if size == 32 { 16 } else { 8 }];
                bytes.extend_from_slice(value);
                push_bytes(writer, &bytes, size)
            }
            Handle::Texture(texture) => writer.push(texture),
            Handle::Surface(surface) => writer.push(surface),
        }
    }
}

/// A value of a size that is known only now.
fn push_bytes(writer: &mut ArgumentWriter<'_>, bytes: &[u8], size: usize) -> Result<()> {
    macro_rules! of_size {
        ($($size:literal)*) => {
            match size {
                $($size => {
                    let mut value = [0_u8; $size];
                    value[..bytes.len()].copy_from_slice(bytes);
                    writer.value(value)
                })*
                _ => panic!("an argument of {size} bytes"),
            }
        };
    }
    of_size!(1 2 4 8 12 16 24 32 56 208 336)
}
