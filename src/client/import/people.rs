//! Users of an export: who they are, who of them is there already, and the way over.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::mpsc;

use super::{
    Error, Importer, Step,
    folder::{List, PageFile},
    page::{self, Page},
    survey::Problem,
};
use crate::domain::{
    EnvironmentId, Timestamp,
    account::User,
    import::{
        MAX_BATCH_ROWS,
        users::{ImportedUser, UsersImported},
    },
};

/// Of what is wrong, so much is kept to be shown.
const SHOWN: usize = 10;

/// What a look at the users of an export found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct People {
    /// Those who are there already, by their ids; they are left as they are.
    pub present: u64,
    /// Addresses that two users of the export have, or somebody who is there.
    pub taken: Vec<String>,
    #[serde(skip)]
    pub problems: Vec<Problem>,
}

/// Reads the users once, and compares them with those who are `there`.
pub fn look(list: &List, there: &[User]) -> People {
    let ids: HashSet<&str> = there.iter().map(|user| user.id.as_str()).collect();
    let mut addresses: HashMap<String, String> =
        there.iter().map(|user| (user.email.clone(), user.id.clone())).collect();
    let mut people = People::default();
    each_row(list, |file, item, row| {
        match ImportedUser::read(row, Timestamp::from_millis(0)) {
            Ok(ImportedUser { user, .. }) if ids.contains(user.id.as_str()) => people.present += 1,
            Ok(ImportedUser { user, .. }) => {
                let holder = addresses.entry(user.email.clone()).or_insert_with(|| user.id.clone());
                if *holder != user.id && people.taken.len() < SHOWN {
                    people.taken.push(user.email);
                }
            }
            Err(violations) if people.problems.len() < SHOWN => {
                let message = violations.first().map(|violation| violation.message.clone()).unwrap_or_default();
                people.problems.push(Problem { file: file.name(), item: Some(item), message });
            }
            Err(_) => {}
        }
        true
    });
    people
}

/// Sends the users, a batch at a time. Sent again, those who are there stay as they are.
pub async fn send(
    importer: &Importer,
    environment: &EnvironmentId,
    list: &List,
    rewrite: impl Fn(&mut Map<String, Value>) + Send + 'static,
) -> Result<UsersImported, Error> {
    let (out, mut batches) = mpsc::channel::<Vec<Map<String, Value>>>(1);
    let list = list.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let mut batch = Vec::new();
        each_row(&list, |_, _, mut row| {
            rewrite(&mut row);
            batch.push(row);
            batch.len() < MAX_BATCH_ROWS || out.blocking_send(std::mem::take(&mut batch)).is_ok()
        });
        // Nobody may be waiting any more, and then nobody minds.
        let _ = out.blocking_send(batch);
    });
    let mut total = UsersImported { imported: 0, present: 0 };
    while let Some(batch) = batches.recv().await {
        if importer.stopping.is_cancelled() {
            return Err(Error::Interrupted);
        }
        let done = importer.client.import_users(environment, &batch).await?;
        total.imported += done.imported;
        total.present += done.present;
        let more = done.imported + done.present;
        (importer.watch)(&Step::Users { done: total.imported + total.present, more });
    }
    reading.await.map_err(|error| Error::Failed(error.to_string()))?;
    Ok(total)
}

/// Hands the rows of a list to `each` until it has enough. What cannot be read has been reported by the
/// survey.
fn each_row(list: &List, mut each: impl FnMut(&PageFile, usize, Map<String, Value>) -> bool) {
    for file in &list.pages {
        let Ok(text) = file.read() else { continue };
        let rows = Page::parse(&text).map(|page| page.items).unwrap_or_default();
        for (position, row) in rows.into_iter().enumerate() {
            if let Ok(row) = page::object(row)
                && !each(file, position + 1, row)
            {
                return;
            }
        }
    }
}
