//! What kernels allocate themselves.

use cuda::driver::{DeviceBuffer, Function, Launch, Limit, Module};
use cuda::{Code, Context};

use super::{new_context, on_device};

/// `take` asks `malloc` for memory and stores the address; `give` calls `free`.
const PTX: &str = "
.version 8.0
.target sm_80
.address_size 64
.extern .func (.param .b64 address) malloc(.param .b64 bytes);
.extern .func free(.param .b64 address);

.visible .entry take(.param .u64 to, .param .u64 bytes)
{
    .reg .b64 %rd<4>;
    ld.param.u64 %rd1, [to];
    ld.param.u64 %rd2, [bytes];
    {
    .param .b64 param0;
    st.param.b64 [param0+0], %rd2;
    .param .b64 retval0;
    call.uni (retval0), malloc, (param0);
    ld.param.b64 %rd3, [retval0+0];
    }
    st.global.u64 [%rd1], %rd3;
    ret;
}

.visible .entry give(.param .u64 address)
{
    .reg .b64 %rd<2>;
    ld.param.u64 %rd1, [address];
    {
    .param .b64 param0;
    st.param.b64 [param0+0], %rd1;
    call.uni free, (param0);
    }
    ret;
}
";

fn kernel(context: &Context, name: &str) -> Function {
    let module = Module::from_ptx(context, PTX).unwrap();
    module.get_function(name).unwrap()
}

fn take(context: &Context, bytes: u64) -> u64 {
    let to = DeviceBuffer::from_slice(context, &[1_u64]).unwrap();
    kernel(context, "take")
        .call((&to, bytes), Launch::block(1))
        .unwrap();
    to.to_vec().unwrap()[0]
}

#[test]
fn a_heap_has_the_size_that_was_set() {
    on_device(|context| {
        context.set_limit(Limit::MallocHeapSize, 1000).unwrap();
        assert_eq!(take(context, 1001), 0);
        let first = take(context, 600);
        assert_ne!(first, 0);
        assert_eq!(take(context, 600), 0);
        kernel(context, "give")
            .call((first,), Launch::block(1))
            .unwrap();
        assert_ne!(take(context, 600), 0);
    });
}

#[test]
fn a_heap_ends_with_its_context() {
    let free = |context: &Context| context.memory_info().unwrap().0;
    let before = free(&new_context(1));
    let context = new_context(1);
    assert_ne!(take(&context, 1 << 20), 0);
    assert!(free(&context) + (1 << 20) <= before);
    drop(context);
    assert_eq!(free(&new_context(1)), before);
}

#[test]
fn kernels_free_no_memory_of_the_hosts() {
    on_device(|context| {
        let buffer = DeviceBuffer::from_slice(context, &[1_u64]).unwrap();
        kernel(context, "give")
            .call((&buffer,), Launch::block(1))
            .unwrap();
        let error = context.synchronize().unwrap_err();
        assert_eq!(error.code(), Code::IllegalAddress, "{error}");
        assert_eq!(buffer.to_vec().unwrap(), [1]);
    });
}
