//! What concurrent requests do to the slots.

use tempfile::TempDir;

use super::*;
use crate::domain::{Timestamp, id::Entropy};

struct Fixture {
    pool: Arc<Pool>,
    ids: Vec<EnvironmentId>,
    _folder: TempDir,
}

impl Fixture {
    fn new(bound: usize, environments: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let entropy = Entropy::seeded(1);
        let directory = Arc::new(Directory::open(folder.path(), &entropy).expect("a data directory"));
        let pool = Arc::new(Pool::new(Arc::clone(&directory), bound, Arc::new(|_, _| {})).expect("a pool"));
        let ids: Vec<_> =
            (0..environments).map(|_| EnvironmentId::generate(&entropy, Timestamp::from_millis(1))).collect();
        for id in &ids {
            directory.create_environment(id, pool.template()).expect("created");
            directory.seal_environment(id).expect("sealed");
        }
        Self { pool, ids, _folder: folder }
    }

    async fn get(&self, index: usize) -> Result<Lease, Error> {
        self.pool.get(&self.ids[index], Durability::Full).await
    }

    fn open(&self) -> usize {
        self.pool.lock().by_id.values().filter(|slot| matches!(slot, Slot::Open { .. })).count()
    }
}

#[tokio::test]
async fn room_for_one_environment_is_made_by_closing_one() {
    let fixture = Fixture::new(4, 5);
    for index in 0..4 {
        fixture.get(index).await.expect("opens");
    }
    let last = fixture.get(4).await.expect("opens");
    assert_eq!(fixture.open(), 4, "the other three stay open");
    assert!(fixture.pool.lock().open(&fixture.ids[0]).is_none(), "the least recently used went");
    drop(last);
}

#[tokio::test]
async fn nobody_opens_an_environment_while_it_is_taken_away() {
    let fixture = Fixture::new(4, 1);
    fixture.get(0).await.expect("opens");
    let closed = fixture.pool.close(&fixture.ids[0]).await.expect("closes");
    let mut waiting = Box::pin(fixture.get(0));
    assert!(futures_util::poll!(&mut waiting).is_pending());
    fixture.pool.directory.remove_environment(&fixture.ids[0]).expect("removed");
    assert!(futures_util::poll!(&mut waiting).is_pending());
    drop(closed);
    assert!(waiting.await.is_err(), "there is nothing to open any more");
    assert!(fixture.pool.lock().by_id.is_empty(), "and no slot is left behind");
}

#[tokio::test]
async fn a_read_whose_caller_went_away_keeps_the_file_from_being_closed() {
    let fixture = Fixture::new(4, 1);
    let lease = fixture.get(0).await.expect("opens");
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (end, may_end) = std::sync::mpsc::channel::<()>();
    let caller = tokio::spawn(async move {
        let read = lease.read(move |_| {
            let _ = begun.send(());
            may_end.recv().map_err(|_| Error::Closed)
        });
        read.await
    });
    has_begun.await.expect("it reads");
    caller.abort();
    assert!(caller.await.is_err_and(|error| error.is_cancelled()));
    let mut closing = Box::pin(fixture.pool.close(&fixture.ids[0]));
    assert!(futures_util::poll!(&mut closing).is_pending());
    let uses = |fixture: &Fixture| fixture.pool.lock().by_id.len();
    assert_eq!(uses(&fixture), 1, "the slot is taken until the read is over");
    end.send(()).expect("it still reads");
    let closed = closing.await.expect("closes");
    drop(closed);
    assert_eq!(uses(&fixture), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_with_a_last_write_waits_for_whoever_else_has_a_lease() {
    let fixture = Fixture::new(4, 1);
    let lease = fixture.get(0).await.expect("opens");
    let other = lease.clone();
    let mut closing = Box::pin(fixture.pool.close_here(&fixture.ids[0], lease, |_| Ok(())));
    assert!(futures_util::poll!(&mut closing).is_pending());
    drop(other);
    drop(closing.await.expect("closes"));
    fixture.get(0).await.expect("opens again");
}
