//! Raw media into face samples: decode, detect, crop, map, store.
