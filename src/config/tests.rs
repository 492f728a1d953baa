//! Whole files in, mistakes out.
