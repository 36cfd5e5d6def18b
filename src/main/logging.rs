//! Diagnostics: to a file if one is named, else to stderr, unless the console has the terminal.

use std::{
    fs::File,
    io::{self, IsTerminal as _},
};

use bkend_console::cli::{Failure, Settings, config::Color};
use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::{filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Where diagnostics go that no file was named for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    Stderr,
    Nowhere,
}

/// What is still unwritten is written when the guard is dropped.
pub fn start(settings: &Settings, otherwise: Otherwise) -> Result<Option<WorkerGuard>, Failure> {
    let (ours, others) = match settings.verbose {
        _ if settings.output.quiet => (LevelFilter::ERROR, LevelFilter::ERROR),
        0 => (LevelFilter::WARN, LevelFilter::WARN),
        1 => (LevelFilter::INFO, LevelFilter::WARN),
        2 => (LevelFilter::DEBUG, LevelFilter::INFO),
        _ => (LevelFilter::TRACE, LevelFilter::DEBUG),
    };
    let levels = Targets::new().with_default(others).with_target("bkend", ours).with_target("bkend_console", ours);
    let subscriber = tracing_subscriber::registry().with(levels);
    match (&settings.log_file, otherwise) {
        (Some(path), _) => {
            let file = File::options()
                .create(true)
                .append(true)
                .open(path)
                .map_err(|error| Failure::Usage(format!("{} cannot be written: {error}", path.display())))?;
            let (writer, guard) = tracing_appender::non_blocking(file);
            subscriber.with(fmt::layer().with_ansi(false).with_writer(writer)).init();
            Ok(Some(guard))
        }
        (None, Otherwise::Stderr) => {
            let colour = match settings.color {
                Color::Always => true,
                Color::Never => false,
                Color::Auto => {
                    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                }
            };
            subscriber.with(fmt::layer().with_ansi(colour).with_writer(io::stderr)).init();
            Ok(None)
        }
        (None, Otherwise::Nowhere) => Ok(None),
    }
}
