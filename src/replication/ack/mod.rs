//! Acknowledgement: which commits enough replicas have, and which replicas count.
