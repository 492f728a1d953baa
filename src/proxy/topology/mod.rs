//! The cluster as the proxy sees it: observations, judgement, and the published view.
