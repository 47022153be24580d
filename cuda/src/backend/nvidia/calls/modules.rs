use super::super::*;

impl ModuleCalls for Nvidia {
    fn module_load(
        &self,
        context: ContextHandle,
        image: Image<'_>,
        options: &JitOptions,
    ) -> Result<Loaded> {
        module::load(self.0, context, image, options)
    }

    fn module_unload(&self, context: ContextHandle, module: ModuleHandle) -> Result<()> {
        module::unload(self.0, context, module)
    }

    fn module_function(
        &self,
        context: ContextHandle,
        module: ModuleHandle,
        name: &str,
    ) -> Result<FunctionHandle> {
        module::function(self.0, context, module, name)
    }

    fn module_global(
        &self,
        context: ContextHandle,
        module: ModuleHandle,
        name: &str,
    ) -> Result<(DevicePtr, usize)> {
        module::global(self.0, context, module, name)
    }

    fn link(
        &self,
        context: ContextHandle,
        inputs: &[LinkInput],
        options: &JitOptions,
    ) -> Result<(Vec<u8>, JitLog)> {
        module::link(self.0, context, inputs, options)
    }

    fn function_parameters(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
    ) -> Result<Option<Vec<Parameter>>> {
        module::parameters(self.0, context, function)
    }

    fn function_attribute(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        attribute: FunctionAttribute,
    ) -> Result<i32> {
        module::attribute(self.0, context, function, attribute)
    }

    fn function_set_attribute(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        attribute: FunctionAttribute,
        value: i32,
    ) -> Result<()> {
        module::set_attribute(self.0, context, function, attribute, value)
    }

    fn function_set_cache_preference(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        preference: CachePreference,
    ) -> Result<()> {
        module::set_cache_preference(self.0, context, function, preference)
    }

    fn occupancy_blocks(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        threads: u32,
        shared_bytes: usize,
    ) -> Result<u32> {
        module::occupancy_blocks(self.0, context, function, threads, shared_bytes)
    }

    fn occupancy_block_size(
        &self,
        context: ContextHandle,
        function: FunctionHandle,
        shared_bytes: usize,
        limit: u32,
    ) -> Result<(u32, u32)> {
        module::occupancy_block_size(self.0, context, function, shared_bytes, limit)
    }

    fn launch(&self, context: ContextHandle, launch: &LaunchDescriptor<'_>) -> Result<()> {
        launch::launch(self.0, context, launch)
    }
}
