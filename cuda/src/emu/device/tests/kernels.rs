use super::Bench;
use crate::backend::calls::*;
use crate::backend::{
    DevicePtr, Dim3, FunctionAttribute, FunctionHandle, Image, JitOptions, LaunchDescriptor,
    LinkInput, LinkInputKind, ModuleHandle, StreamHandle,
};
use crate::error::Code;

/// `dest[i] = a[i] * b[i]` for the threads of one block.
const MULTIPLY_THEM: &str = "
.version 8.0
.target sm_80
.address_size 64
.visible .global .align 4 .u32 answer = 42;
.visible .entry multiply_them(.param .u64 dest, .param .u64 a, .param .u64 b)
{
    .reg .f32 %f<4>;
    .reg .b32 %r<2>;
    .reg .b64 %rd<8>;
    ld.param.u64 %rd1, [dest];
    ld.param.u64 %rd2, [a];
    ld.param.u64 %rd3, [b];
    mov.u32 %r1, %tid.x;
    mul.wide.u32 %rd4, %r1, 4;
    add.s64 %rd5, %rd1, %rd4;
    add.s64 %rd6, %rd2, %rd4;
    add.s64 %rd7, %rd3, %rd4;
    ld.global.f32 %f1, [%rd6];
    ld.global.f32 %f2, [%rd7];
    mul.f32 %f3, %f1, %f2;
    st.global.f32 [%rd5], %f3;
    ret;
}
";

impl Bench {
    fn load(&self, text: &str) -> ModuleHandle {
        let options = JitOptions::default();
        self.emulator
            .module_load(self.context, Image::Ptx(text), &options)
            .unwrap()
            .module
    }

    fn multiply_them(&self) -> FunctionHandle {
        let module = self.load(MULTIPLY_THEM);
        self.emulator
            .module_function(self.context, module, "multiply_them")
            .unwrap()
    }

    fn floats(&self, values: &[f32]) -> DevicePtr {
        self.upload(bytemuck::cast_slice(values))
    }
}

fn descriptor(function: FunctionHandle, threads: u32, parameters: &[u8]) -> LaunchDescriptor<'_> {
    LaunchDescriptor {
        function,
        grid: Dim3::from(1),
        block: Dim3::from(threads),
        shared_bytes: 0,
        stream: StreamHandle::NULL,
        cooperative: false,
        parameters,
    }
}

fn pointers(pointers: [DevicePtr; 3]) -> Vec<u8> {
    pointers
        .iter()
        .flat_map(|pointer| pointer.0.to_le_bytes())
        .collect()
}

#[test]
fn the_kernel_of_the_slide_runs() {
    let bench = Bench::new();
    let a: Vec<f32> = (0..400).map(|number| number as f32).collect();
    let dest = bench.emulator.alloc(bench.context, 1600).unwrap();
    let parameters = pointers([dest, bench.floats(&a), bench.floats(&a)]);
    let launch = descriptor(bench.multiply_them(), 400, &parameters);
    bench.emulator.launch(bench.context, &launch).unwrap();
    let product: Vec<f32> = bytemuck::pod_collect_to_vec(&bench.download(dest, 1600));
    let expected: Vec<f32> = a.iter().map(|number| number * number).collect();
    assert_eq!(product, expected);
}

#[test]
fn a_fault_is_told_with_its_report_and_the_context_goes_on() {
    let bench = Bench::new();
    let (dest, a) = (bench.floats(&[0.0; 4]), bench.floats(&[1.0; 4]));
    let parameters = pointers([dest, a, a]);
    let launch = descriptor(bench.multiply_them(), 5, &parameters);
    bench.emulator.launch(bench.context, &launch).unwrap();
    let fault = bench
        .emulator
        .context_synchronize(bench.context)
        .unwrap_err();
    assert_eq!(fault.code(), Code::IllegalAddress);
    assert_eq!(fault.kernel(), Some("multiply_them"));
    assert!(
        fault
            .to_string()
            .contains("thread (4,0,0) in block (0,0,0)"),
        "{fault}"
    );
    let launch = descriptor(launch.function, 4, &parameters);
    bench.emulator.launch(bench.context, &launch).unwrap();
    bench.emulator.context_synchronize(bench.context).unwrap();
}

#[test]
fn what_is_not_emulated_is_told_with_a_way_around() {
    let bench = Bench::new();
    let (emulator, context) = (bench.emulator, bench.context);
    let text = ".version 8.0\n.target sm_90\n.address_size 64\n.visible .entry k() {\n\
        .reg .b32 %r<3>;\nmapa.shared::cluster.u32 %r1, %r2, 1;\nret; }\n";
    let module = bench.load(text);
    let kernel = emulator.module_function(context, module, "k").unwrap();
    emulator
        .launch(context, &descriptor(kernel, 1, &[]))
        .unwrap();
    let error = emulator.context_synchronize(context).unwrap_err();
    assert_eq!(error.code(), Code::NotSupported);
    let error = error.to_string();
    let named = "`mapa.shared::cluster.u32` in line 6 of the PTX";
    assert!(
        error.contains(named) && error.contains("compute_80"),
        "{error}"
    );
}

#[test]
fn memory_that_is_freed_while_streams_run_is_not_touched() {
    let (bench, other) = (Bench::new(), Bench::new());
    let (dest, a) = (other.floats(&[0.0; 4]), bench.floats(&[1.0; 4]));
    let stream = bench.stream(true);
    let parameters = pointers([dest, a, a]);
    let launch = LaunchDescriptor {
        stream,
        ..descriptor(bench.multiply_them(), 4, &parameters)
    };
    let go = bench.block(stream);
    bench.emulator.launch(bench.context, &launch).unwrap();
    // Another context of the device does not wait for this one's work.
    other.emulator.free(other.context, dest).unwrap();
    go.send(()).unwrap();
    let fault = bench
        .emulator
        .stream_synchronize(bench.context, stream)
        .unwrap_err();
    assert_eq!(fault.code(), Code::IllegalAddress);
    assert!(fault.to_string().contains("use after free"), "{fault}");
}

#[test]
fn impossible_launches_are_refused_at_once() {
    let bench = Bench::new();
    let parameters = pointers([DevicePtr(0); 3]);
    let base = descriptor(bench.multiply_them(), 4, &parameters);
    let wrong = [
        LaunchDescriptor {
            parameters: &parameters[..20],
            ..base
        },
        LaunchDescriptor {
            block: Dim3::from(1025),
            ..base
        },
        LaunchDescriptor {
            block: Dim3::from((32, 32, 2)),
            ..base
        },
        LaunchDescriptor {
            block: Dim3::from((1, 1, 65)),
            ..base
        },
        LaunchDescriptor {
            grid: Dim3::from((1, 65_536)),
            ..base
        },
        LaunchDescriptor {
            grid: Dim3::from(0),
            ..base
        },
        LaunchDescriptor {
            shared_bytes: 48 * 1024 + 1,
            ..base
        },
    ];
    for launch in wrong {
        let refused = bench.emulator.launch(bench.context, &launch).unwrap_err();
        assert_eq!(refused.code(), Code::InvalidValue, "{launch:?}");
        assert_eq!(refused.kernel(), Some("multiply_them"));
    }
    let many = LaunchDescriptor {
        grid: Dim3::from(1 << 20),
        cooperative: true,
        ..base
    };
    let refused = bench.emulator.launch(bench.context, &many).unwrap_err();
    assert_eq!(refused.code(), Code::CooperativeLaunchTooLarge);
}

#[test]
fn modules_have_kernels_and_variables() {
    let bench = Bench::new();
    let (emulator, context) = (bench.emulator, bench.context);
    let module = bench.load(MULTIPLY_THEM);
    let (answer, size) = emulator.module_global(context, module, "answer").unwrap();
    assert_eq!((bench.download(answer, size), size), (vec![42, 0, 0, 0], 4));
    let missing = emulator
        .module_function(context, module, "divide_them")
        .unwrap_err();
    assert_eq!(missing.code(), Code::NotFound);
    assert!(
        missing.to_string().contains("it has multiply_them"),
        "{missing}"
    );
    let function = emulator
        .module_function(context, module, "multiply_them")
        .unwrap();
    assert_eq!(
        emulator.module_function(context, module, "multiply_them"),
        Ok(function)
    );
    emulator.module_unload(context, module).unwrap();
    let gone = emulator.function_parameters(context, function).unwrap_err();
    assert_eq!(gone.code(), Code::InvalidHandle);
    let late = emulator
        .copy_to_host(context, &mut [0], answer)
        .unwrap_err();
    assert!(late.to_string().contains("freed"), "{late}");
}

#[test]
fn what_is_no_ptx_is_refused_with_its_place() {
    let bench = Bench::new();
    let options = JitOptions::default();
    let load = |image| {
        bench
            .emulator
            .module_load(bench.context, image, &options)
            .unwrap_err()
    };
    let text = load(Image::Ptx(
        ".version 8.0\n.target sm_80\n.address_size 64\nnonsense",
    ));
    assert_eq!(text.code(), Code::InvalidPtx);
    assert!(text.to_string().contains('4'), "{text}");
    let cubin = load(Image::Binary(b"\x7fELF"));
    assert_eq!(cubin.code(), Code::NoBinaryForGpu);
    assert!(cubin.to_string().contains("compile to PTX"), "{cubin}");
}

#[test]
fn functions_have_attributes_parameters_and_occupancy() {
    let bench = Bench::new();
    let (emulator, context, function) = (bench.emulator, bench.context, bench.multiply_them());
    let get = |attribute| emulator.function_attribute(context, function, attribute);
    assert_eq!(get(FunctionAttribute::MaxThreadsPerBlock), Ok(1024));
    assert_eq!(
        get(FunctionAttribute::MaxDynamicSharedSizeBytes),
        Ok(48 * 1024)
    );
    let set = |value| {
        let attribute = FunctionAttribute::MaxDynamicSharedSizeBytes;
        emulator.function_set_attribute(context, function, attribute, value)
    };
    set(160 * 1024).unwrap();
    assert_eq!(
        get(FunctionAttribute::MaxDynamicSharedSizeBytes),
        Ok(160 * 1024)
    );
    assert_eq!(set(164 * 1024).unwrap_err().code(), Code::InvalidValue);
    let parameters = emulator
        .function_parameters(context, function)
        .unwrap()
        .unwrap();
    let places: Vec<_> = parameters
        .iter()
        .map(|each| (each.offset, each.size))
        .collect();
    assert_eq!(places, [(0, 8), (8, 8), (16, 8)]);
    let blocks = |threads, shared| emulator.occupancy_blocks(context, function, threads, shared);
    assert_eq!(blocks(1024, 0), Ok(2));
    assert_eq!(blocks(64, 0), Ok(32));
    assert_eq!(blocks(64, 80 * 1024), Ok(2));
    assert_eq!(blocks(2048, 0), Ok(0));
    let (grid, block) = emulator
        .occupancy_block_size(context, function, 0, 0)
        .unwrap();
    assert_eq!((block, grid % 2), (1024, 0));
    // 96 and 100 threads leave more of the 2048 places empty.
    let bounded = emulator.occupancy_block_size(context, function, 0, 100);
    assert_eq!(bounded.unwrap().1, 64);
}

#[test]
fn linked_texts_use_each_other() {
    let head = ".version 8.0\n.target sm_80\n.address_size 64\n";
    let callee = format!(
        "{head}.visible .func (.param .b32 out) twice(.param .b32 in)\n{{\n.reg .b32 %r<3>;\n\
         ld.param.b32 %r1, [in];\nadd.s32 %r2, %r1, %r1;\nst.param.b32 [out], %r2;\nret;\n}}\n"
    );
    let caller = format!(
        "{head}.extern .func (.param .b32 out) twice(.param .b32 in);\n\
         .visible .entry run(.param .u64 to)\n{{\n.reg .b32 %r<3>;\n.reg .b64 %rd<2>;\n\
         ld.param.u64 %rd1, [to];\nmov.b32 %r1, 21;\n{{\n.param .b32 p;\nst.param.b32 [p], %r1;\n\
         .param .b32 q;\ncall.uni (q), twice, (p);\nld.param.b32 %r2, [q];\n}}\n\
         st.global.b32 [%rd1], %r2;\nret;\n}}\n"
    );
    let bench = Bench::new();
    let (emulator, context, options) = (bench.emulator, bench.context, JitOptions::default());
    let input = |name: &str, text: &str| LinkInput {
        kind: LinkInputKind::Ptx,
        name: name.to_owned(),
        data: text.as_bytes().to_vec(),
    };
    let alone = emulator
        .link(context, &[input("caller.ptx", &caller)], &options)
        .unwrap_err();
    assert_eq!(alone.code(), Code::InvalidPtx);
    assert!(alone.to_string().contains("twice"), "{alone}");
    let inputs = [input("caller.ptx", &caller), input("callee.ptx", &callee)];
    let (linked, _) = emulator.link(context, &inputs, &options).unwrap();
    let module = bench.load(str::from_utf8(&linked).unwrap());
    let function = emulator.module_function(context, module, "run").unwrap();
    let to = bench.upload(&[0; 4]);
    let parameters = to.0.to_le_bytes();
    emulator
        .launch(context, &descriptor(function, 1, &parameters))
        .unwrap();
    assert_eq!(bench.download(to, 4), [42, 0, 0, 0]);
    let object = LinkInput {
        kind: LinkInputKind::Object,
        ..inputs[0].clone()
    };
    let refused = emulator.link(context, &[object], &options).unwrap_err();
    assert_eq!(refused.code(), Code::NoBinaryForGpu);
}
