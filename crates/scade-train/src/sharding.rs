//! Which batches of an epoch are whose, when several processes train together.

/// The shard of one rank: of each step the first `per_rank` batches are those of rank 0, the next those
/// of rank 1, and so on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shard {
    /// Batches of a rank in a full step: devices × gradient accumulation steps.
    pub(crate) per_rank: usize,
    pub(crate) rank: usize,
    pub(crate) world_size: usize,
}

impl Shard {
    /// Whether batch number `batch` of an epoch belongs to this rank.
    pub(crate) fn contains(self, batch: usize) -> bool {
        batch / self.per_rank % self.world_size == self.rank
    }

    /// How many of the `all` batches of an epoch step number `step` takes, over all ranks.
    pub(crate) fn batches_in_step(self, step: usize, all: usize) -> usize {
        let per_step = self.per_rank * self.world_size;
        all.saturating_sub(step.saturating_mul(per_step)).min(per_step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_batch_of_an_epoch_belongs_to_one_rank_and_one_step() {
        for (per_rank, world_size, all) in [(1, 2, 7), (2, 3, 13), (4, 1, 9), (3, 2, 2)] {
            let shard = |rank| Shard { per_rank, rank, world_size };
            for batch in 0..all {
                let owners = (0..world_size).filter(|rank| shard(*rank).contains(batch)).count();
                assert_eq!(owners, 1, "batch {batch} of {all}");
            }
            let counts = (0..).map(|step| shard(0).batches_in_step(step, all));
            assert_eq!(counts.take_while(|count| *count > 0).sum::<usize>(), all);
        }
    }
}
