//! A bound for the memory of a worker: a file that makes a decoder take more ends the worker alone.

/// Limits the address space of this process to `gibibytes`; 0 is no limit. Only where the system has such a limit.
///
/// # Errors
/// The system refuses it.
pub(crate) fn limit(gibibytes: u64) -> std::io::Result<()> {
    if gibibytes == 0 {
        return Ok(());
    }
    #[cfg(target_os = "linux")]
    {
        let bytes = gibibytes.saturating_mul(1 << 30);
        let wanted = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
        // SAFETY: the structure is read only during the call.
        if unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const wanted) } != 0 {
            return Err(std::io::Error::last_os_error());
        }
        let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // A dump of its memory would hold the file of a user.
        // SAFETY: as above.
        if unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) } != 0 {
            return Err(std::io::Error::last_os_error());
        }
    }
    Ok(())
}
