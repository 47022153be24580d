//! Every kept kernel on random inputs, against what NVIDIA hardware made of them.
//!
//! The kernels are those of `cuda/ptx`, and run from the PTX that is kept there. Their declarations tell what they take,
//! and a seed for each argument what that holds. Not all inputs suit a kernel: those do that it runs with on the emulated
//! device, which checks every access. Each kernel that can be run so has two cases, or sixteen if it chooses by a number what
//! it does; [`left_out`] names the others.
//!
//! `cuda/goldens/hardware.tsv` is what a GPU wrote. Without one, `emu` compares the emulated device with it; with one, `cuda`
//! compares each buffer of each case on both, whole. With `MANYWAYS_RECORD_GOLDENS=FOLDER` the file is written there anew,
//! instead of being read, as `hardware.tsv` or `emulated.tsv`; with it come the differences of the two.

#[path = "../support/mod.rs"]
mod support;

mod case;
mod device;
mod glob;
mod golden;
mod image;
mod inputs;
mod kept;
mod left_out;
mod numbers;
mod prototype;
mod tolerance;
mod types;

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use cuda::driver::{BackendKind, Context};
use cuda::emulator;
use cuda_macros::backend_test;

use self::case::Case;
use self::device::{Emulated, Rig};
use self::golden::{Goldens, Output};
use self::kept::Kept;
use self::prototype::Prototype;

const RECORD_VARIABLE: &str = "MANYWAYS_RECORD_GOLDENS";

/// What no kernel of these takes, on whatever machine.
const LONGEST: Duration = Duration::from_secs(60);

#[backend_test(limit_s = 580)]
fn every_kept_kernel(context: &Context) {
    emulator::set_time_limit(Some(LONGEST));
    let mut run = Run::new(context);
    for kept in kept::all() {
        run.source(&kept);
    }
    left_out::check(&run.left_out, &mut run.wrong);
    let Run {
        goldens, mut wrong, ..
    } = run;
    println!("{} results of {} kernels", goldens.len(), goldens.kernels());
    match env::var_os(RECORD_VARIABLE) {
        Some(folder) => record(&goldens, &wrong, context, &PathBuf::from(folder)),
        None => goldens.compare(&golden::recorded(), &mut wrong),
    }
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What has been found out.
struct Run<'a> {
    context: &'a Context,
    goldens: Goldens,
    left_out: Vec<String>,
    wrong: Vec<String>,
}

impl Run<'_> {
    fn new(context: &Context) -> Run<'_> {
        Run {
            context,
            goldens: Goldens::default(),
            left_out: Vec::new(),
            wrong: Vec::new(),
        }
    }

    /// Runs the cases of one source.
    fn source(&mut self, kept: &Kept) {
        let mut emulated = Emulated::new(kept);
        let mut hardware = None;
        let prototypes = Prototype::all(&kept.source);
        for entry in &kept.entries {
            let prototype = Prototype::find(&prototypes, entry);
            let mut done = 0;
            for case in Case::all(kept, entry, prototype.as_ref()) {
                if done == case.wanted {
                    break;
                }
                let Ok(expected) = emulated.run(&case) else {
                    continue;
                };
                done += 1;
                let outputs = match self.context.kind() {
                    BackendKind::Cuda => self.on_hardware(kept, &mut hardware, &case, &expected),
                    _ => expected,
                };
                self.goldens.add(&case, &outputs);
            }
            if done == 0 {
                self.left_out.push(kept.title(&entry.name));
            }
        }
    }

    /// What a GPU makes of a case that the emulated device has run: the same, and the same each time.
    fn on_hardware(
        &mut self,
        kept: &Kept,
        rig: &mut Option<Rig>,
        case: &Case,
        expected: &[Output],
    ) -> Vec<Output> {
        let mut run = || {
            let loaded = match rig.take() {
                Some(loaded) => loaded,
                None => Rig::new(self.context, kept)?,
            };
            rig.insert(loaded).run(case)
        };
        let mut run = || run().unwrap_or_else(|error: cuda::Error| panic!("{case}: {error}"));
        let (outputs, again) = (run(), run());
        for (what, others) in [("emulated", expected), ("the second time", &again)] {
            for (output, other) in outputs.iter().zip(others) {
                let difference = output.difference(other);
                self.wrong
                    .extend(difference.map(|difference| format!("{case}: {difference} {what}")));
            }
        }
        outputs
    }
}

/// Writes the results, and what is wrong with them.
fn record(goldens: &Goldens, wrong: &[String], context: &Context, folder: &Path) {
    let device = context.device().name().expect("a device has a name");
    let name = match context.kind() {
        BackendKind::Cuda => "hardware",
        _ => "emulated",
    };
    fs::create_dir_all(folder).expect("a folder for the goldens");
    let texts = [
        (".tsv", goldens.write(&device)),
        ("-differences.txt", wrong.join("\n")),
    ];
    for (extension, text) in texts {
        let path = folder.join(format!("{name}{extension}"));
        fs::write(&path, text).expect("the goldens are written");
        println!("written: {}", path.display());
    }
}
