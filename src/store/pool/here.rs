//! Opening and closing where the caller is, for one whose thread may block: the making of an environment
//! does both within a millisecond or two, and a hand-over to another thread costs as much as the work.

use std::{future, sync::Arc};

use tokio::time::{Instant, timeout_at};

use super::{Closed, Lease, Out, PATIENCE, Pool};
use crate::{
    domain::EnvironmentId,
    store::{Error, Transaction, environment::Durability},
};

impl Pool {
    /// As [`Pool::get`], on a thread that may block.
    ///
    /// # Errors
    /// As [`Pool::get`].
    pub async fn get_here(self: &Arc<Self>, id: &EnvironmentId, durability: Durability) -> Result<Lease, Error> {
        let opened = self.wait(id, |pool, id| future::ready(pool.open_on_this_thread(id, durability)));
        tokio::time::timeout(PATIENCE, opened).await.unwrap_or(Err(Error::Overloaded))
    }

    /// As [`Pool::close`], on a thread that may block, with one more write before it. Whoever else has a lease
    /// besides `lease` is waited for; whoever gives this up before its answer leaves the environment closing.
    ///
    /// # Errors
    /// What the write answers; [`Error::Closed`] when somebody else closes the environment already;
    /// [`Error::Overloaded`] when somebody else keeps it in use, who is waited for by whoever opens it next.
    pub async fn close_here(
        self: &Arc<Self>,
        id: &EnvironmentId,
        lease: Lease,
        last: impl FnOnce(&mut Transaction<'_>) -> Result<(), Error> + Send + 'static,
    ) -> Result<Closed, Error> {
        // The slot first: without a lease it could be closed to make room.
        let out = self.lock().keep_out(id);
        drop(lease);
        let mut file = match out {
            Out::Close(file) => file,
            Out::Wait => return Err(Error::Closed),
            Out::Kept => {
                self.free(id);
                return Err(Error::Closed);
            }
        };
        let deadline = Instant::now() + PATIENCE;
        let file = loop {
            // Created before the look, so that a lease that ends in between is not missed.
            let changed = self.changed.notified();
            match Arc::try_unwrap(file) {
                Ok(last) => break last,
                Err(shared) => file = shared,
            }
            if timeout_at(deadline, changed).await.is_err() {
                self.finish_closing(file, id.clone());
                return Err(Error::Overloaded);
            }
        };
        let closed = Closed { id: id.clone(), pool: Arc::clone(self) };
        file.close_after(last).map(|()| closed)
    }
}
