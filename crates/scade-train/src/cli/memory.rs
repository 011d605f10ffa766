//! Memory of a step is kept for the next one.

/// Keeps freed memory instead of returning it to the operating system. By default glibc maps each block of
/// more than 32 MiB anew, and a step allocates and frees several hundred megabytes: the kernel then clears
/// every page of every batch and activation again. No effect with other C libraries.
pub(crate) fn keep() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        /// Larger blocks are rare, and mapped.
        const LARGEST: i32 = 1 << 30;
        // SAFETY: it sets two numbers of the allocator, before any other thread runs.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, LARGEST);
            libc::mallopt(libc::M_TRIM_THRESHOLD, i32::MAX);
        }
    }
}
