//! Which machine part computes: --device turned into a Burn backend.
