//! Approximations: within what NVIDIA documents.

use super::{Operands, check, single};

/// Values of a range, evenly.
fn ramp(from: f64, to: f64) -> Vec<Operands> {
    let values = (0..1024).map(|index| from + (to - from) * f64::from(index) / 1023.0);
    values
        .map(|value| [u64::from((value as f32).to_bits()), 0, 0])
        .collect()
}

/// Within so many units of the last place, or so much absolutely.
fn near(line: &str, range: (f64, f64), ulps: f64, absolute: f64, wanted: impl Fn(f64) -> f64) {
    check(
        line,
        [32; 3],
        32,
        &ramp(range.0, range.1),
        |[a, _, _], got| {
            let wanted = wanted(f64::from(single(a)));
            let unit =
                f64::from((wanted as f32).abs().next_up()) - f64::from((wanted as f32).abs());
            let error = (f64::from(single(got)) - wanted).abs();
            if error <= (ulps * unit).max(absolute) {
                Ok(())
            } else {
                Err(format!("{wanted}"))
            }
        },
    );
}

#[test]
fn inverses_and_roots() {
    near("rcp.approx.f32 %d, %a;", (0.001, 1000.0), 1.0, 0.0, |a| {
        1.0 / a
    });
    near(
        "rcp.approx.ftz.f32 %d, %a;",
        (-1000.0, -0.001),
        1.0,
        0.0,
        |a| 1.0 / a,
    );
    near("rsqrt.approx.f32 %d, %a;", (0.001, 1000.0), 2.0, 0.0, |a| {
        1.0 / a.sqrt()
    });
    near(
        "sqrt.approx.f32 %d, %a;",
        (0.0, 1000.0),
        1.0,
        0.0,
        f64::sqrt,
    );
    near(
        "div.approx.f32 %d, %a, 0f40400000;",
        (-10.0, 10.0),
        2.0,
        0.0,
        |a| a / 3.0,
    );
    near(
        "div.full.f32 %d, %a, 0f40400000;",
        (-10.0, 10.0),
        2.0,
        0.0,
        |a| a / 3.0,
    );
}

#[test]
fn transcendental_functions() {
    let pi = std::f64::consts::PI;
    near(
        "sin.approx.f32 %d, %a;",
        (-pi, pi),
        0.0,
        2f64.powf(-20.5),
        f64::sin,
    );
    near(
        "cos.approx.f32 %d, %a;",
        (-pi, pi),
        0.0,
        2f64.powf(-20.5),
        f64::cos,
    );
    near(
        "lg2.approx.f32 %d, %a;",
        (0.5, 2.0),
        0.0,
        2f64.powi(-22),
        f64::log2,
    );
    near("ex2.approx.f32 %d, %a;", (-20.0, 20.0), 2.0, 0.0, f64::exp2);
    near(
        "tanh.approx.f32 %d, %a;",
        (-4.0, 4.0),
        0.0,
        2f64.powi(-11),
        f64::tanh,
    );
}

#[test]
fn edges_are_as_documented() {
    let bits = |value: f32| u64::from(value.to_bits());
    let cases: [(&str, f32, f32); 7] = [
        ("rcp.approx.f32 %d, %a;", 0.0, f32::INFINITY),
        ("rcp.approx.f32 %d, %a;", f32::NEG_INFINITY, -0.0),
        ("rsqrt.approx.f32 %d, %a;", 0.0, f32::INFINITY),
        ("lg2.approx.f32 %d, %a;", 0.0, f32::NEG_INFINITY),
        ("ex2.approx.f32 %d, %a;", f32::NEG_INFINITY, 0.0),
        ("ex2.approx.ftz.f32 %d, %a;", -140.0, 0.0),
        ("rcp.approx.ftz.f32 %d, %a;", 1e-40, f32::INFINITY),
    ];
    for (line, input, wanted) in cases {
        super::exactly(line, [32; 3], 32, &[[bits(input), 0, 0]; 2], |_| {
            bits(wanted)
        });
    }
}
