//! `bkend import`, from the command to the table that everybody sees: both readings, the way over
//! HTTP, and every commit synced.

use std::{fs, path::Path, time::Instant};

use serde_json::{Value, json};

use crate::{Result, fdatasync_median, median, server::Server};

/// Rows on one page of the hosted service at most.
const PAGE: u64 = 100;

pub async fn run(rows: u64, rounds: usize) -> Result<()> {
    let export = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let bytes = write_export(export.path(), rows)?;
    let mut rates = Vec::new();
    for _ in 0..rounds {
        let server = Server::bkend(&[]).await?;
        let sync = fdatasync_median(&mut std::fs::File::create(server.folder().join("fdatasync.probe"))?)?;
        let folder = export.path().to_str().ok_or("the folder's name is not text")?;
        let processor = server.processor_time()?;
        let fsyncs = server.count_fsyncs(std::time::Duration::from_mins(1));
        let began = Instant::now();
        let output = server.command(&["import", folder, "--yes", "--json", "--quiet"])?.output()?;
        let took = began.elapsed();
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        let processor = server.processor_time()?.saturating_sub(processor);
        let memory = server.resident_mebibytes()?;
        drop(server);
        let report: Value = serde_json::from_slice(&output.stdout)?;
        let sending = report["result"]["tables"][0]["seconds"].as_f64().ok_or("no time")?;
        #[expect(clippy::cast_precision_loss, reason = "rows of one export")]
        let counted = rows as f64;
        let rate = counted / took.as_secs_f64();
        println!(
            "{rows} rows, {} MB: {:.2} s in all, {rate:.0} rows/s; {sending:.2} s of it sending, {:.0} rows/s; server \
             {:.1} us a row and {memory:.0} MiB; {} fsyncs, fdatasync median {sync:.2} ms",
            bytes / 1_000_000,
            took.as_secs_f64(),
            counted / sending,
            processor.as_secs_f64() * 1e6 / counted,
            fsyncs.await.map_or("-".into(), |count| format!("{count:.0}")),
        );
        rates.push(rate);
    }
    println!("median: {:.0} rows/s, from the command to the visible table", median(rates.into_iter()));
    Ok(())
}

/// Rows as an app's table has them, about half a kilobyte each. Returns the bytes written.
fn write_export(folder: &Path, rows: u64) -> Result<usize> {
    let mut bytes = 0;
    let pages = rows.div_ceil(PAGE);
    for page in 1..=pages {
        let first = (page - 1) * PAGE;
        let items: Vec<Value> = (first..rows.min(first + PAGE)).map(row).collect();
        let pagination =
            json!({"total": rows, "page": page, "limit": PAGE, "totalPages": pages, "hasNext": page < pages});
        let text = json!({"success": true, "data": {"items": items, "pagination": pagination}}).to_string();
        bytes += text.len();
        fs::write(folder.join(format!("articles_page{page}.json")), text)?;
    }
    Ok(bytes)
}

fn row(number: u64) -> Value {
    json!({
        "id": format!("{number:024x}"),
        "title": format!("A post about something, number {number}"),
        "content": "Two or three sentences, as people write them when they are asked for an example of text.",
        "coverImage": format!("https://img.bkend.ai/images/{number:08x}.png"),
        "category": format!("category {}", number % 12),
        "isPublished": !number.is_multiple_of(3),
        "views": number % 1000,
        "tags": ["rust", "sqlite", format!("t{}", number % 50)],
        "publishedAt": "2025-03-01T09:30:00.000Z",
        "createdBy": format!("00000000-0000-4000-8000-{:012x}", number % 500),
        "createdAt": "2025-01-20T10:00:00.123Z",
        "updatedAt": "2025-02-01T00:00:00.000Z",
    })
}
