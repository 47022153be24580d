use super::Bench;
use crate::backend::calls::*;
use crate::backend::{ContextHandle, DeviceAttribute, Limit, PoolAttribute, PoolHandle};
use crate::emu::device::Emulator;
use crate::error::Code;

#[test]
fn there_are_two_devices_that_are_peers() {
    let emulator = Emulator::current();
    assert_eq!(emulator.device_count(), Ok(2));
    assert!(
        emulator
            .device_name(1)
            .unwrap()
            .contains("Emulated device 1")
    );
    assert_ne!(emulator.device_uuid(0), emulator.device_uuid(1));
    assert_eq!(emulator.device_can_access_peer(0, 1), Ok(true));
    assert_eq!(emulator.device_can_access_peer(1, 1), Ok(false));
    let warp = emulator.device_attribute(1, DeviceAttribute::WarpSize);
    assert_eq!(warp, Ok(32));
    assert_eq!(
        emulator.device_name(2).unwrap_err().code(),
        Code::InvalidDevice
    );
}

#[test]
fn a_primary_context_lives_as_long_as_it_is_retained() {
    let emulator = Emulator::current();
    let first = emulator.primary_context_retain(1).unwrap();
    assert_eq!(emulator.primary_context_retain(1), Ok(first));
    emulator.primary_context_release(1).unwrap();
    emulator.context_synchronize(first).unwrap();
    emulator.primary_context_release(1).unwrap();
    let gone = emulator.context_synchronize(first).unwrap_err();
    assert_eq!(gone.code(), Code::ContextIsDestroyed);
    let surplus = emulator.primary_context_release(1).unwrap_err();
    assert_eq!(surplus.code(), Code::InvalidContext);
}

#[test]
fn a_destroyed_context_frees_its_memory() {
    let emulator = Emulator::current();
    let context = emulator.context_create(1, 0).unwrap();
    let pointer = emulator.alloc(context, 1000).unwrap();
    emulator.context_destroy(context).unwrap();
    let other = Bench::on(1);
    let late = emulator
        .copy_to_host(other.context, &mut [0], pointer)
        .unwrap_err();
    assert!(late.to_string().contains("freed"), "{late}");
}

#[test]
fn limits_are_kept_and_unknown_ones_refused() {
    let bench = Bench::new();
    let (emulator, context) = (bench.emulator, bench.context);
    assert_eq!(emulator.context_limit(context, Limit::StackSize), Ok(1024));
    emulator
        .context_set_limit(context, Limit::StackSize, 4096)
        .unwrap();
    assert_eq!(emulator.context_limit(context, Limit::StackSize), Ok(4096));
    let none = emulator
        .context_limit(context, Limit::PersistingL2CacheSize)
        .unwrap_err();
    assert_eq!(none.code(), Code::UnsupportedLimit);
}

#[test]
fn limits_that_cannot_be_had_are_refused() {
    let bench = Bench::new();
    let (emulator, context) = (bench.emulator, bench.context);
    let set = |limit, value| emulator.context_set_limit(context, limit, value);
    let refused = |limit, value| set(limit, value).unwrap_err().code();
    for limit in [
        Limit::StackSize,
        Limit::PrintfFifoSize,
        Limit::MallocHeapSize,
    ] {
        let before = emulator.context_limit(context, limit);
        let code = match limit {
            Limit::StackSize => Code::InvalidValue,
            _ => Code::OutOfMemory,
        };
        assert_eq!(refused(limit, usize::MAX), code, "{limit:?}");
        assert_eq!(refused(limit, 1 << 60), code, "{limit:?}");
        assert_eq!(emulator.context_limit(context, limit), before, "{limit:?}");
        for value in [0, 1, 1023, 4097] {
            set(limit, value).unwrap();
            assert_eq!(emulator.context_limit(context, limit), Ok(value));
        }
    }
    let (_, all) = emulator.memory_info(context).unwrap();
    set(Limit::MallocHeapSize, all).unwrap();
    assert_eq!(refused(Limit::MallocHeapSize, all + 1), Code::OutOfMemory);
    set(Limit::PrintfFifoSize, all).unwrap();
    assert_eq!(refused(Limit::PrintfFifoSize, all + 1), Code::OutOfMemory);
    assert_eq!(
        refused(Limit::StackSize, (512 << 10) + 1),
        Code::InvalidValue
    );
}

#[test]
fn peers_are_enabled_once_and_disabled_once() {
    let (here, there) = (Bench::on(0), Bench::on(1));
    let emulator = here.emulator;
    let enable = |peer| emulator.peer_access_enable(here.context, peer);
    enable(there.context).unwrap();
    assert_eq!(
        enable(there.context).unwrap_err().code(),
        Code::PeerAccessAlreadyEnabled
    );
    assert_eq!(
        enable(here.context).unwrap_err().code(),
        Code::PeerAccessUnsupported
    );
    emulator
        .peer_access_disable(here.context, there.context)
        .unwrap();
    let again = emulator
        .peer_access_disable(here.context, there.context)
        .unwrap_err();
    assert_eq!(again.code(), Code::PeerAccessNotEnabled);
}

#[test]
fn pools_have_bounds_and_figures() {
    let bench = Bench::new();
    let (emulator, stream) = (bench.emulator, bench.stream(false));
    let pool = emulator.pool_create(0, 1000).unwrap();
    let alloc = |bytes| emulator.alloc_async(bench.context, bytes, Some(pool), stream);
    let pointer = alloc(600).unwrap();
    assert_eq!(alloc(600).unwrap_err().code(), Code::OutOfMemory);
    assert_eq!(
        emulator.pool_attribute(pool, PoolAttribute::UsedNow),
        Ok(600)
    );
    emulator.free_async(bench.context, pointer, stream).unwrap();
    emulator.stream_synchronize(bench.context, stream).unwrap();
    assert_eq!(emulator.pool_attribute(pool, PoolAttribute::UsedNow), Ok(0));
    assert_eq!(
        emulator.pool_attribute(pool, PoolAttribute::UsedHigh),
        Ok(600)
    );
    emulator
        .pool_set_attribute(pool, PoolAttribute::UsedHigh, 0)
        .unwrap();
    assert_eq!(
        emulator.pool_attribute(pool, PoolAttribute::UsedHigh),
        Ok(0)
    );
    emulator.pool_destroy(pool).unwrap();
    assert!(emulator.pool_trim(pool, 0).is_err());
    let default = emulator.pool_default(0).unwrap();
    assert_eq!(
        emulator.pool_destroy(default).unwrap_err().code(),
        Code::InvalidValue
    );
    let unknown = emulator.pool_trim(PoolHandle(1), 0).unwrap_err();
    assert_eq!(unknown.code(), Code::InvalidHandle);
}

#[test]
fn nothing_is_shared_between_processes() {
    let bench = Bench::new();
    let pointer = bench.upload(&[0; 16]);
    let refused = bench
        .emulator
        .ipc_memory_export(bench.context, pointer)
        .unwrap_err();
    assert_eq!(refused.code(), Code::NotSupported);
    assert!(
        refused.to_string().contains("belongs to one process"),
        "{refused}"
    );
    let event = bench
        .emulator
        .event_create(bench.context, 2 | 4)
        .unwrap_err();
    assert_eq!(event.code(), Code::NotSupported);
}

#[test]
fn an_unknown_context_is_destroyed() {
    let unknown = Emulator::current()
        .context_synchronize(ContextHandle(1))
        .unwrap_err();
    assert_eq!(unknown.code(), Code::ContextIsDestroyed);
}
