//! The detector against a slow evaluation of the same cascades, window by window and pixel by pixel.

mod support;

use scade_haar::{Cascade, DetectOptions, Rect};
use scade_image::gray;
use support::canvas::Canvas;
use support::model::Model;

/// Width and height of windows: square and not, odd, least, and wider than usual tiles allow.
const WINDOWS: [(usize, usize); 9] =
    [(24, 24), (20, 20), (3, 3), (4, 3), (7, 12), (13, 5), (40, 9), (5, 60), (300, 20)];

#[test]
fn windows_that_pass_are_those_of_a_slow_evaluation() {
    let mut all = 0;
    for (seed, (width, height)) in (0..).zip(WINDOWS) {
        let model = Model::random(width, height, seed);
        let cascade = Cascade::parse(&model.xml()).unwrap();
        let [columns, rows] = [61 + 2 * width as u32, 40 + 2 * height as u32];
        let canvas = Canvas::new(columns, rows, [120.0; 3]).clouds(6.0, 90.0, seed);
        let image = gray(&canvas.image(3.0, seed));
        let options = DetectOptions { min_neighbors: 0, scale_factor: 1.2, ..Default::default() };
        let found: Vec<Rect> =
            cascade.detect_gray(&image, &options).into_iter().map(|face| face.rect).collect();
        assert_eq!(found, model.windows(&image, &options), "{width} x {height}");
        all += found.len();
    }
    assert!(all > 1000, "only {all} windows");
}

/// Strips and tiles are split over threads, and the image is wide enough for several of both.
#[test]
fn the_number_of_threads_changes_nothing() {
    let cascade = Cascade::parse(support::TINY).unwrap();
    let image = Canvas::new(900, 300, [120.0; 3]).clouds(9.0, 100.0, 4).image(5.0, 4);
    let options = DetectOptions::default();
    let on_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| cascade.detect(&image, &options))
    };
    let expected = on_threads(1);
    assert!(expected.len() > 20);
    for threads in 2..6 {
        assert_eq!(on_threads(threads), expected);
    }
}

#[test]
#[should_panic(expected = "`scale_factor` must be above 1; got 1")]
fn a_scale_factor_of_one_is_rejected() {
    let cascade = Cascade::parse(support::TINY).unwrap();
    let options = DetectOptions { scale_factor: 1.0, ..DetectOptions::default() };
    let _ = cascade.detect(&Canvas::new(30, 30, [0.0; 3]).image(0.0, 0), &options);
}
