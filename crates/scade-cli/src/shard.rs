//! The shard of a process, by its flag or by the batch system that started it.

use scade_settings::Shard;

use crate::HintExt;

/// `--shard`, else what the batch system gives, else everything.
///
/// # Errors
/// Variables of a batch system that do not say which shard it is.
pub fn shard_of(flag: Option<Shard>) -> anyhow::Result<Shard> {
    if let Some(shard) = flag {
        return Ok(shard);
    }
    let found = Shard::from_environment(|name| std::env::var(name).ok())
        .hint("give the shard with --shard I/N; --shard 1/1 processes everything")?;
    let Some((shard, variable)) = found else { return Ok(Shard::WHOLE) };
    tracing::info!("shard {shard}, from {variable}");
    Ok(shard)
}
