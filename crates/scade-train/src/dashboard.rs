//! Burn's terminal dashboard of a run, fed with the same records as its event files.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use burn::data::dataloader::Progress;
use burn_train::Interrupter;
use burn_train::metric::{
    MetricDefinition, MetricEntry, MetricId, NumericAttributes, NumericEntry, SerializedEntry,
};
use burn_train::renderer::tui::TuiMetricsRendererWrapper;
use burn_train::renderer::{MetricState, MetricsRenderer, ProgressType, TrainingProgress};
use scade_cli::HeldLogs;

use crate::watch::StepRecord;
use crate::{EpochRecord, Error};

/// What is drawn: name, and whether more is better. Training and validation share a chart.
const CHARTS: [(&str, bool); 8] = [
    (LOSS, false),
    ("Classification loss", false),
    ("Single-center loss", false),
    ("Gradient norm", false),
    ("Learning rate", false),
    (AUC, true),
    (VIDEO_AUC, true),
    (RATE, true),
];
const LOSS: &str = "Loss";
const AUC: &str = "AUC";
const VIDEO_AUC: &str = "Video AUC";
const RATE: &str = "Samples per second";

/// The whole terminal, until it is dropped; log lines wait so long.
pub(crate) struct Dashboard {
    // Dropped first: the logs need its screen.
    renderer: Box<dyn MetricsRenderer>,
    interrupter: Interrupter,
    epochs: u64,
    /// Of an epoch.
    steps: u64,
    _logs: HeldLogs,
}

impl Dashboard {
    /// Takes the terminal for a run of `epochs` epochs of `steps` steps, of which `done` are over.
    ///
    /// # Errors
    /// None here; a build without the dashboard has one.
    pub(crate) fn open(epochs: u64, steps: u64, done: u64) -> Result<Self, Error> {
        let logs = HeldLogs::begin();
        let interrupter = Interrupter::new();
        let renderer = TuiMetricsRendererWrapper::new(interrupter.clone(), Some(size(done)));
        Ok(Self::with(Box::new(renderer), interrupter, logs, epochs, steps))
    }

    fn with(
        mut renderer: Box<dyn MetricsRenderer>,
        interrupter: Interrupter,
        logs: HeldLogs,
        epochs: u64,
        steps: u64,
    ) -> Self {
        for (name, higher_is_better) in CHARTS {
            let attributes = NumericAttributes { unit: None, higher_is_better }.into();
            let (metric_id, name) = (id(name), name.to_owned());
            let description = None;
            renderer.register_metric(MetricDefinition { metric_id, name, description, attributes });
        }
        Self { renderer, interrupter, epochs, steps: steps.max(1), _logs: logs }
    }

    /// Whether the run was asked to end after the epoch that is under way.
    pub(crate) fn should_stop(&self) -> bool {
        self.interrupter.should_stop()
    }

    /// Steps of the epoch that is under way.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub(crate) fn steps(&mut self, records: &[StepRecord]) -> Result<(), Error> {
        self.tell(|renderer, progress| {
            for StepRecord { step, learning_rate, losses } in records {
                let [total, classification, single_center, gradient_norm] = *losses;
                let values = [total, classification, single_center, gradient_norm, *learning_rate];
                for ((name, _), value) in CHARTS.iter().zip(values) {
                    renderer.update_train(numeric(name, value));
                }
                let (progress, state) = progress(*step);
                renderer.render_train(progress, state);
            }
        })
    }

    /// An epoch that is over, validation included.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub(crate) fn epoch(&mut self, record: &EpochRecord) -> Result<(), Error> {
        self.tell(|renderer, progress| {
            renderer.update_train(numeric(RATE, record.samples_per_second));
            let known =
                [(LOSS, record.val_loss), (AUC, record.val_auc), (VIDEO_AUC, record.val_video_auc)];
            for (name, value) in known {
                if let Some(value) = value {
                    renderer.update_valid(numeric(name, value));
                }
            }
            let (progress, state) = progress(record.steps);
            renderer.render_valid(progress, state);
        })
    }

    /// Burn's dashboard panics in the thread that feeds it when the user chose to kill the run there.
    fn tell(
        &mut self,
        what: impl FnOnce(
            &mut dyn MetricsRenderer,
            &dyn Fn(u64) -> (TrainingProgress, Vec<ProgressType>),
        ),
    ) -> Result<(), Error> {
        let (steps, epochs) = (self.steps, self.epochs);
        let progress = move |step: u64| at(step, steps, epochs);
        catch_unwind(AssertUnwindSafe(|| what(&mut *self.renderer, &progress)))
            .map_err(|_| Error::Stopped)
    }
}

impl std::fmt::Debug for Dashboard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dashboard").field("epochs", &self.epochs).finish_non_exhaustive()
    }
}

/// Where a run is after its step `step`, counted from 1.
fn at(step: u64, steps: u64, epochs: u64) -> (TrainingProgress, Vec<ProgressType>) {
    let epoch = step.saturating_sub(1) / steps;
    let of_epoch = || Progress::new(size(step - epoch * steps), size(steps));
    let of_run = || Progress::new(size(epoch + 1), size(epochs));
    let progress = TrainingProgress {
        progress: Some(of_epoch()),
        global_progress: of_run(),
        iteration: Some(size(step)),
    };
    let detailed = |tag: &str, progress| ProgressType::Detailed { tag: tag.to_owned(), progress };
    (progress, vec![detailed("Epoch", of_run()), detailed("Step", of_epoch())])
}

fn id(name: &str) -> MetricId {
    MetricId::new(Arc::new(name.to_owned()))
}

fn numeric(name: &str, value: f64) -> MetricState {
    let entry = SerializedEntry::new(format!("{value:.4}"), value.to_string());
    MetricState::Numeric(MetricEntry::new(id(name), entry), NumericEntry::Value(value))
}

fn size(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use burn_train::renderer::{
        EvaluationName, EvaluationProgress, MetricsRendererEvaluation, MetricsRendererTraining,
    };

    use super::*;

    /// Writes down what it is told, and panics once it was told `limit` things.
    struct Recorder {
        told: Arc<Mutex<Vec<String>>>,
        limit: usize,
    }

    impl Recorder {
        fn hear(&self, what: String) {
            let mut told = self.told.lock().unwrap();
            told.push(what);
            let count = told.len();
            drop(told);
            assert!(count < self.limit, "killed by the user");
        }

        fn metric(&self, split: &str, state: &MetricState) {
            let MetricState::Numeric(entry, value) = state else { panic!("not a number") };
            self.hear(format!("{split} {:?} {}", entry.metric_id, value.current()));
        }

        fn progress(&self, split: &str, item: &TrainingProgress) {
            let (step, epoch) = (item.progress.as_ref().unwrap(), &item.global_progress);
            let of = |p: &Progress| format!("{}/{}", p.items_processed, p.items_total);
            self.hear(format!("{split} step {} epoch {}", of(step), of(epoch)));
        }
    }

    impl MetricsRendererTraining for Recorder {
        fn update_train(&mut self, state: MetricState) {
            self.metric("train", &state);
        }
        fn update_valid(&mut self, state: MetricState) {
            self.metric("valid", &state);
        }
        fn render_train(&mut self, item: TrainingProgress, _: Vec<ProgressType>) {
            self.progress("train", &item);
        }
        fn render_valid(&mut self, item: TrainingProgress, _: Vec<ProgressType>) {
            self.progress("valid", &item);
        }
    }

    impl MetricsRendererEvaluation for Recorder {
        fn update_test(&mut self, _: EvaluationName, _: MetricState) {}
        fn render_test(&mut self, _: EvaluationProgress, _: Vec<ProgressType>) {}
    }

    impl MetricsRenderer for Recorder {
        fn manual_close(&mut self) {}
        fn register_metric(&mut self, _: MetricDefinition) {}
    }

    fn dashboard(limit: usize) -> (Dashboard, Arc<Mutex<Vec<String>>>) {
        let told = Arc::default();
        let renderer = Box::new(Recorder { told: Arc::clone(&told), limit });
        (Dashboard::with(renderer, Interrupter::new(), HeldLogs::begin(), 3, 10), told)
    }

    #[test]
    fn steps_and_epochs_are_told_with_where_they_are() {
        let (mut dashboard, told) = dashboard(usize::MAX);
        let losses = [0.5, 0.4, 0.1, 2.0];
        dashboard.steps(&[StepRecord { step: 20, learning_rate: 0.25, losses }]).unwrap();
        let record =
            EpochRecord { steps: 20, val_auc: Some(0.75), val_loss: None, ..Default::default() };
        dashboard.epoch(&record).unwrap();
        let told = told.lock().unwrap().join("\n");
        for expected in [
            "\"Loss\" } 0.5",
            "\"Learning rate\" } 0.25",
            "train step 10/10 epoch 2/3",
            "valid MetricId { id: \"AUC\" } 0.75",
            "valid step 10/10 epoch 2/3",
        ] {
            assert!(told.contains(expected), "{expected} in\n{told}");
        }
        // What is not known is not drawn.
        assert!(!told.contains("valid MetricId { id: \"Loss\" }"), "{told}");
    }

    #[test]
    fn a_run_that_is_killed_at_the_dashboard_ends_with_an_error() {
        let (mut dashboard, _) = dashboard(3);
        let record = StepRecord { step: 1, learning_rate: 0.25, losses: [0.5; 4] };
        assert!(matches!(dashboard.steps(&[record]), Err(Error::Stopped)));
        assert!(!dashboard.should_stop());
        dashboard.interrupter.stop(None);
        assert!(dashboard.should_stop());
    }
}
