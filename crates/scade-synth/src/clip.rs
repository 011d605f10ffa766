//! One clip: what it shows, and the frames of it, each a pure function of the specification and the
//! frame's number.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use scade_image::{Landmarks, RgbImage};

use crate::background::background;
use crate::body::Clothes;
use crate::camera::Camera;
use crate::canvas::Canvas;
use crate::face::{Face, Light};
use crate::identity::Identity;
use crate::motion::{Motion, Pose};
use crate::swap::{Moment, Swap, to_bytes};

/// What a clip shows.
///
/// A real clip and a forgery that differ in `source` alone are the same recording: same room, light,
/// motion and noise, and outside the inner face the same pixels, as a swap leaves them.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipSpec {
    /// The recorded person.
    pub identity: Identity,
    /// The person whose inner face replaces it; `None` for a real clip.
    pub source: Option<Identity>,
    /// Seed of everything but the person: clothes, room, light, camera, motion, forgery.
    pub seed: u64,
    /// Number of frames of the clip.
    pub frames: u32,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Frames per second.
    pub fps: u32,
    /// Strength of the artifacts: 1 for clear ones, 0 for those that cannot be avoided.
    pub strength: f32,
}

/// A clip ready for rendering: what all frames share is rendered once.
#[derive(Debug, Clone)]
pub struct Scene {
    spec: ClipSpec,
    room: Canvas,
    clothes: Clothes,
    camera: Camera,
    motion: Motion,
    light: Light,
    swap: Swap,
}

impl Scene {
    /// Sets up the clip and renders the room.
    #[must_use]
    pub fn new(spec: ClipSpec) -> Self {
        Self::with_camera(spec, |camera| camera)
    }

    /// The same with everything in focus, for callers that add blur of their own.
    #[must_use]
    pub fn in_focus(spec: ClipSpec) -> Self {
        Self::with_camera(spec, Camera::in_focus)
    }

    fn with_camera(spec: ClipSpec, change: impl FnOnce(Camera) -> Camera) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(spec.seed);
        let camera = change(Camera::new(rng.random(), spec.height));
        let mut room = background(rng.random(), spec.width, spec.height);
        camera.blur_room(&mut room);
        Self {
            room,
            camera,
            clothes: Clothes::new(rng.random()),
            motion: Motion::new(rng.random(), spec.width, spec.height),
            light: light(&mut rng),
            swap: Swap::new(rng.random(), spec.strength.clamp(0.0, 2.0)),
            spec,
        }
    }

    /// What the clip shows.
    #[must_use]
    pub fn spec(&self) -> &ClipSpec {
        &self.spec
    }

    /// One frame, `width` × `height` pixels. Any number is valid: the motion continues past the clip's
    /// last frame.
    #[must_use]
    pub fn frame(&self, frame: u32) -> RgbImage {
        let pose = self.pose(frame);
        let face = self.face(&pose);
        let mut canvas = self.record(&pose, &face);
        self.camera.grain(2 * u64::from(frame)).add(&mut canvas, 1.0);
        if let Some(source) = &self.spec.source {
            let (head, expression, light) = (pose.head, &pose.expression, self.light);
            let moment = Moment { frame, head, expression, light };
            let grain = self.camera.grain(2 * u64::from(frame) + 1);
            self.swap.apply(&mut canvas, source, &face, moment, grain);
        }
        to_bytes(&canvas)
    }

    /// Where the five landmarks of the target's face are in a frame.
    #[must_use]
    pub fn landmarks(&self, frame: u32) -> Landmarks {
        Landmarks(self.face(&self.pose(frame)).landmarks())
    }

    fn pose(&self, frame: u32) -> Pose {
        self.motion.at(frame as f32 / self.spec.fps.max(1) as f32)
    }

    fn face(&self, pose: &Pose) -> Face<'_> {
        Face::new(&self.spec.identity, pose.head, pose.expression, self.light)
    }

    /// The frame before sensor noise.
    fn record(&self, pose: &Pose, face: &Face<'_>) -> Canvas {
        let mut canvas = self.room.clone();
        face.paint_behind(&mut canvas);
        self.clothes.paint(&mut canvas, pose.body, &self.spec.identity, self.light[0]);
        self.camera.blur_shoulders(&mut canvas);
        face.paint(&mut canvas);
        self.camera.blur_face(&mut canvas);
        self.camera.expose(&mut canvas);
        canvas
    }
}

/// One frame of a clip. To render many, keep a [`Scene`].
#[must_use]
pub fn render_frame(spec: &ClipSpec, frame: u32) -> RgbImage {
    Scene::new(spec.clone()).frame(frame)
}

/// Where the five landmarks of the target's face are in a frame, in pixels: ground truth, not what a
/// detector finds.
#[must_use]
pub fn landmarks(spec: &ClipSpec, frame: u32) -> Landmarks {
    Scene::new(spec.clone()).landmarks(frame)
}

/// Light from above and in front, more or less from one side.
fn light(rng: &mut ChaCha8Rng) -> Light {
    let [x, y]: [f32; 2] = [rng.random_range(-0.5..0.5), rng.random_range(-0.5..-0.2)];
    [x, y, (1.0 - x * x - y * y).sqrt()]
}
