//! What is planted in an environment to be sought from another.

use chrono::Utc;
use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde_json::{Map, Value, json};

use super::super::{Client, Error, transport::Call};
use crate::domain::{
    KeyId, KeyType, Timestamp,
    api::{CreateKey, CreateTable, Environment},
    file::wire::File,
    id::{Entropy, hex},
    session::Tokens,
};

/// How long the keys work if nobody is left to delete them.
const KEYS_LIVE_MILLIS: i64 = 10 * 60 * 1000;

pub struct Marker<'a> {
    client: &'a Client,
    pub environment: &'a Environment,
    /// A table of this name is in every marker's environment; all that is planted has a name that begins with it.
    pub shared: &'a str,
    /// A table that is in this environment only.
    pub table: String,
    /// A column of both tables. No other answer than one that shows them can contain it.
    pub column: String,
    /// The row's content, which is never part of a request.
    pub word: String,
    pub row: String,
    /// A user, whose name is the word.
    pub user: Option<Tokens>,
    pub password: String,
    /// A private file, whose description and content are the word.
    pub file: Option<File>,
    /// Temporary keys of both types, then those that were there and can be read.
    pub keys: Vec<String>,
    planted_tables: Vec<String>,
    planted_keys: Vec<KeyId>,
    /// The user's address, from before they are planted.
    planted_user: Option<String>,
}

impl<'a> Marker<'a> {
    pub fn new(client: &'a Client, environment: &'a Environment, shared: &'a str) -> Self {
        let entropy = Entropy::system();
        let unique = || hex(&entropy.bytes())[..16].to_owned();
        Self {
            client,
            environment,
            shared,
            table: format!("{shared}_{}", &unique()[..8]),
            column: format!("marker_{}", unique()),
            word: unique(),
            row: String::new(),
            user: None,
            file: None,
            // Whatever the environment asks of passwords.
            password: format!("Aa1!{}", unique()),
            keys: Vec::new(),
            planted_tables: Vec::new(),
            planted_keys: Vec::new(),
            planted_user: None,
        }
    }

    /// What was planted before an error is known to [`Marker::remove`].
    pub async fn plant(&mut self) -> Result<(), Error> {
        let environment = &self.environment.id;
        let own_keys = self.client.keys(environment).await?.items;
        for kind in [KeyType::Publishable, KeyType::Secret] {
            let expires_at = Timestamp::from_millis(Utc::now().timestamp_millis() + KEYS_LIVE_MILLIS);
            let key = self
                .client
                .create_key(
                    environment,
                    &CreateKey {
                        name: format!("{}-{}", self.table, kind.as_str()),
                        kind: Some(kind),
                        scopes: Vec::new(),
                        expires_at: Some(expires_at),
                    },
                )
                .await?;
            self.planted_keys.push(key.id);
            self.keys.extend(key.key);
        }
        self.keys.extend(own_keys.into_iter().filter_map(|key| key.key));
        for name in [self.shared, &self.table] {
            self.planted_tables.push(name.to_owned());
            self.client.create_table(environment, &self.table_of(name)).await?;
        }
        let row = Map::from_iter([(self.column.clone(), Value::from(self.word.as_str()))]);
        let row = self.client.create_row(environment, self.shared, &row).await?;
        row.get("id").and_then(Value::as_str).unwrap_or_default().clone_into(&mut self.row);
        let content = self.word.clone().into();
        self.file =
            Some(self.client.plant_file(environment, &format!("{}.txt", self.table), &self.word, content).await?);
        self.sign_up().await
    }

    /// As an app does it, with the planted publishable key.
    async fn sign_up(&mut self) -> Result<(), Error> {
        let transport = &self.client.transport;
        let email = format!("{}@example.invalid", self.table);
        self.planted_user = Some(email.clone());
        let body = json!({ "method": "password", "email": email, "password": self.password, "name": self.word });
        let call = Call::new(Method::POST, "/v1/auth/email/signup").body(&body)?;
        let key = self.keys.first().and_then(|key| HeaderValue::from_str(key).ok());
        let key = key.ok_or_else(|| transport.malformed("a new key was not shown"))?;
        let headers = HeaderMap::from_iter([(HeaderName::from_static("x-api-key"), key)]);
        let answer = transport.send_as(call, headers).await?;
        let tokens = serde_json::from_slice(&answer.body);
        let name = &self.environment.name;
        self.user = Some(tokens.map_err(|_| {
            transport.malformed(format!("a user could not be made in {name} (status {})", answer.status))
        })?);
        Ok(())
    }

    /// Removes everything that was planted, as far as it can be; the first error is handed back.
    pub async fn remove(&mut self) -> Result<(), Error> {
        let environment = self.environment;
        let confirm = environment.protected.then(|| environment.name.as_str());
        let mut result = Ok(());
        for table in self.planted_tables.drain(..) {
            let removed = self.client.delete_table(&environment.id, &table, confirm).await;
            result = result.and(gone(removed));
        }
        if let Some(email) = self.planted_user.take() {
            let removed = match self.client.find_user(&environment.id, &email).await {
                Ok(Some(user)) => self.client.erase_user(&environment.id, &user.id).await,
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            };
            result = result.and(gone(removed));
        }
        if let Some(file) = self.file.take() {
            let removed = self.client.delete_file(&environment.id, &file.id).await;
            result = result.and(gone(removed));
        }
        for key in self.planted_keys.drain(..) {
            let removed = self.client.delete_key(&environment.id, &key).await;
            result = result.and(gone(removed));
        }
        result
    }

    fn table_of(&self, name: &str) -> CreateTable {
        CreateTable {
            name: name.to_owned(),
            display_name: None,
            description: Some("made by bkend env verify, which removes it".to_owned()),
            schema: Map::from_iter([(self.column.clone(), json!({ "bsonType": "string" }))]),
            indexes: Vec::new(),
            permissions: None,
        }
    }
}

fn gone<T>(removed: Result<T, Error>) -> Result<(), Error> {
    match removed {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}
