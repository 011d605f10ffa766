//! The losses a forgery detector is trained with, as Burn modules on plain tensors.
