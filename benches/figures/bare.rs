//! The least that a durable record server can be on the same libraries: axum, one SQLite file, one
//! writer thread that commits what is waiting, readers on the blocking pool. No keys, no schema, no
//! validation, no permissions, no envelope, no events.

use std::{path::Path, sync::Arc, sync::Mutex};

use axum::{
    Json, Router,
    extract::{Path as Segment, Query, State},
    response::IntoResponse,
    routing::get,
};
use rusqlite::{Connection, params};
use tokio::sync::{mpsc, oneshot};

use crate::Result;

struct Insert {
    id: String,
    status: String,
    document: String,
    answer: oneshot::Sender<()>,
}

#[derive(Clone)]
struct Shared {
    inserts: mpsc::Sender<Insert>,
    readers: Arc<Mutex<Vec<Connection>>>,
    path: Arc<Path>,
}

/// Listens on a free port, says which on standard output, and serves until it is killed.
pub fn serve(path: &str) -> Result<()> {
    let path: Arc<Path> = Path::new(path).into();
    let connection = open(&path)?;
    connection.execute_batch(
        "CREATE TABLE posts (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, status TEXT, doc TEXT NOT NULL);
         CREATE INDEX by_status ON posts (status, id);",
    )?;
    let (inserts, queue) = mpsc::channel(1024);
    std::thread::spawn(move || write(&connection, queue));
    let shared = Shared { inserts, readers: Arc::default(), path };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on http://{}", listener.local_addr()?);
        let router =
            Router::new().route("/posts", get(list).post(insert)).route("/posts/{id}", get(one)).with_state(shared);
        Ok(axum::serve(listener, router).await?)
    })
}

fn open(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA journal_mode = wal; PRAGMA synchronous = full;")?;
    Ok(connection)
}

fn write(connection: &Connection, mut queue: mpsc::Receiver<Insert>) {
    let mut run = || -> rusqlite::Result<()> {
        let mut begin = connection.prepare("BEGIN IMMEDIATE")?;
        let mut commit = connection.prepare("COMMIT")?;
        let mut insert = connection.prepare("INSERT INTO posts (id, status, doc) VALUES (?1, ?2, ?3)")?;
        while let Some(first) = queue.blocking_recv() {
            let mut batch = vec![first];
            while batch.len() < 256
                && let Ok(next) = queue.try_recv()
            {
                batch.push(next);
            }
            begin.execute([])?;
            for row in &batch {
                insert.execute(params![row.id, row.status, row.document])?;
            }
            commit.execute([])?;
            for row in batch {
                let _ = row.answer.send(());
            }
        }
        Ok(())
    };
    run().expect("the bare server's statements are valid");
}

async fn insert(State(shared): State<Shared>, Json(mut body): Json<serde_json::Value>) -> impl IntoResponse {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    let id = format!("{:024x}", NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    let status = body["status"].as_str().unwrap_or_default().to_owned();
    body["id"] = id.clone().into();
    let document = body.to_string();
    let (answer, done) = oneshot::channel();
    let row = Insert { id, status, document: document.clone(), answer };
    shared.inserts.send(row).await.expect("the writer runs");
    done.await.expect("the writer answers");
    json(201, document)
}

async fn one(State(shared): State<Shared>, Segment(id): Segment<String>) -> impl IntoResponse {
    let document = read(shared, move |connection| {
        let mut statement = connection.prepare_cached("SELECT doc FROM posts WHERE id = ?1")?;
        statement.query_row([id], |row| row.get::<_, String>(0))
    });
    json(200, document.await)
}

#[derive(serde::Deserialize)]
struct Filter {
    status: String,
}

async fn list(State(shared): State<Shared>, Query(filter): Query<Filter>) -> impl IntoResponse {
    let body = read(shared, move |connection| {
        let mut page =
            connection.prepare_cached("SELECT doc FROM posts WHERE status = ?1 ORDER BY id DESC LIMIT 20 OFFSET 0")?;
        let mut body = String::from("{\"items\":[");
        for (position, document) in page.query_map([&filter.status], |row| row.get::<_, String>(0))?.enumerate() {
            if position > 0 {
                body.push(',');
            }
            body.push_str(&document?);
        }
        let mut count = connection.prepare_cached("SELECT count(*) FROM posts WHERE status = ?1")?;
        let total: i64 = count.query_row([&filter.status], |row| row.get(0))?;
        Ok(format!("{body}],\"total\":{total}}}"))
    });
    json(200, body.await)
}

async fn read(shared: Shared, job: impl FnOnce(&Connection) -> rusqlite::Result<String> + Send + 'static) -> String {
    let blocking = tokio::task::spawn_blocking(move || {
        let idle = shared.readers.lock().expect("no reader panics").pop();
        let connection = idle.map_or_else(|| open(&shared.path), Ok).expect("the file opens");
        let result = job(&connection).expect("the query is valid");
        shared.readers.lock().expect("no reader panics").push(connection);
        result
    });
    blocking.await.expect("the query runs")
}

fn json(status: u16, body: String) -> impl IntoResponse {
    let status = axum::http::StatusCode::from_u16(status).expect("a status");
    (status, [("content-type", "application/json")], body)
}
