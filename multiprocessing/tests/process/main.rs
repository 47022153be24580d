//! Processes by fork, spawn and forkserver.
//!
//! The list of what must hold is that of CPython's `_TestProcess`, `_TestSubclassingProcess`, `TestStartMethod`,
//! `TestCloseFds` and `_TestAtExit`; the cases are our own. Left out is what has no counterpart: other executables, the
//! types of argument lists, native thread ids, modules that are imported. Added are values, errors and deaths.

mod support;
mod sys;

mod at_exit;
mod children;
mod deaths;
mod ends;
mod forkserver;
mod lives;
mod methods;
mod starts;
mod values;

multiprocessing::enable_test_support!();
