//! What the users of an app do: a publishable key, their token, and a table where everybody has their
//! own rows, so that every request settles a session and a permission.
//!
//! The bare server does none of that. It finds as many rows by an index of the same kind.

use serde_json::{Value, json};

use crate::{
    CONNECTIONS, POST, Result, Settings, compare,
    load::{self, Request},
    posts,
    server::Server,
};

const ROWS: usize = 50_000;
/// Whose they are, in turn: 200 rows each.
const OWNERS: usize = 250;
/// Those of them who are there to ask; what is left belongs to nobody.
const USERS: usize = 25;

pub async fn run(settings: &Settings) -> Result<()> {
    let ours = Server::bkend(&[]).await?;
    let bare = Server::bare()?;
    let seed = ours.environment_with_table(&of_their_own()).await?;
    let (key, tokens) = ours.sign_up(USERS).await?;

    let body = |row: usize| POST.replace("\"s7\"", &format!("\"s{}\"", row % OWNERS));
    let fill = |row: usize| match tokens.get(row % OWNERS) {
        Some(token) => Request::of_user("POST", "/v1/data/posts", &key, token, &body(row)),
        None => Request::new("POST", "/v1/data/posts", &seed, &body(row)),
    };
    let ids_ours = load::fill(ours.address, ROWS, 64, fill).await?;
    let fill = |row: usize| Request::new("POST", "/posts", "", &body(row));
    let ids_bare = load::fill(bare.address, ROWS, 64, fill).await?;
    println!(
        "{ROWS} rows each, {CONNECTIONS} connections; a publishable key, the tokens of {USERS} users, each with \
         permission for their own rows; both: SQLite, WAL, synchronous=FULL"
    );

    // The reads first: what is created changes how many rows a list counts.
    let row = |n: usize| n % USERS + OWNERS * (n / USERS * 79 % (ROWS / OWNERS));
    let as_user =
        |method: &str, path: &str, n: usize, body: &str| Request::of_user(method, path, &key, &tokens[n % USERS], body);
    compare(
        "GET by id, one's own",
        settings,
        (&ours, |n| as_user("GET", &format!("/v1/data/posts/{}", ids_ours[row(n)]), n, "")),
        (&bare, |n| Request::new("GET", &format!("/posts/{}", ids_bare[row(n)]), "", "")),
    )
    .await?;
    wanted("20,000", 45);
    compare(
        "list 20 of one's own 200, counted",
        settings,
        (&ours, |n| as_user("GET", "/v1/data/posts?limit=20", n, "")),
        (&bare, |n| Request::new("GET", &format!("/posts?status=s{}", n % USERS), "", "")),
    )
    .await?;
    wanted("8,000", 120);
    compare(
        "POST",
        settings,
        (&ours, |n| as_user("POST", "/v1/data/posts", n, POST)),
        (&bare, |_| Request::new("POST", "/posts", "", POST)),
    )
    .await?;
    wanted("8,000", 70);
    Ok(())
}

/// What the figures have to be on two quiet cores with this generator on them.
fn wanted(rate: &str, processor: u32) {
    println!("wanted: {rate} req/s or 60% of bare, p99 15 ms, cpu {processor} us");
}

/// Users create, and see and change what they created.
fn of_their_own() -> Value {
    let own = json!({"read": true, "list": true, "update": true, "delete": true});
    let mut table = posts();
    table["permissions"] = json!({"user": {"create": true}, "self": own});
    table
}
