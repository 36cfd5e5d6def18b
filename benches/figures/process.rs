//! What the kernel keeps account of for a process. Linux alone tells it in these files.

use std::time::Duration;

use crate::Result;

/// Processor time so far.
pub fn processor_time(pid: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: u64 = [11, 12].iter().filter_map(|i| fields.get(*i)?.parse::<u64>().ok()).sum();
    // USER_HZ is 100 on every Linux that this runs on.
    Ok(Duration::from_millis(ticks * 10))
}

pub fn resident_mebibytes(pid: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
    let kibibytes: f64 = line.split_whitespace().nth(1).ok_or("no number")?.parse()?;
    Ok(kibibytes / 1024.0)
}
