//! Connections: the cases of CPython's `_TestConnection`, `_TestListener`, `_TestListenerClient`, `_TestPoll`,
//! `_TestPicklingConnections`, `TestWait`, `OtherTest` and `ChallengeResponseTest`, rewritten; hostile peers; deaths.

mod deaths;
mod descriptors;
mod hostile;
mod lanes;
mod limits;
mod listeners;
mod pipes;
mod polls;
mod support;
mod travel;
mod waits;
