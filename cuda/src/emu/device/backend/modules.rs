use super::*;
use crate::backend::ModuleCalls;

impl ModuleCalls for Emulator {
    fn module_load(
        &self,
        context: ContextHandle,
        image: Image<'_>,
        _options: &JitOptions,
    ) -> Result<Loaded> {
        let context = self.context(context, "cuModuleLoadDataEx")?;
        context.load(image)
    }

    fn module_unload(&self, context: ContextHandle, module: ModuleHandle) -> Result<()> {
        let context = self.context(context, "cuModuleUnload")?;
        context.unload(module)
    }

    fn module_function(
        &self,
        context: ContextHandle,
        module: ModuleHandle,
        name: &str,
    ) -> Result<FunctionHandle> {
        let context = self.context(context, "cuModuleGetFunction")?;
        context.function(module, name)
    }

    fn module_global(
        &self,
        context: ContextHandle,
        module: ModuleHandle,
        name: &str,
    ) -> Result<(DevicePtr, usize)> {
        let context = self.context(context, "cuModuleGetGlobal")?;
        context.global(module, name)
    }

    fn link(
        &self,
        context: ContextHandle,
        inputs: &[LinkInput],
        _options: &JitOptions,
    ) -> Result<(Vec<u8>, JitLog)> {
        self.context(context, "cuLinkComplete")?;
        module::link(inputs)
    }

    fn function_parameters(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
    ) -> Result<Option<Vec<Parameter>>> {
        let call = "cuFuncGetParamInfo";
        let context = self.context(context, call)?;
        let function = context.functions.get(function.0, call)?;
        Ok(Some(function.parameters()))
    }

    fn function_attribute(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        attribute: FunctionAttribute,
    ) -> Result<i32> {
        let call = "cuFuncGetAttribute";
        let context = self.context(context, call)?;
        let function = context.functions.get(function.0, call)?;
        Ok(function.attribute(attribute))
    }

    fn function_set_attribute(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        attribute: FunctionAttribute,
        value: i32,
    ) -> Result<()> {
        let call = "cuFuncSetAttribute";
        let context = self.context(context, call)?;
        let function = context.functions.get(function.0, call)?;
        function.set_attribute(attribute, value)
    }

    fn function_set_cache_preference(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        _preference: CachePreference,
    ) -> Result<()> {
        let call = "cuFuncSetCacheConfig";
        let context = self.context(context, call)?;
        context.functions.get(function.0, call).map(drop)
    }

    fn occupancy_blocks(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        threads: u32,
        shared_bytes: usize,
    ) -> Result<u32> {
        let call = "cuOccupancyMaxActiveBlocksPerMultiprocessor";
        let context = self.context(context, call)?;
        let function = context.functions.get(function.0, call)?;
        Ok(function.blocks_at_once(threads, shared_bytes))
    }

    fn occupancy_block_size(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        shared_bytes: usize,
        limit: u32,
    ) -> Result<(u32, u32)> {
        let call = "cuOccupancyMaxPotentialBlockSize";
        let context = self.context(context, call)?;
        let function = context.functions.get(function.0, call)?;
        Ok(function.best_block(shared_bytes, limit))
    }

    fn launch(&self, context: ContextHandle, launch: &LaunchDescriptor<'_>) -> Result<()> {
        let call = "cuLaunchKernel";
        let context = self.context(context, call)?;
        let stream = context.stream(launch.stream, call)?;
        let grid = context.prepare(launch, call)?;
        context.submit(&stream, Work::Kernel(Arc::new(grid)), call)
    }
}
