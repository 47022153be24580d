//! Watchdog, leak guard and crash kit for the tests of this workspace.
