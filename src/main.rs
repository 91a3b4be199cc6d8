//! The native command.

fn main() -> std::process::ExitCode {
    belljar::cli::main()
}
