//! A server that stands in for ours where more is wanted than anybody wants to create: as many
//! environments as it is told, each with a table of as many rows.
//!
//! It answers what the console asks and keeps nothing: every answer is computed of its number. The
//! types are the library's own, so it cannot come to answer otherwise than the real server. What
//! changes something is refused, and filters of rows are.

use std::{convert::Infallible, io::Write, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Path, Query, Request, State},
    http::{HeaderName, StatusCode, header},
    middleware::{Next, from_fn},
    response::{
        IntoResponse, Response,
        sse::{Event as Frame, KeepAlive, Sse},
    },
    routing::get,
};
use bkend_console::domain::{
    EnvironmentId, EnvironmentName, EnvironmentType, Invalid, KeyId, KeyType, ProjectId, Status, Step, TableId,
    Timestamp,
    api::{
        Activity, Actor, EVENT_ID_HEADER, Environment, ErrorBody, ErrorDetail, Event, Key, Page, Project,
        ProjectStatus, Record, StepTiming, Table, TableStatus, Usage,
    },
    id::ActivityId,
    list::{Pagination, Window},
    metrics::{Histogram, Metrics, STEPS, Tally},
    table::{Index, IndexVersion, Schema, SchemaVersion},
};
use futures_util::{Stream, StreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Result;

/// What the operator of a stand-in proves to be.
pub const TOKEN: &str = "stand-in";
pub const TABLE: &str = "posts";
/// Lines of who did what.
const ACTIVITIES: u64 = 500;
/// Environments that apps ask: the real server counts those of a thousand at most.
const ASKED: u64 = 64;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// How much there is of everything.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    pub environments: u64,
    pub rows: u64,
    /// Environments that change in a second.
    pub changes: u64,
}

/// The names of environments in the order of the tabs: production is the last.
pub fn name(extent: Extent, place: u64) -> String {
    match place {
        0 => "dev".into(),
        last if last + 1 == extent.environments => "prod".into(),
        1 => "staging".into(),
        place => format!("env-{place:05}"),
    }
}

/// The title of a row, by its place.
pub fn title(row: u64) -> String {
    format!("Post {row:06}")
}

/// Listens on a free port, says which on standard output, and serves until it is killed.
pub fn serve(extent: Extent) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on http://{}", listener.local_addr()?);
        std::io::stdout().flush()?;
        Ok(axum::serve(listener, router(extent)).await?)
    })
}

fn router(extent: Extent) -> Router {
    let started = chrono::Utc::now().timestamp_millis();
    let environment = Router::new()
        .route("/", get(environment))
        .route("/metrics", get(metrics))
        .route("/keys", get(keys))
        .route("/tables", get(tables))
        .route("/tables/{table}", get(table))
        .route("/tables/{table}/schema/versions", get(schema_versions))
        .route("/tables/{table}/indexes/versions", get(index_versions))
        .route("/v1/data/{table}", get(rows))
        .route("/v1/data/{table}/{id}", get(row))
        .route("/v1/users", get(nothing))
        .route("/v1/files", get(nothing));
    let management = Router::new()
        .route("/projects", get(projects))
        .route("/projects/{project}", get(project))
        .route("/projects/{project}/environments", get(environments))
        .route("/projects/{project}/metrics", get(all_metrics))
        .route("/projects/{project}/activity", get(activity))
        .route("/events", get(events))
        .nest("/environments/{environment}", environment)
        .layer(from_fn(operator));
    Router::new()
        .nest("/management/v1", management)
        .route("/healthz", get(|| async { "ok" }))
        .fallback(|| async { Refusal::new(StatusCode::NOT_FOUND, "a stand-in has nothing at this path") })
        .method_not_allowed_fallback(|| async {
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "a stand-in changes nothing")
        })
        .with_state(Arc::new(World { extent, started: Timestamp::from_millis(started) }))
}

async fn operator(request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given.and_then(|given| given.strip_prefix("Bearer ")) == Some(TOKEN) {
        next.run(request).await
    } else {
        Refusal::new(StatusCode::UNAUTHORIZED, "the token of a stand-in is stand-in").into_response()
    }
}

/// An error in the form of the real server.
struct Refusal(StatusCode, String);

impl Refusal {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self(status, message.into())
    }
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, invalid.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = ErrorDetail { code: "stand-in/refused".into(), message: self.1, details: Vec::new() };
        (self.0, Json(ErrorBody { error })).into_response()
    }
}

/// A list answer with the event to follow it from: the first one has the number 1.
type Listed<T> = std::result::Result<([(HeaderName, &'static str); 1], Json<Page<T>>), Refusal>;
type Answer<T> = std::result::Result<Json<T>, Refusal>;

/// Query parameters of lists; what else is asked for makes no difference.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    page: Option<String>,
    limit: Option<String>,
    sort_by: Option<String>,
    sort_direction: Option<String>,
    and_filters: Option<String>,
}

impl Asked {
    fn management(&self) -> Window {
        Window::management(self.page.as_deref(), self.limit.as_deref())
    }
}

fn listed<T>(total: u64, asked: &Asked, item: impl Fn(u64) -> std::result::Result<T, Invalid>) -> Listed<T> {
    Ok(([(HeaderName::from_static(EVENT_ID_HEADER), "0")], Json(page(total, asked.management(), item)?)))
}

fn page<T>(
    total: u64,
    window: Window,
    item: impl Fn(u64) -> std::result::Result<T, Invalid>,
) -> std::result::Result<Page<T>, Invalid> {
    let places = window.offset().min(total)..window.offset().saturating_add(window.limit).min(total);
    Ok(Page {
        items: places.map(item).collect::<std::result::Result<_, _>>()?,
        pagination: Pagination::new(total, window),
    })
}

/// What all answers are computed of.
#[derive(Debug)]
struct World {
    extent: Extent,
    started: Timestamp,
}

type Here = State<Arc<World>>;

impl World {
    /// Thousands of them a minute apart; the youngest is a month old, so that no shown age changes.
    fn created(&self, place: u64) -> Timestamp {
        let before = i64::try_from(self.extent.environments - place).unwrap_or(0);
        self.started.plus_millis(-30 * DAY - before * 60_000)
    }

    fn project(&self) -> std::result::Result<Project, Invalid> {
        Ok(Project {
            id: project_id()?,
            name: "stand-in".into(),
            description: None,
            status: ProjectStatus::Active,
            cors_origins: Vec::new(),
            environments: self.extent.environments,
            created_at: self.created(0),
            updated_at: self.created(0),
        })
    }

    fn environment(&self, place: u64) -> std::result::Result<Environment, Invalid> {
        let name = name(self.extent, place);
        let kind = EnvironmentType::from_name(&name);
        let rows = self.extent.rows;
        Ok(Environment {
            id: environment_id(place)?,
            project_id: project_id()?,
            name: EnvironmentName::parse(&name)?,
            kind,
            status: Status::Active,
            step: None,
            reason: None,
            protected: kind == EnvironmentType::Prod,
            created_at: self.created(place),
            updated_at: self.created(place),
            active_after_ms: Some(9.0),
            steps: Step::ALL.into_iter().map(|name| StepTiming { name, ms: 1.8 }).collect(),
            usage: Usage { tables: 1, rows, users: 0, keys: 1, files: 0, bytes: rows * 200 + place },
        })
    }

    fn key(&self, environment: u64) -> std::result::Result<Key, Invalid> {
        Ok(Key {
            id: KeyId::parse(&numbered(KeyId::PREFIX, environment))?,
            environment_id: environment_id(environment)?,
            name: "default".into(),
            kind: KeyType::Publishable,
            key: Some(format!("pk_{environment:064x}")),
            mask: "pk_0000…0000".into(),
            scopes: Vec::new(),
            expires_at: None,
            last_used_at: None,
            replaced_by: None,
            created_at: self.created(environment),
        })
    }

    fn table(&self, environment: u64) -> std::result::Result<Table, Invalid> {
        Ok(Table {
            id: TableId::parse(&numbered(TableId::PREFIX, environment))?,
            environment_id: environment_id(environment)?,
            name: TABLE.into(),
            display_name: None,
            description: None,
            status: TableStatus::Deployed,
            schema: schema()?,
            indexes: Index::built_in().into(),
            permissions: None,
            rows: self.extent.rows,
            bytes: self.extent.rows * 200,
            revision: 1,
            created_at: self.created(environment),
            updated_at: self.created(environment),
        })
    }

    /// All columns grow with the place, so that every order is this one or its reverse.
    fn row(&self, place: u64) -> Record {
        let at = self.created(0).to_string();
        let row = json!({
            "id": numbered("", place), "createdBy": null, "createdAt": at, "updatedAt": at, "title": title(place),
            "content": format!("{place:06}: two or three sentences, as people write them when they are asked for text."),
            "status": format!("s{:03}", place * 250 / self.extent.rows.max(1)), "views": place, "published": true,
        });
        match row {
            Value::Object(row) => row,
            _ => Record::new(),
        }
    }

    fn metrics(&self, environment: u64) -> std::result::Result<Metrics, Invalid> {
        let step = |step: u64| {
            let mut tally = Tally { client_errors: step % 3, ..Tally::default() };
            tally.latencies.0[Histogram::bar(400 + step * 20)] = 20 + (environment + step) % 40;
            tally
        };
        let steps: Vec<_> = (0..STEPS as u64).map(step).collect();
        Ok(Metrics::of(environment_id(environment)?, self.started, &steps))
    }

    fn activity(&self, place: u64) -> std::result::Result<Activity, Invalid> {
        let environment = place % self.extent.environments.max(1);
        Ok(Activity {
            id: ActivityId::parse(&numbered(ActivityId::PREFIX, ACTIVITIES - place))?,
            project_id: project_id()?,
            environment_id: Some(environment_id(environment)?),
            environment_name: Some(name(self.extent, environment)),
            actor: Actor::Operator,
            action: "environment.create".into(),
            target: name(self.extent, environment),
            detail: None,
            created_at: self.created(environment),
        })
    }

    /// The place of an environment by its identifier.
    fn place(&self, id: &str) -> std::result::Result<u64, Refusal> {
        let place = id.strip_prefix(EnvironmentId::PREFIX).and_then(|hex| u64::from_str_radix(hex, 16).ok());
        let place = place.filter(|place| *place < self.extent.environments);
        place.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "there is no such environment"))
    }
}

fn numbered(prefix: &str, number: u64) -> String {
    format!("{prefix}{number:024x}")
}

fn project_id() -> std::result::Result<ProjectId, Invalid> {
    ProjectId::parse(&numbered(ProjectId::PREFIX, 1))
}

fn environment_id(place: u64) -> std::result::Result<EnvironmentId, Invalid> {
    EnvironmentId::parse(&numbered(EnvironmentId::PREFIX, place))
}

fn schema() -> std::result::Result<Schema, Invalid> {
    let columns = crate::posts();
    columns["schema"].as_object().map_or_else(|| Ok(Schema::default()), Schema::parse)
}

async fn projects(State(world): Here, Query(asked): Query<Asked>) -> Listed<Project> {
    listed(1, &asked, |_| world.project())
}

async fn project(State(world): Here) -> Answer<Project> {
    Ok(Json(world.project()?))
}

async fn environments(State(world): Here, Query(asked): Query<Asked>) -> Listed<Environment> {
    listed(world.extent.environments, &asked, |place| world.environment(place))
}

async fn environment(State(world): Here, Path(id): Path<String>) -> Answer<Environment> {
    Ok(Json(world.environment(world.place(&id)?)?))
}

async fn keys(State(world): Here, Path(id): Path<String>, Query(asked): Query<Asked>) -> Listed<Key> {
    let environment = world.place(&id)?;
    listed(1, &asked, |_| world.key(environment))
}

async fn tables(State(world): Here, Path(id): Path<String>, Query(asked): Query<Asked>) -> Listed<Table> {
    let environment = world.place(&id)?;
    listed(1, &asked, |_| world.table(environment))
}

async fn table(State(world): Here, Path((id, _)): Path<(String, String)>) -> Answer<Table> {
    Ok(Json(world.table(world.place(&id)?)?))
}

async fn schema_versions(State(world): Here, Query(asked): Query<Asked>) -> Listed<SchemaVersion> {
    listed(1, &asked, |_| {
        let (schema, created_at) = (schema()?, world.created(0));
        Ok(SchemaVersion { version: 1, current: true, schema, created_by: Actor::Operator, created_at })
    })
}

async fn index_versions(State(world): Here, Query(asked): Query<Asked>) -> Listed<IndexVersion> {
    listed(1, &asked, |_| {
        let created_at = world.created(0);
        Ok(IndexVersion { version: 1, current: true, indexes: Vec::new(), created_by: Actor::Operator, created_at })
    })
}

async fn metrics(State(world): Here, Path(id): Path<String>) -> Answer<Metrics> {
    Ok(Json(world.metrics(world.place(&id)?)?))
}

async fn all_metrics(State(world): Here, Query(asked): Query<Asked>) -> Listed<Metrics> {
    listed(world.extent.environments.min(ASKED), &asked, |place| world.metrics(place))
}

async fn activity(State(world): Here, Query(asked): Query<Asked>) -> Listed<Activity> {
    listed(ACTIVITIES, &asked, |place| world.activity(place))
}

/// Open for as long as somebody listens. Environments change one after the other, if they do.
async fn events(State(world): Here) -> Sse<impl Stream<Item = std::result::Result<Frame, Infallible>>> {
    let pause = Duration::from_secs(1).checked_div(u32::try_from(world.extent.changes).unwrap_or(u32::MAX));
    let changes = stream::unfold(1, move |number| {
        let world = Arc::clone(&world);
        async move {
            let Some(pause) = pause else { return std::future::pending().await };
            tokio::time::sleep(pause).await;
            let mut environment = world.environment(number % world.extent.environments).ok()?;
            environment.usage.rows += number;
            let event = Event::Environment(environment);
            Some((Frame::default().id(number.to_string()).event(event.name()).data(event.data()), number + 1))
        }
    });
    let greeting = stream::iter([Frame::default().comment("connected")]);
    Sse::new(greeting.chain(changes).map(Ok)).keep_alive(KeepAlive::new())
}

async fn rows(
    State(world): Here,
    Path((id, _)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Answer<Enveloped<Page<Record>>> {
    world.place(&id)?;
    if asked.and_filters.is_some() {
        return Err(Refusal::new(StatusCode::NOT_IMPLEMENTED, "a stand-in filters no rows"));
    }
    let falls = asked.sort_direction.as_deref() == Some("desc") && asked.sort_by.is_some();
    let total = world.extent.rows;
    let window = Window::data(asked.page.as_deref(), asked.limit.as_deref());
    let page = page(total, window, |place| Ok(world.row(if falls { total - 1 - place } else { place })))?;
    Ok(Json(Enveloped::of(page)))
}

async fn row(State(world): Here, Path((id, _, row)): Path<(String, String, String)>) -> Answer<Enveloped<Record>> {
    world.place(&id)?;
    let place = u64::from_str_radix(&row, 16).ok().filter(|place| *place < world.extent.rows);
    let place = place.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "there is no such row"))?;
    Ok(Json(Enveloped::of(world.row(place))))
}

/// Users and files: there are none.
async fn nothing(Query(asked): Query<Asked>) -> Answer<Enveloped<Page<Record>>> {
    let window = Window::data(asked.page.as_deref(), asked.limit.as_deref());
    Ok(Json(Enveloped::of(page(0, window, |_| Ok(Record::new()))?)))
}

/// As the data plane answers; nobody who asks a stand-in reads what stands beside `data`.
#[derive(Serialize)]
struct Enveloped<T> {
    success: bool,
    data: T,
}

impl<T> Enveloped<T> {
    const fn of(data: T) -> Self {
        Self { success: true, data }
    }
}
