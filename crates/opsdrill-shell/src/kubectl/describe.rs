//! Descriptions of objects, as `kubectl describe` prints them.
