//! Temporary measurement.
#![allow(clippy::print_stdout)]
use scade_defocus::*;
use scade_image::*;
use std::time::Instant;
fn time(name: &str, n: u32, mut f: impl FnMut()) {
    f();
    let mut best = f64::MAX;
    let t0 = Instant::now();
    for _ in 0..n {
        let t = Instant::now();
        f();
        best = best.min(t.elapsed().as_secs_f64());
    }
    println!(
        "{name}: best {:.3} ms mean {:.3} ms",
        best * 1e3,
        t0.elapsed().as_secs_f64() * 1e3 / n as f64
    );
}
fn main() {
    let m = Method::default();
    let mut pics = vec![];
    for i in 0..4 {
        let rd = |e: &str| std::fs::read(format!("/tmp/gold/{i}.{e}")).unwrap();
        let p = RgbImage::from_raw(256, 256, rd("rgb")).unwrap();
        let g = gray(&p);
        assert!(g.as_raw() == &rd("gray"));
        let map = m.map(&p).unwrap();
        let gold: Vec<f32> =
            rd("map").chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
        let d = map.data().iter().zip(&gold).map(|(a, b)| (a - b).abs()).fold(0.0f32, f32::max);
        let same = map.data().iter().zip(&gold).filter(|(a, b)| a == b).count();
        println!("{i}: gray equal, max map diff {d:e}, identical {same}/65536");
        pics.push(p);
    }
    for p in &pics {
        time("map 256", 200, || {
            std::hint::black_box(m.map(std::hint::black_box(p)).unwrap());
        });
    }
    time("gray 256", 200, || {
        std::hint::black_box(gray(&pics[0]));
    });
    let big = RgbImage::from_fn(1920, 1080, |x, y| {
        [(x * 7 + y * 3) as u8, (x ^ y) as u8, (x + y * 5) as u8].into()
    });
    let whole = PixelRect::whole(&big);
    for s in [0.2f64, 0.1, 0.05] {
        let (w, h) = ((1920.0 * s + 1.0) as u32, (1080.0 * s + 1.0) as u32);
        time(&format!("area 1080p -> {w}x{h}"), 20, || {
            std::hint::black_box(resize_area(&big, whole, w, h));
        });
    }
    time("area pyramid 1080p", 10, || {
        let mut s = 0.2f64;
        while 1080.0 * s >= 12.0 {
            std::hint::black_box(resize_area(
                &big,
                whole,
                (1920.0 * s + 1.0) as u32,
                (1080.0 * s + 1.0) as u32,
            ));
            s *= 0.709;
        }
    });
    let r = PixelRect { x: 100, y: 100, width: 60, height: 60 };
    time("area 60->24", 1000, || {
        std::hint::black_box(resize_area(&big, r, 24, 24));
    });
    time("area 60->48", 1000, || {
        std::hint::black_box(resize_area(&big, r, 48, 48));
    });
    for k in [150u32, 400, 900] {
        let r = PixelRect { x: 100, y: 100, width: k, height: k };
        time(&format!("bilinear {k}->256"), 50, || {
            std::hint::black_box(resize_bilinear(&big, r, 256, 256));
        });
    }
    for s in [0.5f32, 1.0, 1.9, 2.5, 4.0] {
        let t = Similarity::around([128., 128.], 0.3, s, [500., 400.]);
        time(&format!("warp_rgb scale {s}"), 50, || {
            std::hint::black_box(warp_rgb(&big, &t, 256, 256));
        });
    }
    let pl = Plane::new(256, 256);
    let t = Similarity::around([128., 128.], 0.2, 1.05, [5., 4.]);
    time("warp_plane 1.05", 50, || {
        std::hint::black_box(warp_plane(&pl, &t, 256, 256));
    });
    let mut o = vec![0.0; 4 * 65536];
    time("write_chw", 100, || {
        write_chw(&pics[0], Some(&pl), &mut o);
        std::hint::black_box(&o);
    });
}
