//! The door to sockets: streams, TLS, listeners and both handshakes.
