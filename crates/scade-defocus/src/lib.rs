//! Defocus maps: how blurred each pixel of a picture is.
