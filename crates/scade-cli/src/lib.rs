//! What every program does alike: configuration files, logs, progress, errors and exit codes.
