//! Overview, Activity and Compare in a pseudo-terminal, over a real backend.

mod harness;

use harness::{
    Backend,
    terminal::{ENTER, ESCAPE, Terminal},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn traffic_isolation_activity_and_differences_are_seen_as_they_come() {
    let backend = Backend::start().await;
    let (dev, staging) = (backend.environment("dev").await, backend.environment("staging").await);
    let title = json!({"title": {"bsonType": "string"}});
    backend.open_table(&dev, "posts", title.clone()).await;
    backend
        .open_table(&staging, "posts", json!({"title": {"bsonType": "string"}, "slug": {"bsonType": "string"}}))
        .await;
    let mut terminal = Terminal::open(backend.data_dir(), &[]);
    terminal.wait("both are there", |screen| screen.matches("Active").count() >= 2);

    terminal.keys("go");
    terminal.wait_for("Isolation");
    terminal.wait("nobody has asked yet", |screen| screen.contains("none"));
    for _ in 0..7 {
        backend.get("/v1/data/posts").key(&dev.key).send().await.expect(200);
    }
    backend.get("/v1/data/nothing").key(&dev.key).send().await.expect(404);
    terminal.wait("eight requests, one of them refused", |screen| screen.contains("1 4xx") && screen.contains("0.1/s"));

    terminal.keys("V");
    terminal.wait("both are proved", |screen| screen.matches("just now").count() == 2 && !screen.contains("V stops"));
    let screen = terminal.wait_for("✓ now");
    assert!(screen.contains("1 4xx"), "a proof is no traffic:\n{screen}");
    assert!(!screen.contains("the table verify_"), "and no news:\n{screen}");

    terminal.keys("ga");
    terminal.wait_for("following");
    backend.open_table(&dev, "orders", title).await;
    terminal.wait_for("created the table orders");
    terminal.keys(ENTER);
    terminal.wait_for("\"table.create\"");
    terminal.keys(ESCAPE);
    terminal.keys("/posts\r");
    terminal.wait("filtered", |screen| screen.contains("table posts") && !screen.contains("table orders"));
    terminal.keys(ESCAPE);

    terminal.keys("gc");
    terminal.wait("dev beside staging", |screen| {
        screen.contains("- orders") && screen.contains("~ posts") && screen.contains("+ column slug")
    });
    terminal.keys("x");
    terminal.wait_for("+ orders");
    backend.open_table(&staging, "orders", json!({"title": {"bsonType": "string"}})).await;
    terminal.wait("orders is on both sides", |screen| !screen.contains("orders "));
    terminal.keys("..");
    terminal.keys(ENTER);
    terminal.wait_for("▏Database");
}
