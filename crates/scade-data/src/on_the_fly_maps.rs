//! Defocus maps that are computed while samples are loaded, by a function of the caller.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use scade_image::{Plane, RgbImage};

use crate::{Error, Result, map_file};

/// Why a map could not be computed.
type Cause = Box<dyn std::error::Error + Send + Sync>;

type Method = dyn Fn(&RgbImage) -> Result<Plane, Cause> + Send + Sync;

/// Computes the map of a crop. It must depend only on the crop, so that the batches of an epoch do not
/// depend on the threads.
#[derive(Clone)]
pub struct OnTheFlyMaps(Arc<Method>);

impl OnTheFlyMaps {
    /// Maps by `method`: from a crop of 256 × 256 to a plane of the same size with values in 0..1.
    pub fn new<E: Into<Cause>>(
        method: impl Fn(&RgbImage) -> Result<Plane, E> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(move |crop| method(crop).map_err(Into::into)))
    }

    /// The map of `crop`, which was read from `path`.
    pub(crate) fn map(&self, crop: &RgbImage, path: &Path) -> Result<Plane> {
        let failed = |source| Error::OnTheFlyMap { path: path.to_owned(), source };
        let map = (self.0)(crop).map_err(failed)?;
        map_file::check(&map, path)?;
        Ok(map)
    }
}

impl fmt::Debug for OnTheFlyMaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnTheFlyMaps(..)")
    }
}
