//! What the page shows, as a list that goes out: a row for each environment.

use serde::Serialize;

use super::Overview;
use crate::{
    console::{shell::Shell, task::Export},
    domain::{EnvironmentName, EnvironmentType, Status, Timestamp, api::Environment},
};

/// The columns of CSV, in the order of the screen.
const COLUMNS: [&str; 15] = [
    "environment",
    "type",
    "status",
    "requests",
    "clientErrors",
    "serverErrors",
    "p50Ms",
    "p99Ms",
    "bytes",
    "tables",
    "rows",
    "users",
    "files",
    "isolated",
    "verifiedAt",
];

/// An environment with its figures of the last ten minutes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    environment: &'a EnvironmentName,
    #[serde(rename = "type")]
    kind: EnvironmentType,
    status: Status,
    /// Unknown until the server has told what it counted.
    requests: Option<u64>,
    client_errors: Option<u64>,
    server_errors: Option<u64>,
    p50_ms: Option<f64>,
    p99_ms: Option<f64>,
    bytes: u64,
    tables: u64,
    rows: u64,
    users: u64,
    files: u64,
    /// Whether the last proof held; nothing where there was none.
    isolated: Option<bool>,
    verified_at: Option<Timestamp>,
}

/// The environments that are listed, in the order of their tabs.
pub fn export(page: &Overview, shell: &Shell) -> Export {
    let listed = page.listed.iter().filter_map(|id| shell.environments.get(id));
    let lines: Vec<_> = listed.map(|entry| line(page, shell, &entry.environment)).collect();
    Export::known("overview", None, &COLUMNS, &lines)
}

fn line<'a>(page: &Overview, shell: &Shell, environment: &'a Environment) -> Line<'a> {
    let is_counted = page.figures.metrics.value().is_some();
    let traffic = page.figures.of(&environment.id).map(|metrics| metrics.total);
    // The server counts nothing where nobody asked.
    let traffic = traffic.or_else(|| is_counted.then(Default::default));
    let verification = shell.isolation.of(&environment.id);
    let usage = environment.usage;
    Line {
        environment: &environment.name,
        kind: environment.kind,
        status: environment.status,
        requests: traffic.map(|traffic| traffic.requests),
        client_errors: traffic.map(|traffic| traffic.client_errors),
        server_errors: traffic.map(|traffic| traffic.server_errors),
        p50_ms: traffic.and_then(|traffic| traffic.p50_ms),
        p99_ms: traffic.and_then(|traffic| traffic.p99_ms),
        bytes: usage.bytes,
        tables: usage.tables,
        rows: usage.rows,
        users: usage.users,
        files: usage.files,
        isolated: verification.map(|verification| verification.proofs.iter().all(|proof| proof.passed)),
        verified_at: verification.map(|verification| verification.at),
    }
}
