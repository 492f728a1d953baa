//! The HTTP door: metrics, health and readiness.
