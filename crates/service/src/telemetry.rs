//! Logs on standard output, metrics for Prometheus.

use std::io::{self, IsTerminal};
use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use clap::ValueEnum;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::log_format::JsonLine;
use crate::log_writer::LogLines;

/// Libraries that tell more than anybody wants to know at `info`.
const NOISY: [&str; 7] = [
    "h2",
    "hyper",
    "hyper_util",
    "reqwest",
    "rmcp",
    "rustls",
    "sqlx",
];
/// The client of the language model logs answers that it cannot read, with everything that was said in them.
const INDISCREET: &str = "async_openai";
const UPKEEP: Duration = Duration::from_secs(5);
const SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line, for machines.
    #[default]
    Json,
    /// For people.
    Text,
}

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The level is not one.
    #[error("the log level must be off, error, warn, info, debug or trace")]
    Level,
    /// Called twice in one process.
    #[error("logging is set up already")]
    Twice(#[from] TryInitError),
    /// Standard output cannot be had, or no thread for it.
    #[error("the log cannot be written: {0}")]
    Output(#[from] io::Error),
}

/// The log of this process, held until its end: what is still to be written then is waited for, 2 s at most.
#[must_use = "the last lines are waited for when it is dropped"]
pub struct Log(Arc<LogLines>);

impl Drop for Log {
    fn drop(&mut self) {
        self.0.finish();
    }
}

/// Sends log lines to standard output, and panics into the log. Nobody who logs waits for the output: when it is not read
/// or cannot be written, lines are dropped, and the log and `log_lines_lost_total` say how many.
///
/// `level` is one of `off` to `trace`, or such with exceptions: `info,sqlx=debug`. Libraries that
/// talk much are held at `warn` unless they are named, and one that would tell what people say is never heard.
///
/// # Errors
/// When `level` cannot be read, on a second call, or without a standard output.
pub fn init(level: &str, format: LogFormat) -> Result<Log, Error> {
    let filter = filter(level)?;
    let log = Log(LogLines::start(standard_output()?, format)?);
    let lines = tracing_subscriber::fmt::layer().with_writer(Arc::clone(&log.0));
    let layer = match format {
        LogFormat::Json => lines
            .fmt_fields(JsonFields::new())
            .event_format(JsonLine)
            .with_filter(filter)
            .boxed(),
        LogFormat::Text => {
            let colours = io::stdout().is_terminal();
            lines
                .with_ansi(colours)
                .with_target(false)
                .with_filter(filter)
                .boxed()
        }
    };
    tracing_subscriber::registry().with(layer).try_init()?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(
            panic.place = place,
            "panic: {}",
            message_of(panic.payload())
        );
    }));
    Ok(log)
}

/// Without the buffer of [`io::stdout`], which keeps lines that it could not write.
#[cfg(unix)]
fn standard_output() -> io::Result<std::fs::File> {
    use std::os::fd::AsFd as _;
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

#[cfg(not(unix))]
fn standard_output() -> io::Result<io::Stdout> {
    Ok(io::stdout())
}

/// What is logged at a level, as [`init`] reads it.
///
/// # Errors
/// When it cannot be read.
pub fn filter(level: &str) -> Result<Targets, Error> {
    if level.trim().is_empty() {
        return Err(Error::Level);
    }
    let wanted = Targets::from_str(level).map_err(|_| Error::Level)?;
    // A word that is no level reads as the name of a target, which leaves no level for the rest.
    let default = wanted.default_level().ok_or(Error::Level)?;
    let quiet = default.min(LevelFilter::WARN);
    Ok(Targets::new()
        .with_default(default)
        .with_targets(NOISY.map(|target| (target, quiet)))
        .with_targets(
            wanted
                .into_iter()
                .filter(|(target, _)| !target.starts_with(INDISCREET)),
        )
        .with_target(INDISCREET, LevelFilter::OFF))
}

fn message_of(payload: &(dyn std::any::Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// The process's metrics; the first call, which must be within the runtime, installs the recorder.
pub fn metrics() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(install).clone()
}

fn install() -> PrometheusHandle {
    let builder = PrometheusBuilder::new();
    // Refused only when there are no buckets.
    let builder = builder.set_buckets(&SECONDS).unwrap_or_default();
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::error!("another metrics recorder is installed; there will be no metrics");
    }
    metrics::describe_counter!("http_requests_total", "Requests answered");
    metrics::describe_histogram!(
        "http_request_duration_seconds",
        metrics::Unit::Seconds,
        "Time from a request's first byte to its answer's last"
    );
    metrics::describe_counter!(
        "log_lines_lost_total",
        "Log lines that standard output did not take"
    );
    let upkeep = handle.clone();
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(UPKEEP);
        loop {
            tick.tick().await;
            upkeep.run_upkeep();
        }
    });
    handle
}

/// `GET /metrics`, for a port that is not public.
pub fn metrics_router(handle: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(move || std::future::ready(handle.render())))
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn no_level_lets_the_library_be_heard_that_tells_what_people_say() {
        for level in [
            "trace",
            "info,async_openai=trace",
            "info,async_openai::error=error",
        ] {
            let filter = filter(level).unwrap();
            let heard = |target| filter.would_enable(target, &Level::ERROR);
            assert!(!heard("async_openai::error"), "{level}");
            assert!(heard("backend"), "{level}");
        }
    }
}
