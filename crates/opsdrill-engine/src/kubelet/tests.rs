//! Kubelets on a scripted runtime: what ends, fails and answers is decided by the test.
