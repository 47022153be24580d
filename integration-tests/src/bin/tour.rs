//! `cargo tour`: every slide's program, then one real job through every system.

fn main() -> std::process::ExitCode {
    integration_tests::main()
}
