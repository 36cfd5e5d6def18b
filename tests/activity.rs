//! Who did what, as an operator looks for it.

mod harness;

use bkend_console::{
    client::{self, Update},
    domain::{
        ProjectId,
        activity::ActivityFilter,
        api::{Activity, Actor, Event},
    },
};
use harness::{Backend, PATIENCE};
use reqwest::Method;
use serde_json::{Value, json};

fn actions(lines: &[Activity]) -> Vec<&str> {
    lines.iter().map(|line| line.action.as_str()).collect()
}

#[tokio::test]
async fn lines_are_found_by_environment_action_actor_and_time() {
    let backend = Backend::start().await;
    let client = backend.client();
    let project = ProjectId::parse(&backend.project_id().await).expect("a project");
    let (dev, qa) = (backend.environment("dev").await, backend.environment("qa").await);
    backend.secret_key(&dev, "a", &[]).await;
    backend.open_table(&qa, "posts", json!({})).await;
    backend.operator(Method::DELETE, &format!("/environments/{}", qa.id)).send().await.expect(202);
    backend.until_gone(&qa.id).await;

    let find = async |filter: ActivityFilter| client.activity_page(&project, &filter, 1, 100).await.expect("a page");
    let of_qa = find(ActivityFilter { environment: Some(qa.id()), ..ActivityFilter::default() }).await;
    assert!(of_qa.items.iter().all(|line| line.environment_name.as_deref() == Some("qa")));
    assert!(actions(&of_qa.items).contains(&"table.create"), "also of an environment that is gone");
    let keys = find(ActivityFilter { action: Some("key".into()), ..ActivityFilter::default() }).await;
    assert_eq!(actions(&keys.items), ["key.create"]);
    let exact = find(ActivityFilter { action: Some("key.cre".into()), ..ActivityFilter::default() }).await;
    assert!(exact.items.is_empty(), "a part of a word is not an action");
    let system = find(ActivityFilter { actor: Some(Actor::System), ..ActivityFilter::default() }).await;
    assert!(system.items.iter().all(|line| line.actor == Actor::System));
    let since = keys.items[0].created_at;
    let later = find(ActivityFilter { since: Some(since), ..ActivityFilter::default() }).await;
    assert!(later.items.iter().all(|line| line.created_at >= since) && actions(&later.items).contains(&"key.create"));
    let all = find(ActivityFilter::default()).await;
    assert_eq!(all.pagination.total, all.items.len() as u64);
    let second = client.activity_page(&project, &ActivityFilter::default(), 2, 2).await.expect("a page");
    assert_eq!(second.items[..], all.items[2..4]);

    for wrong in ["environment=x", "actor=nobody", "since=soon"] {
        let path = format!("/projects/{project}/activity?{wrong}");
        backend.operator(Method::GET, &path).send().await.expect_refusal(400, "common/invalid-parameters");
    }
}

#[tokio::test]
async fn a_line_arrives_as_it_is_written() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let client = backend.client();
    let from = client.keys(&dev.id()).await.expect("a list").event_id;
    let mut events = client.events(from);
    backend.secret_key(&dev, "fresh", &[]).await;
    let arrives = async {
        loop {
            let update = events.next().await.expect("the stream goes on");
            if let Update::Event { event: Event::Activity(line), .. } = update {
                return line;
            }
        }
    };
    let line = tokio::time::timeout(PATIENCE, arrives).await.expect("in time");
    assert_eq!((line.action.as_str(), line.target.as_str()), ("key.create", "fresh"));
}

#[tokio::test]
async fn a_proof_of_isolation_is_one_line_and_a_key_that_stays_has_its_own() {
    let backend = Backend::start().await;
    let client = backend.client();
    let project = ProjectId::parse(&backend.project_id().await).expect("a project");
    let (dev, prod) = (backend.environment("dev").await, backend.environment("prod").await);
    let before =
        client.activity_page(&project, &ActivityFilter::default(), 1, 1).await.expect("a page").pagination.total;

    let project_resource = client.project(&project).await.expect("the project");
    let environments = client.environments(&project).await.expect("a list").items;
    let subject = environments.iter().find(|environment| environment.id == dev.id()).expect("dev");
    let proofs = client::verify::verify(&client, &project_resource, subject, &environments).await.expect("it runs");
    assert!(proofs.iter().all(|proof| proof.passed), "{proofs:?}");
    let page = client.activity_page(&project, &ActivityFilter::default(), 1, 10).await.expect("a page");
    assert_eq!(page.pagination.total, before + 1, "{:?}", page.items);
    let line = &page.items[0];
    assert_eq!((line.action.as_str(), line.target.as_str()), ("environment.verify", "dev"));
    // It tries keys of apps too, whose figures are about apps.
    let metrics = format!("/projects/{project}/metrics");
    let metrics = backend.operator(Method::GET, &metrics).send().await.expect(200);
    let asked = |of: &Value| of["total"]["requests"] != 0;
    assert!(!metrics["items"].as_array().expect("a list").iter().any(asked), "{metrics}");

    // Whoever knows the name of the proof cannot make a key behind its line.
    let name = format!("{}-mine", line.detail.as_deref().expect("the name of what it planted"));
    backend.secret_key(&prod, &name, &[]).await;
    let page = client.activity_page(&project, &ActivityFilter::default(), 1, 1).await.expect("a page");
    assert_eq!((page.items[0].action.as_str(), page.items[0].target.as_str()), ("key.create", name.as_str()));
}
