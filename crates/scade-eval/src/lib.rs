//! Numbers only: ranking and threshold metrics of scores against labels.
