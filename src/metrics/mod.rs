//! Counters, gauges and histograms, resolved once and passed in.
