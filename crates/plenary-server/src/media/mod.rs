//! Media threads: the sockets and the clock round the stage core.
