//! Carries out effects outside of the loop: each call in a task of its own, its answer a message.

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    path::PathBuf,
    pin::pin,
    sync::{Arc, mpsc::SyncSender},
    time::Duration,
};

use futures_util::FutureExt as _;
use secrecy::SecretString;
use tokio::{
    runtime::Handle,
    sync::Semaphore,
    task::{AbortHandle, JoinSet},
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    call::{Call, Reply},
    effect::Request,
    message::{Message, TaskNews},
    session::Session,
    task::{self, Meter, Product, Task, TaskId},
    terminal::clipboard,
};
use crate::client::{Client, Error};

/// Calls under way at a time. More would only queue up in the server; those beyond wait here.
const AT_ONCE: usize = 8;
/// Long work under way at a time; what else was asked for waits its turn.
const TASKS_AT_ONCE: usize = 3;
/// How often a task is looked at: a bar that moves more often tells nobody more.
const LOOK: Duration = Duration::from_millis(100);
/// For what is given up to clean up behind itself.
const GIVING_UP: Duration = Duration::from_secs(1);

/// Owns every task; they end when it is dropped.
#[derive(Debug)]
pub struct Runtime {
    handle: Handle,
    client: Client,
    /// Bounded. A task that finds it full waits for the loop, which never waits for a task.
    messages: SyncSender<Message>,
    at_once: Arc<Semaphore>,
    tasks: JoinSet<()>,
    /// Long work among them, which may want a moment to end.
    work: JoinSet<()>,
    turns: Arc<Semaphore>,
    /// The way to stop each task that runs.
    stops: HashMap<TaskId, (AbortHandle, CancellationToken)>,
    follower: Option<AbortHandle>,
    session_file: Option<PathBuf>,
}

impl Runtime {
    pub fn new(handle: Handle, client: Client, messages: SyncSender<Message>, session_file: Option<PathBuf>) -> Self {
        let at_once = Arc::new(Semaphore::new(AT_ONCE));
        Self {
            handle,
            client,
            messages,
            at_once,
            tasks: JoinSet::new(),
            work: JoinSet::new(),
            turns: Arc::new(Semaphore::new(TASKS_AT_ONCE)),
            stops: HashMap::new(),
            follower: None,
            session_file,
        }
    }

    pub fn call(&mut self, request: Request) {
        let (client, messages, at_once) = (self.client.clone(), self.messages.clone(), Arc::clone(&self.at_once));
        self.spawn(async move {
            // Never closed.
            let _permit = at_once.acquire_owned().await;
            let Request { ticket, call } = request;
            let result = answer(&client, &call).await;
            if matches!(result, Err(Failure::Defect)) {
                let _ = messages.send(Message::TaskDied);
            }
            let result = result.map_err(|failure| failure.into_error(&client, &call));
            // Refused only by a loop that has ended.
            let _ = messages.send(Message::Answer { ticket, call: Box::new(call), result });
        });
    }

    /// Follows the events from now on, instead of what was followed before.
    pub fn follow(&mut self, from: Option<u64>) {
        if let Some(follower) = self.follower.take() {
            follower.abort();
        }
        let (client, messages) = (self.client.clone(), self.messages.clone());
        let follower = self.spawn(async move {
            let mut events = client.events(from);
            while let Some(update) = events.next().await {
                if messages.send(Message::Stream(update)).is_err() {
                    return;
                }
            }
        });
        self.follower = Some(follower);
    }

    pub fn copy(&mut self, name: &'static str, arguments: &'static [&'static str], what: String, text: SecretString) {
        let messages = self.messages.clone();
        self.spawn(async move {
            let result = clipboard::run(name, arguments, text).await;
            let _ = messages.send(Message::Copied { what, result });
        });
    }

    /// Begins long work. It goes on until it ends, is stopped, or the console does.
    pub fn start(&mut self, id: TaskId, task: Task) {
        self.stops.retain(|_, (handle, _)| !handle.is_finished());
        let (client, messages, turns) = (self.client.clone(), self.messages.clone(), Arc::clone(&self.turns));
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        while self.work.try_join_next().is_some() {}
        let work = async move {
            let news = carry_out(task, &client, &turns, &stopped, |progress| {
                messages.send(Message::Task { id, news: TaskNews::Progress(progress) }).is_ok()
            });
            let news = news.await;
            let _ = messages.send(Message::Task { id, news });
        };
        let handle = self.work.spawn_on(work, &self.handle);
        self.stops.insert(id, (handle, stop));
    }

    pub fn stop(&mut self, id: TaskId) {
        if let Some((_, stop)) = self.stops.remove(&id) {
            stop.cancel();
        }
    }

    /// Ends everything. Called where nobody waits for anything any more.
    pub fn finish(mut self) {
        self.tasks.abort_all();
        self.stops.values().for_each(|(_, stop)| stop.cancel());
        let all_ended = async {
            while self.tasks.join_next().await.is_some() {}
            while self.work.join_next().await.is_some() {}
        };
        // What does not end by then ends with the process.
        let _ = self.handle.block_on(async { timeout(GIVING_UP, all_ended).await });
    }

    /// Writes the session. Two never come so close that they could overtake each other.
    pub fn keep(&mut self, session: Session) {
        let Some(path) = self.session_file.clone() else { return };
        self.tasks.spawn_blocking_on(move || session.write_or_warn(&path), &self.handle);
    }

    fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        while self.tasks.try_join_next().is_some() {}
        self.tasks.spawn_on(task, &self.handle)
    }
}

/// Does long work and tells how far it is; `tell` answers whether anybody listens.
async fn carry_out(
    task: Task,
    client: &Client,
    turns: &Semaphore,
    stop: &CancellationToken,
    tell: impl Fn(task::Progress) -> bool,
) -> TaskNews {
    let meter = Meter::default();
    let (title, ends_in_order) = (task.title(), task.ends_in_order());
    let mut work = pin!(async {
        // Never closed.
        let _turn = turns.acquire().await;
        AssertUnwindSafe(task.run(client, &meter, stop)).catch_unwind().await.unwrap_or(Err(task::Error::Defect))
    });
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = task::Progress::default();
    loop {
        tokio::select! {
            () = stop.cancelled() => {
                let patience = if ends_in_order { GIVING_UP } else { Duration::ZERO };
                return match timeout(patience, &mut work).await {
                    // It was through before it heard of that.
                    Ok(Ok(product)) => product.into(),
                    Ok(Err(_)) | Err(_) => TaskNews::Stopped,
                };
            }
            result = &mut work => {
                return result.map_or_else(
                    |error| {
                        tracing::warn!(%error, "the {title} failed");
                        TaskNews::Ended(Err(error.to_string()))
                    },
                    TaskNews::from,
                );
            }
            _ = looks.tick() => {
                let progress = meter.read();
                if progress != told {
                    told = progress;
                    if !tell(progress) {
                        return TaskNews::Stopped;
                    }
                }
            }
        }
    }
}

impl From<Product> for TaskNews {
    fn from(product: Product) -> Self {
        match product {
            Product::Said(text) => Self::Ended(Ok(text)),
            Product::Uploaded(file) => Self::Uploaded(file),
            Product::Plan(plan) => Self::Planned(plan),
            Product::Written { text, said } => Self::Written { text, said },
        }
    }
}

/// Why a call has no answer of the server.
enum Failure {
    Refused(Error),
    Late(Duration),
    Defect,
}

impl Failure {
    fn into_error(self, client: &Client, call: &Call) -> Error {
        let url = client.url().to_owned();
        match self {
            Self::Refused(error) => error,
            Self::Late(deadline) => Error::TimedOut { url, seconds: deadline.as_secs() },
            Self::Defect => Error::Malformed { url, reason: format!("{} ended by a defect", call.doing()) },
        }
    }
}

async fn answer(client: &Client, call: &Call) -> Result<Reply, Failure> {
    let deadline = call.deadline();
    match AssertUnwindSafe(timeout(deadline, call.perform(client))).catch_unwind().await {
        Ok(Ok(result)) => result.map_err(Failure::Refused),
        Ok(Err(_)) => Err(Failure::Late(deadline)),
        Err(_) => Err(Failure::Defect),
    }
}
