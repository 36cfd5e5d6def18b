//! A log that is written in pieces is the log that SQLite meant.

use std::{cell::Cell, path::Path};

use proptest::prelude::*;
use rusqlite::{Connection, params};

use super::*;
use crate::store::{Durability, environment::connect, fixture::DataFile};

const PAGE: u64 = 4096;

fn log(path: &Path) -> u64 {
    std::fs::metadata(path.with_file_name("data.db-wal")).map_or(0, |log| log.len())
}

fn with_table(connection: &Connection) {
    let table = "CREATE TABLE t (id INTEGER PRIMARY KEY, value BLOB NOT NULL, tag INTEGER NOT NULL);
        CREATE INDEX t_tag ON t (tag, id);";
    connection.execute_batch(table).expect("made");
}

/// Calls of the system that this thread has written with.
#[cfg(target_os = "linux")]
fn writes() -> u64 {
    let counters = std::fs::read_to_string("/proc/thread-self/io").expect("the kernel counts");
    let line = counters.lines().find_map(|line| line.strip_prefix("syscw: ")).expect("a counter of writes");
    line.parse().expect("a number")
}

#[cfg(target_os = "linux")]
#[test]
fn a_commit_of_many_pages_is_two_calls() {
    let file = DataFile::new();
    let connection = connect(file.path(), Durability::Full).expect("opens");
    with_table(&connection);
    let mut calls = Vec::new();
    for round in 0..2 {
        connection.execute_batch("BEGIN IMMEDIATE").expect("begun");
        for row in 0..12 {
            let values = params![round * 100 + row, vec![1_u8; 3000], row];
            connection.execute("INSERT INTO t VALUES (?1, ?2, ?3)", values).expect("inserted");
        }
        let (size, before) = (log(file.path()), writes());
        commit(&connection).expect("committed");
        calls.push((writes() - before, (log(file.path()) - size) / (PAGE + HEADER as u64)));
    }
    let (writes, frames) = calls[1];
    assert!(frames >= 12, "{frames} frames");
    assert_eq!(writes, 2, "what is before the last page, and that page");
}

/// Commits of all sizes, some of which fill the page cache before they end, some of which are rolled back after that,
/// beside a connection over the system's own VFS that reads, writes and folds the log in.
#[test]
fn what_is_committed_is_what_another_connection_finds() {
    for durability in [Durability::Full, Durability::Deferred] {
        let file = DataFile::new();
        let ours = connect(file.path(), durability).expect("opens");
        with_table(&ours);
        let plain = Connection::open(file.path()).expect("opens");
        let mut random = fastrand::Rng::with_seed(7);
        let mut expected: Vec<(i64, Vec<u8>)> = Vec::new();
        for round in 0..120_i64 {
            let before = expected.clone();
            ours.execute_batch("BEGIN IMMEDIATE").expect("begun");
            // The cache is 512 KiB: one in six is larger.
            let rows = if round % 6 == 0 { 250 } else { random.i64(1..20) };
            for row in 0..rows {
                let value = vec![random.u8(..); random.usize(10..4000)];
                if !expected.is_empty() && random.u8(..) < 90 {
                    let place = random.usize(..expected.len());
                    expected[place].1.clone_from(&value);
                    let changed = "UPDATE t SET value = ?2 WHERE id = ?1";
                    ours.execute(changed, params![expected[place].0, value]).expect("updated");
                } else {
                    let id = round * 1000 + row;
                    ours.execute("INSERT INTO t VALUES (?1, ?2, ?3)", params![id, value, row % 7]).expect("inserted");
                    expected.push((id, value));
                }
            }
            if round % 5 == 3 || round % 12 == 6 {
                ours.execute_batch("ROLLBACK").expect("rolled back");
                expected = before;
            } else {
                commit(&ours).expect("committed");
            }
            if round % 4 == 2 {
                let id = round * 1000 + 999;
                plain.execute("INSERT INTO t VALUES (?1, x'07', 3)", [id]).expect("inserted");
                expected.push((id, vec![7]));
            }
            if round % 9 == 8 {
                plain.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(())).expect("folded in");
            }
            for connection in [&plain, &ours] {
                let sum = "SELECT count(*), coalesce(sum(length(value)), 0) FROM t INDEXED BY t_tag WHERE tag >= 0";
                let found: (usize, usize) =
                    connection.query_row(sum, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("counted");
                let bytes = expected.iter().map(|(_, value)| value.len()).sum();
                assert_eq!(found, (expected.len(), bytes), "round {round}");
            }
        }
        drop(ours);
        let sound: String = plain.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("checked");
        assert_eq!(sound, "ok");
        let mut rows = plain.prepare("SELECT id, value FROM t ORDER BY id").expect("prepared");
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("read");
        expected.sort();
        assert_eq!(rows.collect::<Result<Vec<(i64, Vec<u8>)>, _>>().expect("read"), expected);
    }
}

#[test]
fn a_copy_taken_at_any_commit_opens_with_all_of_it() {
    let file = DataFile::new();
    let ours = connect(file.path(), Durability::Full).expect("opens");
    with_table(&ours);
    for round in 1..=20_i64 {
        ours.execute_batch("BEGIN IMMEDIATE").expect("begun");
        for row in 0..round {
            let values = params![round * 100 + row, vec![1_u8; 2000]];
            ours.execute("INSERT INTO t VALUES (?1, ?2, 0)", values).expect("inserted");
        }
        commit(&ours).expect("committed");
        // What a process that is killed now leaves.
        let copy = tempfile::tempdir().expect("a folder");
        for name in ["data.db", "data.db-wal"] {
            std::fs::copy(file.path().with_file_name(name), copy.path().join(name)).expect("copied");
        }
        let found = Connection::open(copy.path().join("data.db")).expect("opens");
        let rows: i64 = found.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).expect("counted");
        assert_eq!(rows, round * (round + 1) / 2);
    }
}

#[test]
fn a_commit_that_fails_leaves_nothing_of_its_transaction() {
    let file = DataFile::new();
    let ours = connect(file.path(), Durability::Full).expect("opens");
    with_table(&ours);
    ours.execute_batch("CREATE TABLE child (parent REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)").expect("made");
    for row in 0..3 {
        ours.execute_batch("BEGIN IMMEDIATE").expect("begun");
        ours.execute("INSERT INTO t VALUES (?1, x'01', 0)", [row]).expect("inserted");
        if row == 1 {
            ours.execute_batch("INSERT INTO child VALUES (99)").expect("looked at in the end");
            commit(&ours).expect_err("there is no such parent");
        } else {
            commit(&ours).expect("committed");
        }
        assert!(ours.is_autocommit());
        GATHERED.with_borrow(|gathered| assert!(!gathered.is_gathering && gathered.bytes.is_empty()));
    }
    let rows: String =
        ours.query_row("SELECT group_concat(id) FROM t", [], |row| row.get(0)).expect("those that were committed");
    assert_eq!(rows, "0,2");
}

/// What SQLite may do to a log, in frames of a page of eight bytes.
#[derive(Clone, Debug)]
enum Step {
    Frame { at: u8, commits: bool },
    Page { at: u8 },
    Flush,
    Begin,
    End,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..6_u8, prop::bool::weighted(0.2)).prop_map(|(at, commits)| Step::Frame { at, commits }),
        2 => (0..6_u8).prop_map(|at| Step::Page { at }),
        2 => Just(Step::Flush),
        3 => Just(Step::Begin),
        1 => Just(Step::End),
    ]
}

const SMALL: usize = HEADER + 8;

proptest! {
    #[test]
    fn the_log_gets_all_in_order_and_hears_of_failures(steps in prop::collection::vec(step(), 1..60), fails in 0..80_usize) {
        let (log, gets) = (Cell::new(vec![0_u8; SMALL * 8]), Cell::new(0_usize));
        let system = |piece: Piece<'_>| {
            gets.set(gets.get() + 1);
            if gets.get() == fails {
                return ffi::SQLITE_FULL;
            }
            let mut bytes = log.take();
            let start = usize::try_from(piece.offset).expect("within the log");
            bytes[start..start + piece.bytes.len()].copy_from_slice(piece.bytes);
            log.set(bytes);
            ffi::SQLITE_OK
        };
        let mut meant = vec![0_u8; SMALL * 8];
        let mut gathered = Gathered::new();
        let mut value = 0_u8;
        for step in steps {
            let mut pieces = Vec::new();
            value = value.wrapping_add(1) | 1;
            match step {
                Step::Frame { at, commits } => {
                    let mut header = [value; HEADER];
                    header[COMMITS].copy_from_slice(&if commits { [value; 4] } else { [0; 4] });
                    pieces.push((usize::from(at) * SMALL, header.to_vec()));
                    pieces.push((usize::from(at) * SMALL + HEADER, vec![value; 8]));
                }
                Step::Page { at } => pieces.push((usize::from(at) * SMALL + HEADER, vec![value; 8])),
                Step::Flush | Step::Begin | Step::End => {}
            }
            // An end while frames are held back is a commit that failed: it gives them up.
            let gives_up = matches!(step, Step::End) && !gathered.bytes.is_empty();
            let mut code = match step {
                Step::Flush => gathered.flush(system),
                Step::Begin => { gathered.begin(); ffi::SQLITE_OK }
                Step::End => { gathered.end(); ffi::SQLITE_OK }
                Step::Frame { .. } | Step::Page { .. } => ffi::SQLITE_OK,
            };
            for (offset, bytes) in &pieces {
                if code == ffi::SQLITE_OK {
                    let piece = Piece { log: ptr::null_mut(), offset: i64::try_from(*offset).expect("small"), bytes };
                    code = gathered.write(piece, system);
                    meant[*offset..offset + bytes.len()].copy_from_slice(bytes);
                }
            }
            let is_told = gets.get() == fails && fails > 0;
            prop_assert_eq!(code != ffi::SQLITE_OK, is_told, "a failure is an answer to the call that met it");
            if is_told || gives_up {
                prop_assert!(gathered.bytes.is_empty(), "what failed is not written later");
                return Ok(());
            }
            let committed = matches!(step, Step::Frame { commits: true, .. } | Step::End);
            prop_assert!(!committed || !gathered.is_gathering, "a commit is over with its last frame");
            if gathered.bytes.is_empty() {
                let now = log.take();
                prop_assert_eq!(&now, &meant);
                log.set(now);
            }
            prop_assert!(gathered.is_gathering || gathered.bytes.is_empty(), "outside of a commit nothing is held back");
        }
    }
}
