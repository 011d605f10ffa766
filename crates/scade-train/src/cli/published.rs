//! The flat keys of SCADE-Net's configuration, in our structure.

use scade_cli::config::{put, put_all};
use toml::{Table, Value};

/// Published keys and where their values belong.
const PLACES: [(&str, &str); 26] = [
    ("preprocessed_root", "data"),
    ("output_dir", "output"),
    ("random_seed", "seed"),
    ("num_epochs", "epochs"),
    ("batch_size", "batch_size"),
    ("num_workers", "workers"),
    ("input_channels", "network.input_channels"),
    ("eca_kernel_size", "network.eca_kernel_size"),
    ("dropout_rate", "network.dropout_rate"),
    ("constrained_conv_option", "network.constrained_conv"),
    ("scl_margin", "loss.single_center.form.margin"),
    ("scl_alpha", "loss.single_center.form.alpha"),
    ("scl_feature_dim", "loss.single_center.feature_dim"),
    ("scl_lambda", "loss.lambda"),
    ("initial_lr", "optimizer.learning_rate"),
    ("adam_beta1", "optimizer.beta1"),
    ("adam_beta2", "optimizer.beta2"),
    ("weight_decay", "optimizer.weight_decay"),
    ("gradient_clip_norm", "optimizer.clip_norm"),
    ("early_stopping_patience", "early_stopping.patience"),
    ("early_stopping_min_delta", "early_stopping.min_delta"),
    ("aug_horizontal_flip_prob", "augment.horizontal_flip_prob"),
    ("aug_rotation_limit", "augment.rotation_limit"),
    ("aug_zoom_limit", "augment.zoom_limit"),
    ("aug_brightness_limit", "augment.brightness_limit"),
    ("aug_hue_shift_limit", "augment.hue_shift_limit"),
];

/// The keys of a SCADE-Net configuration that training uses.
///
/// Where SCADE-Net corrects the imbalance of the classes twice, by a sampler and by a weight in the loss,
/// only the sampler is used.
pub(crate) fn from_published(flat: &Table) -> Table {
    let mut table = Table::new();
    put_all(&mut table, flat, &PLACES);
    // Tables that are a choice between variants say which one they are.
    if table.contains_key("network") {
        put(&mut table, "network.architecture", "scade-net".into());
    }
    if flat.contains_key("scl_margin") || flat.contains_key("scl_alpha") {
        put(&mut table, "loss.single_center.form.name", "published".into());
    }
    let on = |key: &str| flat.get(key) == Some(&Value::Boolean(true));
    if on("use_focal_loss") {
        put(&mut table, "loss.classification.name", "focal".into());
        let focal = [
            ("focal_alpha", "loss.classification.alpha"),
            ("focal_gamma", "loss.classification.gamma"),
        ];
        put_all(&mut table, flat, &focal);
        put(&mut table, "balance", "none".into());
    }
    if on("use_weighted_sampler") {
        put(&mut table, "balance", "sampler".into());
    }
    schedule(flat, &mut table);
    table
}

fn schedule(flat: &Table, table: &mut Table) {
    const STEP: [(&str, &str); 3] = [
        ("lr_decay_step", "schedule.every"),
        ("lr_decay_factor", "schedule.factor"),
        ("min_lr", "schedule.min_lr"),
    ];
    const COSINE: [(&str, &str); 2] =
        [("warmup_epochs", "schedule.warmup_epochs"), ("min_lr", "schedule.min_lr")];
    let name = flat.get("lr_scheduler").and_then(Value::as_str).unwrap_or("step");
    put_all(table, flat, if name == "cosine" { &COSINE } else { &STEP });
    if flat.contains_key("lr_scheduler") || table.contains_key("schedule") {
        put(table, "schedule.name", name.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scade_loss::{ClassificationLoss, Focal};
    use scade_train::{Balance, Config, ScheduleConfig};

    fn translate(text: &str) -> Config {
        from_published(&toml::from_str(text).unwrap()).try_into().unwrap()
    }

    #[test]
    fn the_published_defaults_are_ours() {
        let config = translate(
            "constrained_conv_option = 'A'\ninput_channels = 4\neca_kernel_size = 3\n\
             dropout_rate = 0.5\nscl_margin = 0.5\nscl_alpha = 0.5\nscl_lambda = 0.1\n\
             batch_size = 75\nnum_epochs = 50\ninitial_lr = 1e-3\nmin_lr = 1e-6\n\
             lr_scheduler = 'step'\nlr_decay_step = 1000\nlr_decay_factor = 0.1\n\
             warmup_epochs = 0\nuse_focal_loss = false\nuse_weighted_sampler = false\n\
             early_stopping_patience = 10\nnum_workers = 2\nrandom_seed = 42",
        );
        assert_eq!(config, Config::default());
    }

    #[test]
    fn the_advanced_recipe_samples_evenly_without_a_class_weight() {
        let config = translate(
            "lr_scheduler = 'cosine'\nmin_lr = 1e-7\nwarmup_epochs = 5\nuse_focal_loss = true\n\
             focal_gamma = 2.0\nuse_weighted_sampler = true\nweight_decay = 1e-5",
        );
        assert_eq!(config.schedule, ScheduleConfig::Cosine { warmup_epochs: 5, min_lr: 1e-7 });
        assert_eq!(config.balance, Balance::Sampler);
        let focal = ClassificationLoss::Focal(Focal { alpha: 0.25, gamma: 2.0 });
        assert_eq!(config.loss.classification, focal);
        config.validate().unwrap();
    }
}
