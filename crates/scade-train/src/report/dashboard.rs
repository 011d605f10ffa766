//! Burn's terminal dashboard of a run, with the same values as its event files.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use burn::data::dataloader::Progress;
use burn_train::Interrupter;
use burn_train::metric::{
    MetricDefinition, MetricEntry, MetricId, NumericAttributes, NumericEntry, SerializedEntry,
};
use burn_train::renderer::tui::TuiMetricsRendererWrapper;
use burn_train::renderer::{MetricState, MetricsRenderer, ProgressType, TrainingProgress};

use super::{Ending, Reporter, RunStart, StepRecord};
use crate::{EpochRecord, Error, StepLosses};

/// Charts beside those of the losses, which are named as in [`StepLosses::NAMES`]: name, and whether more
/// is better. Training and validation share a chart.
const CHARTS: [(&str, bool); 4] =
    [(LEARNING_RATE, false), (AUC, true), (VIDEO_AUC, true), (RATE, true)];
const LOSS: &str = StepLosses::NAMES[0];
const LEARNING_RATE: &str = "learning_rate";
const AUC: &str = "AUC";
const VIDEO_AUC: &str = "Video AUC";
const RATE: &str = "Samples per second";

/// Burn's dashboard. From the start of a run to its end it takes the whole terminal: stdin and stdout must
/// be one, and nothing else may write there. Its user can end the run after the current epoch, or at once.
pub struct Dashboard {
    interrupter: Interrupter,
    screen: Option<Screen>,
}

/// The terminal while a run goes on.
struct Screen {
    renderer: Box<dyn MetricsRenderer>,
    epochs: u64,
    steps_per_epoch: u64,
}

impl Dashboard {
    /// A dashboard that opens when the run starts.
    #[must_use]
    pub fn new() -> Self {
        Self { interrupter: Interrupter::new(), screen: None }
    }

    fn open(&mut self, mut renderer: Box<dyn MetricsRenderer>, start: &RunStart) {
        let losses = StepLosses::NAMES.map(|name| (name, false));
        for (name, higher_is_better) in losses.into_iter().chain(CHARTS) {
            let attributes = NumericAttributes { unit: None, higher_is_better }.into();
            let (metric_id, name) = (id(name), title(name));
            let description = None;
            renderer.register_metric(MetricDefinition { metric_id, name, description, attributes });
        }
        let (epochs, steps_per_epoch) = (start.epochs, start.steps_per_epoch.max(1));
        self.screen = Some(Screen { renderer, epochs, steps_per_epoch });
    }
}

impl Default for Dashboard {
    fn default() -> Self {
        Self::new()
    }
}

impl Reporter for Dashboard {
    fn start(&mut self, start: &RunStart) -> Result<(), Error> {
        let done = size(start.finished_epochs);
        let renderer = TuiMetricsRendererWrapper::new(self.interrupter.clone(), Some(done));
        self.open(Box::new(renderer), start);
        Ok(())
    }

    fn steps(&mut self, steps: &[StepRecord]) -> Result<(), Error> {
        self.render(|renderer, progress| {
            for StepRecord { step, learning_rate, losses } in steps {
                for (name, value) in losses.named().chain([(LEARNING_RATE, *learning_rate)]) {
                    renderer.update_train(numeric(name, value));
                }
                let (progress, state) = progress(*step);
                renderer.render_train(progress, state);
            }
        })
    }

    fn epoch(&mut self, history: &[EpochRecord]) -> Result<(), Error> {
        let Some(record) = history.last() else { return Ok(()) };
        self.render(|renderer, progress| {
            renderer.update_train(numeric(RATE, record.timing.samples_per_second));
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

    fn should_stop(&self) -> bool {
        self.interrupter.should_stop()
    }

    fn finish(&mut self, _: &[EpochRecord], _: Ending) -> Result<(), Error> {
        self.screen = None;
        Ok(())
    }
}

impl Dashboard {
    /// Burn's dashboard panics in the thread that feeds it when its user chose to kill the run.
    fn render(
        &mut self,
        update: impl FnOnce(
            &mut dyn MetricsRenderer,
            &dyn Fn(u64) -> (TrainingProgress, Vec<ProgressType>),
        ),
    ) -> Result<(), Error> {
        let Some(screen) = &mut self.screen else { return Ok(()) };
        let (steps, epochs) = (screen.steps_per_epoch, screen.epochs);
        let progress = move |step: u64| at(step, steps, epochs);
        catch_unwind(AssertUnwindSafe(|| update(&mut *screen.renderer, &progress)))
            .map_err(|_| Error::Stopped)
    }
}

impl std::fmt::Debug for Dashboard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dashboard").field("open", &self.screen.is_some()).finish_non_exhaustive()
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

/// `classification_loss` as "Classification loss".
fn title(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_uppercase() + &rest.replace('_', " ")
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

    /// Records what it receives, and panics at the call number `limit`.
    struct Recorder {
        calls: Arc<Mutex<Vec<String>>>,
        limit: usize,
    }

    impl Recorder {
        fn record(&self, call: String) {
            let mut calls = self.calls.lock().unwrap();
            calls.push(call);
            let count = calls.len();
            drop(calls);
            assert!(count < self.limit, "killed by the user");
        }

        fn metric(&self, split: &str, state: &MetricState) {
            let MetricState::Numeric(entry, value) = state else { panic!("not a number") };
            self.record(format!("{split} {:?} {}", entry.metric_id, value.current()));
        }

        fn progress(&self, split: &str, item: &TrainingProgress) {
            let (step, epoch) = (item.progress.as_ref().unwrap(), &item.global_progress);
            let of = |p: &Progress| format!("{}/{}", p.items_processed, p.items_total);
            self.record(format!("{split} step {} epoch {}", of(step), of(epoch)));
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
        let calls = Arc::default();
        let mut dashboard = Dashboard::new();
        let start = RunStart {
            epochs: 3,
            steps_per_epoch: 10,
            finished_epochs: 0,
            finished_steps: 0,
            n_real: 1,
            n_fake: 1,
        };
        dashboard.open(Box::new(Recorder { calls: Arc::clone(&calls), limit }), &start);
        (dashboard, calls)
    }

    fn step(step: u64) -> StepRecord {
        let losses =
            StepLosses { total: 0.5, classification: 0.4, single_center: 0.1, gradient_norm: 2.0 };
        StepRecord { step, learning_rate: 0.25, losses }
    }

    #[test]
    fn steps_and_epochs_are_shown_with_their_place() {
        let (mut dashboard, calls) = dashboard(usize::MAX);
        dashboard.steps(&[step(20)]).unwrap();
        let record =
            EpochRecord { steps: 20, val_auc: Some(0.75), val_loss: None, ..Default::default() };
        dashboard.epoch(&[record]).unwrap();
        let calls = calls.lock().unwrap().join("\n");
        for expected in [
            "\"loss\" } 0.5",
            "\"gradient_norm\" } 2",
            "\"learning_rate\" } 0.25",
            "train step 10/10 epoch 2/3",
            "valid MetricId { id: \"AUC\" } 0.75",
            "valid step 10/10 epoch 2/3",
        ] {
            assert!(calls.contains(expected), "{expected} in\n{calls}");
        }
        // An undefined metric is not shown.
        assert!(!calls.contains("valid MetricId { id: \"loss\" }"), "{calls}");
        assert_eq!(title("single_center_loss"), "Single center loss");
    }

    #[test]
    fn a_run_that_is_killed_at_the_dashboard_ends_with_an_error() {
        let (mut dashboard, _) = dashboard(3);
        assert!(matches!(dashboard.steps(&[step(1)]), Err(Error::Stopped)));
        assert!(!dashboard.should_stop());
        dashboard.interrupter.stop(None);
        assert!(dashboard.should_stop());
    }
}
