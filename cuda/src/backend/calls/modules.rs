//! Modules, functions and their launches.

use super::super::*;

/// See the module's documentation.
pub(crate) trait ModuleCalls {
    /// Loads PTX text or a binary; where it fails, the compiler's log is the error's detail.
    fn module_load(
        &self,
        context: ContextHandle,
        image: Image<'_>,
        options: &JitOptions,
    ) -> Result<Loaded>;
    fn module_unload(&self, context: ContextHandle, module: ModuleHandle) -> Result<()>;
    /// `Code::NotFound` where the module has no kernel of that name.
    fn module_function(
        &self,
        context: ContextHandle,
        module: ModuleHandle,
        name: &str,
    ) -> Result<FunctionHandle>;
    /// Address and size of a `__device__` or `__constant__` variable.
    fn module_global(
        &self,
        context: ContextHandle,
        module: ModuleHandle,
        name: &str,
    ) -> Result<(DevicePtr, usize)>;
    /// Links several images into one, which `module_load` takes as a binary or, where it is text, as PTX.
    fn link(
        &self,
        context: ContextHandle,
        inputs: &[LinkInput],
        options: &JitOptions,
    ) -> Result<(Vec<u8>, JitLog)>;
    /// The place of each parameter in the parameter block. `None` where the driver cannot tell.
    fn function_parameters(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
    ) -> Result<Option<Vec<Parameter>>>;
    fn function_attribute(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        attribute: FunctionAttribute,
    ) -> Result<i32>;
    fn function_set_attribute(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        attribute: FunctionAttribute,
        value: i32,
    ) -> Result<()>;
    fn function_set_cache_preference(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        preference: CachePreference,
    ) -> Result<()>;
    /// How many blocks of that many threads and that much dynamic shared memory run on one multiprocessor at once.
    fn occupancy_blocks(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        threads: u32,
        shared_bytes: usize,
    ) -> Result<u32>;
    /// The smallest grid and the block size of at most `limit` threads (0: no limit) that use the device best.
    fn occupancy_block_size(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        shared_bytes: usize,
        limit: u32,
    ) -> Result<(u32, u32)>;
    fn launch(&self, context: ContextHandle, launch: &LaunchDescriptor<'_>) -> Result<()>;
}
