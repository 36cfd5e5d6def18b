//! A backend that outlives the console it came with.

use std::{fs::File, net::SocketAddr, process::Stdio, time::Duration};

use bkend_console::cli::{Failure, Settings, output};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
    time::timeout,
};

/// From the start of the process to its first line; it may have to wait for the lock.
const START: Duration = Duration::from_secs(10);

/// Starts `bkend serve` on the address and data that this process has just let go of.
pub async fn serve(address: SocketAddr, settings: &Settings) -> Result<(), Failure> {
    let log = settings.log_file.clone().unwrap_or_else(|| settings.data_dir.join("serve.log"));
    let failed = |reason: String| {
        Failure::Failed(format!(
            "the backend could not be kept running ({reason}): start it with `bkend serve`; {} may say more",
            log.display()
        ))
    };
    let diagnostics =
        File::options().create(true).append(true).open(&log).map_err(|error| failed(error.to_string()))?;
    let program = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
    let mut command = Command::new(program);
    command
        .arg("serve")
        .args(["--listen", &address.to_string()])
        .arg("--data-dir")
        .arg(&settings.data_dir)
        .args(settings.public_url.iter().flat_map(|url| ["--public-url", url]))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(diagnostics);
    // What nobody named may be absent; what somebody did and is gone by now is an error, and is said.
    if settings.is_config_named || settings.config_file.exists() {
        command.arg("--config").arg(&settings.config_file);
    }
    // A group of its own: what the terminal sends to the console's does not reach it.
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    let (Some(stdout), Some(pid)) = (child.stdout.take(), child.id()) else {
        return Err(failed("it ended at once".into()));
    };
    let mut line = String::new();
    let first = timeout(START, BufReader::new(stdout).read_line(&mut line)).await;
    match line.trim_end().strip_prefix("listening on ") {
        Some(url) if first.is_ok() => {
            output::print(&format!("the backend keeps running at {url}; `kill {pid}` ends it"))
        }
        _ => Err(failed("it does not listen".into())),
    }
}
