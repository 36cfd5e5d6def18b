use super::{Impact, Reply};
use crate::{
    client::{Client, Error},
    console::page::list::pages::ROWS,
    domain::{ProjectId, activity::ActivityFilter},
};

/// Lines of activity that the overview reads: the newest of them are shown.
const LATEST: u64 = 100;

#[derive(Clone, Debug)]
pub enum ProjectCall {
    /// What apps ask of each environment.
    Metrics,
    /// What happened lately.
    Latest,
    /// A page of what happened; the first one is 1.
    Activity { filter: ActivityFilter, page: u64 },
}

impl ProjectCall {
    pub(super) const fn impact(&self) -> Impact {
        match self {
            Self::Metrics | Self::Latest | Self::Activity { .. } => Impact::Reads,
        }
    }

    pub(super) fn doing(&self) -> String {
        match self {
            Self::Metrics => "reading the counts of requests".into(),
            Self::Latest | Self::Activity { .. } => "reading what happened".into(),
        }
    }

    pub(super) async fn perform(&self, client: &Client, id: &ProjectId) -> Result<Reply, Error> {
        Ok(match self {
            Self::Metrics => Reply::Metrics(client.project_metrics(id).await?.items),
            Self::Latest => Reply::Activity(client.activity_page(id, &ActivityFilter::default(), 1, LATEST).await?),
            Self::Activity { filter, page } => {
                Reply::Activity(client.activity_page(id, filter, *page, ROWS as u64).await?)
            }
        })
    }
}
