//! One large file: sent and fetched, beside `cp` and an fsync of the same bytes on the same disk.
//!
//! The client is two system calls in a loop, so that what is measured is the server.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::{Result, median, server::Server};

const CHUNK: usize = 1 << 20;

pub async fn run(mebibytes: u64, rounds: usize) -> Result<()> {
    let config = tempfile::NamedTempFile::new()?;
    std::fs::write(config.path(), format!("max-file-size = {}\n", mebibytes << 20))?;
    let ours = Server::bkend(&["--config", config.path().to_str().ok_or("a path that is not text")?]).await?;
    let source = ours.folder().join("source");
    fill(&source, mebibytes)?;
    let target = ours.presigned().await?;
    let target = target.split_once("/v1/").map(|(_, rest)| format!("/v1/{rest}")).ok_or("no path")?;
    let bare = target.split('?').next().unwrap_or_default();
    let idle = ours.resident_mebibytes()?;
    let (mut copies, mut uploads, mut downloads, mut peak) = (Vec::new(), Vec::new(), Vec::new(), idle);
    for _ in 0..rounds {
        copies.push(copied(&source)?);
        let watched = |transfer: &(dyn Fn() -> Result<Duration> + Sync)| watched(&ours, transfer);
        let (took, most) = watched(&|| sent(ours.address, &target, &source))?;
        uploads.push(took);
        peak = peak.max(most);
        let (took, most) = watched(&|| fetched(ours.address, bare, mebibytes << 20))?;
        downloads.push(took);
        peak = peak.max(most);
    }
    let copy = seconds(&copies);
    println!("{mebibytes} MiB, median of {rounds} rounds in turn");
    for (name, took) in [("cp and fsync", copy), ("upload", seconds(&uploads)), ("download", seconds(&downloads))] {
        #[expect(clippy::cast_precision_loss, reason = "mebibytes of one file")]
        let rate = mebibytes as f64 / took;
        println!("{name:14} {took:6.2} s {rate:8.0} MiB/s {:6.0} % of cp", copy / took * 100.0);
    }
    println!("resident: {idle:.1} MiB before, {peak:.1} MiB at most ({:+.1})", peak - idle);
    Ok(())
}

/// Bytes that no file system can make less of.
fn fill(path: &Path, mebibytes: u64) -> Result<()> {
    let mut file = File::create(path)?;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..mebibytes {
        let mut chunk = Vec::with_capacity(CHUNK);
        while chunk.len() < CHUNK {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            chunk.extend_from_slice(&state.to_le_bytes());
        }
        file.write_all(&chunk)?;
    }
    Ok(file.sync_all()?)
}

fn copied(source: &Path) -> Result<Duration> {
    let copy = source.with_extension("copy");
    let began = Instant::now();
    let status = Command::new("cp").args(["--reflink=never"]).arg(source).arg(&copy).status()?;
    File::open(&copy)?.sync_all()?;
    let took = began.elapsed();
    std::fs::remove_file(copy)?;
    if status.success() { Ok(took) } else { Err("cp failed".into()) }
}

fn sent(address: SocketAddr, target: &str, source: &Path) -> Result<Duration> {
    let mut file = File::open(source)?;
    let length = file.metadata()?.len();
    let mut stream = TcpStream::connect(address)?;
    let began = Instant::now();
    write!(
        stream,
        "PUT {target} HTTP/1.1\r\nhost: {address}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    )?;
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk)? {
            0 => break,
            read => stream.write_all(&chunk[..read])?,
        }
    }
    expect_ok(&mut BufReader::new(stream))?;
    Ok(began.elapsed())
}

fn fetched(address: SocketAddr, target: &str, length: u64) -> Result<Duration> {
    let mut stream = TcpStream::connect(address)?;
    let began = Instant::now();
    write!(stream, "GET {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let mut reader = BufReader::with_capacity(CHUNK, stream);
    expect_ok(&mut reader)?;
    let mut received = 0;
    let mut chunk = vec![0; CHUNK];
    loop {
        match reader.read(&mut chunk)? {
            0 => break,
            read => received += read as u64,
        }
    }
    if received == length { Ok(began.elapsed()) } else { Err(format!("{received} bytes came").into()) }
}

/// Reads the head of an answer.
fn expect_ok(reader: &mut impl BufRead) -> Result<()> {
    let mut status = String::new();
    reader.read_line(&mut status)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    if status.starts_with("HTTP/1.1 200") { Ok(()) } else { Err(format!("the server answered {status}").into()) }
}

/// What `transfer` took, and the most that the server held meanwhile.
fn watched(server: &Server, transfer: &(dyn Fn() -> Result<Duration> + Sync)) -> Result<(Duration, f64)> {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut most = 0.0_f64;
            while !over.load(Ordering::Relaxed) {
                most = most.max(server.resident_mebibytes().unwrap_or_default());
                thread::sleep(Duration::from_millis(20));
            }
            most
        });
        let took = transfer();
        over.store(true, Ordering::Relaxed);
        let most = watch.join().map_err(|_| "the watch ended early")?;
        Ok((took?, most))
    })
}

fn seconds(took: &[Duration]) -> f64 {
    median(took.iter().map(Duration::as_secs_f64))
}
