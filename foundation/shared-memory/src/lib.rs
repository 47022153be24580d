//! Memory that processes share, with locks that outlive their holders and a ring of messages.
