//! What the emulated device does not do is an error that says so: see the guide's table.

use cuda::driver::{DeviceBuffer, Launch, Module};

use super::on_device;

const HEAD: &str = "\n.version 8.0\n.target sm_80\n.address_size 64\n";

#[test]
fn instructions_of_tensor_cores_are_named() {
    let instructions = [
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f1, %f2, %f3, %f4}, {%r1, %r1, %r1, %r1}, {%r1, %r1}, {%f1, %f2, %f3, %f4};",
        "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r1}, [%r1];",
    ];
    on_device(|context| {
        for instruction in instructions {
            let ptx = format!(
                "{HEAD}.visible .entry matrix(.param .u64 to)\n{{\n.reg .f32 %f<5>;\n.reg .b32 %r<2>;\nmov.u32 %r1, 0;\n{instruction}\nret;\n}}\n"
            );
            let to = DeviceBuffer::from_slice(context, &[0.0_f32]).unwrap();
            let kernel = Module::from_ptx(context, &ptx).unwrap();
            let kernel = kernel.get_function("matrix").unwrap();
            kernel.call((&to,), Launch::block(32)).unwrap();
            let error = context.synchronize().unwrap_err().to_string();
            let name = instruction.split('.').next().unwrap();
            assert!(
                error.contains("unsupported") && error.contains(name),
                "{error}"
            );
        }
    });
}

#[test]
fn kernels_that_launch_kernels_are_refused() {
    on_device(|context| {
        let ptx = format!(
            "{HEAD}.extern .func (.param .b32 status) cudaLaunchDeviceV2(.param .b64 buffer, .param .b64 stream);\n\
             .visible .entry parent()\n{{\n.reg .b32 %r<2>;\n.reg .b64 %rd<2>;\nmov.u64 %rd1, 0;\n{{\n.param .b64 param0;\n\
             st.param.b64 [param0+0], %rd1;\n.param .b64 param1;\nst.param.b64 [param1+0], %rd1;\n.param .b32 retval0;\n\
             call.uni (retval0), cudaLaunchDeviceV2, (param0, param1);\nld.param.b32 %r1, [retval0+0];\n}}\nret;\n}}\n"
        );
        let error = Module::from_ptx(context, &ptx).unwrap_err().to_string();
        assert!(error.contains("cudaLaunchDeviceV2"), "{error}");
    });
}
