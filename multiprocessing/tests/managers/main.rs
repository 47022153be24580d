//! Managers: the cases of CPython's `_TestContainers`, `_TestMyManager`, `_TestRemoteManager`, `_TestManagerRestart`,
//! `TestManagerExceptions` and `TestSyncManagerTypes`, rewritten; deaths; atomic steps.

mod containers;
mod deaths;
mod errors;
mod hostile;
mod lifetimes;
mod own_types;
mod pool_ends;
mod pools;
mod remote;
mod support;
mod sync_types;
