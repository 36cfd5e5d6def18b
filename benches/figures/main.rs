//! The figures of the backend, from outside: the real binary as a server of its own, and beside it
//! a bare server in the same run, so that the machine's mood touches both.
//!
//! ```sh
//! cargo bench --bench figures -- write     # durable POST, 16 connections
//! cargo bench --bench figures -- read      # GET by id; a list of 20 by an indexed filter
//! cargo bench --bench figures -- app       # POST, GET, list of 20 as a signed-in user of an app
//! cargo bench --bench figures -- create    # an environment, to Active
//! cargo bench --bench figures -- memory    # 2,000 environments, 16 in use
//! cargo bench --bench figures -- files     # one file of 1 GiB, sent and fetched
//! cargo bench --bench figures -- import    # a folder of pages, to a table that everybody sees
//! cargo bench --bench figures -- console   # the console in a terminal, over a stand-in for the server
//! ```
//! `--seconds N` is the length of one round (3), `--rounds N` their number (5). Everything stays on
//! loopback, in a temporary folder under `target/`, and ends by itself.
//!
//! The stand-in serves by hand as well, with `--environments N` (10,000), `--rows N` (100,000) in the
//! table of each, and `--changes N` (0) environments that change in a second, until it is ended:
//!
//! ```sh
//! cargo bench --bench figures -- --stand-in    # prints: listening on http://127.0.0.1:PORT
//! BKEND_TOKEN=stand-in bkend --url http://127.0.0.1:PORT
//! ```

#![expect(clippy::print_stdout, reason = "a benchmark speaks to whoever runs it")]

mod app;
mod bare;
mod console;
mod files;
mod import;
mod load;
mod process;
mod server;
mod stand_in;
mod terminal;

use std::{
    error::Error,
    io::Write,
    time::{Duration, Instant},
};

use load::{Load, Request};
use serde_json::{Value, json};
use server::Server;
use stand_in::Extent;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const CONNECTIONS: usize = 16;

struct Settings {
    round: Duration,
    rounds: usize,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [mode, path] = arguments.as_slice()
        && mode == "--bare"
    {
        return bare::serve(path);
    }
    let number = |name: &str, default: u64| {
        let position = arguments.iter().position(|argument| argument == name);
        position.and_then(|i| arguments.get(i + 1)).and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let extent = Extent {
        environments: number("--environments", 10_000).max(2),
        rows: number("--rows", 100_000),
        changes: number("--changes", 0),
    };
    match arguments.first().map(String::as_str) {
        Some("--stand-in") => return stand_in::serve(extent),
        Some("--echo") => return terminal::echo(),
        _ => {}
    }
    // The client library has none of its own; nothing here is encrypted, and it wants one all the same.
    rustls::crypto::ring::default_provider().install_default().map_err(|_| "a provider is installed already")?;
    if arguments.first().is_some_and(|mode| mode == "console") {
        return console::run(extent);
    }
    let settings = Settings {
        round: Duration::from_secs(number("--seconds", 3).clamp(1, 60)),
        rounds: usize::try_from(number("--rounds", 5).clamp(1, 50))?,
    };
    let environments = number("--environments", 2000);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        match arguments.first().map(String::as_str) {
            Some("write") => write(&settings).await,
            Some("read") => read(&settings).await,
            Some("app") => app::run(&settings).await,
            Some("create") => create(environments).await,
            Some("memory") => memory(environments).await,
            Some("files") => files::run(number("--mebibytes", 1024), settings.rounds).await,
            Some("import") => import::run(number("--rows", 200_000), settings.rounds).await,
            _ => {
                println!(
                    "say which: write, read, app, create, memory, files, import or console (cargo bench --bench figures -- write)"
                );
                Ok(())
            }
        }
    })
}

const POST: &str = r#"{"title":"A post about something","content":"Two or three sentences, as people write them when they are asked for an example of text.","status":"s7","views":12,"published":true}"#;

/// The columns of the table that both servers are asked about, and the index on one of them.
fn posts() -> Value {
    json!({
        "name": "posts",
        "schema": {
            "title": {"bsonType": "string", "required": true, "maxLength": 200},
            "content": {"bsonType": "string", "required": true},
            "status": {"bsonType": "string"},
            "views": {"bsonType": "int", "minimum": 0},
            "published": {"bsonType": "bool", "default": false},
        },
        "indexes": [{"name": "by_status", "fields": {"status": 1}}],
    })
}

async fn write(settings: &Settings) -> Result<()> {
    let ours = Server::bkend(&[]).await?;
    let bare = Server::bare()?;
    let key = ours.environment_with_table(&posts()).await?;
    let to_ours = Request::new("POST", "/v1/data/posts", &key, POST);
    let to_bare = Request::new("POST", "/posts", "", POST);
    println!(
        "durable POST, {CONNECTIONS} connections; both: SQLite, WAL, synchronous=FULL, answered after the fdatasync"
    );
    compare("POST", settings, (&ours, |_| to_ours.clone()), (&bare, |_| to_bare.clone())).await
}

async fn read(settings: &Settings) -> Result<()> {
    const ROWS: usize = 50_000;
    let ours = Server::bkend(&[]).await?;
    let bare = Server::bare()?;
    let key = ours.environment_with_table(&posts()).await?;
    // 250 values of `status`: each matches 200 of the rows.
    let body = |row: usize| POST.replace("\"s7\"", &format!("\"s{}\"", row % 250));
    let fill = |row: usize| Request::new("POST", "/v1/data/posts", &key, &body(row));
    let ids_ours = load::fill(ours.address, ROWS, 64, fill).await?;
    let fill = |row: usize| Request::new("POST", "/posts", "", &body(row));
    let ids_bare = load::fill(bare.address, ROWS, 64, fill).await?;
    println!("{ROWS} rows each, {CONNECTIONS} connections");
    compare(
        "GET by id",
        settings,
        (&ours, |n| Request::new("GET", &format!("/v1/data/posts/{}", ids_ours[n * 7919 % ROWS]), &key, "")),
        (&bare, |n| Request::new("GET", &format!("/posts/{}", ids_bare[n * 7919 % ROWS]), "", "")),
    )
    .await?;
    let filter = |n: usize| format!("%7B%22status%22%3A%22s{}%22%7D", n * 17 % 250);
    compare(
        "list 20 of 200 matching, counted",
        settings,
        (&ours, |n| Request::new("GET", &format!("/v1/data/posts?limit=20&andFilters={}", filter(n)), &key, "")),
        (&bare, |n| Request::new("GET", &format!("/posts?status=s{}", n * 17 % 250), "", "")),
    )
    .await
}

/// Rounds of one and the other in turn, and the ratio of each pair.
async fn compare(
    name: &str,
    settings: &Settings,
    (ours, to_ours): (&Server, impl Fn(usize) -> Request),
    (bare, to_bare): (&Server, impl Fn(usize) -> Request),
) -> Result<()> {
    let warm_up = Duration::from_millis(500);
    load::run(ours.address, CONNECTIONS, warm_up, &to_ours).await?;
    load::run(bare.address, CONNECTIONS, warm_up, &to_bare).await?;
    let mut pairs = Vec::new();
    for _ in 0..settings.rounds {
        let first = measured(ours, settings.round, &to_ours).await?;
        let second = measured(bare, settings.round, &to_bare).await?;
        pairs.push((first, second));
    }
    println!("\n{name:34} {:>9} {:>9} {:>9} {:>9} {:>9}", "req/s", "p50 ms", "p99 ms", "cpu us", "fsyncs/s");
    line("bkend", &pairs.iter().map(|pair| &pair.0));
    line("bare axum + rusqlite", &pairs.iter().map(|pair| &pair.1));
    let ratios = pairs.iter().map(|(ours, bare)| ours.rate / bare.rate);
    println!("{:34} {:>8.0}%", "ratio, median of pairs", median(ratios) * 100.0);
    Ok(())
}

struct Measured {
    rate: f64,
    p50: f64,
    p99: f64,
    cpu: f64,
    fsyncs: Option<f64>,
}

async fn measured(server: &Server, round: Duration, request: &impl Fn(usize) -> Request) -> Result<Measured> {
    let fsyncs = server.count_fsyncs(round);
    let before = server.processor_time()?;
    let Load { requests, mut latencies, took } = load::run(server.address, CONNECTIONS, round, request).await?;
    let processor = server.processor_time()?.saturating_sub(before);
    latencies.sort_unstable();
    let at = |share: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let index = (latencies.len() as f64 * share) as usize;
        latencies.get(index.min(latencies.len().saturating_sub(1))).map_or(0.0, |l| l.as_secs_f64() * 1000.0)
    };
    #[expect(clippy::cast_precision_loss, reason = "counts of one round")]
    let requests = requests as f64;
    Ok(Measured {
        rate: requests / took.as_secs_f64(),
        p50: at(0.50),
        p99: at(0.99),
        cpu: processor.as_secs_f64() * 1e6 / requests,
        fsyncs: fsyncs.await.map(|count| count / round.as_secs_f64()),
    })
}

fn line<'a>(name: &str, rounds: &(impl Iterator<Item = &'a Measured> + Clone)) {
    let of = |figure: fn(&Measured) -> f64| median(rounds.clone().map(figure));
    let fsyncs = rounds.clone().all(|round| round.fsyncs.is_some());
    let fsyncs = if fsyncs { format!("{:9.0}", of(|r| r.fsyncs.unwrap_or_default())) } else { "        -".into() };
    println!(
        "{name:34} {:9.0} {:9.2} {:9.2} {:9.1} {fsyncs}",
        of(|r| r.rate),
        of(|r| r.p50),
        of(|r| r.p99),
        of(|r| r.cpu)
    );
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

async fn create(environments: u64) -> Result<()> {
    const COUNTED: usize = 50;
    let ours = Server::bkend(&[]).await?;
    for (label, present) in [("few environments", 0), ("many environments", environments)] {
        for number in 0..present {
            ours.create_environment(&format!("filler-{number}")).await?;
        }
        let (mut took, mut syncs) = (Vec::new(), Vec::new());
        let mut probe = std::fs::File::create(ours.folder().join("fdatasync.probe"))?;
        let fsyncs = ours.count_fsyncs(Duration::from_secs(10));
        let began = Instant::now();
        for number in 0..COUNTED {
            // In turn, because a disk's mood changes within seconds.
            syncs.push(fdatasync_median(&mut probe)?);
            took.push(ours.create_environment(&format!("counted-{present}-{number}")).await?);
        }
        let elapsed = began.elapsed();
        let fsyncs = fsyncs.await;
        let sync = median(syncs.into_iter());
        let middle = median(took.iter().copied());
        println!(
            "{label} ({}): median {middle:.2} ms in the server, {:.1} times this run's fdatasync median of {sync:.3} ms, \
             {} fsyncs each, {elapsed:.1?} for {COUNTED}",
            ours.count_environments().await?,
            middle / sync,
            fsyncs.map_or("-".into(), |count| format!("{:.1}", count / 50.0)),
        );
    }
    Ok(())
}

async fn memory(environments: u64) -> Result<()> {
    let ours = Server::bkend(&[]).await?;
    for number in 0..environments {
        ours.create_environment(&format!("env-{number}")).await?;
    }
    let ours = ours.restart().await?;
    let resting = ours.resident_mebibytes()?;
    let mut keys = Vec::new();
    for environment in ours.environments(16).await? {
        keys.push(ours.table_in(&environment, &posts()).await?);
    }
    let request = |n: usize| match n % 2 {
        0 => Request::new("POST", "/v1/data/posts", &keys[n / 2 % keys.len()], POST),
        _ => Request::new("GET", "/v1/data/posts?limit=20", &keys[n / 2 % keys.len()], ""),
    };
    load::run(ours.address, CONNECTIONS, Duration::from_secs(5), &request).await?;
    let busy = ours.resident_mebibytes()?;
    println!("{environments} environments: {resting:.1} MiB after the start, {busy:.1} MiB with 16 in use");
    Ok(())
}

/// What one small durable write costs on the disk that the servers use. The file stays: making and
/// removing one each time would slow down whoever makes files beside it.
fn fdatasync_median(file: &mut std::fs::File) -> Result<f64> {
    let mut took = Vec::new();
    for _ in 0..20 {
        file.write_all(&[7; 4096])?;
        let began = Instant::now();
        file.sync_data()?;
        took.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(median(took.into_iter()))
}
