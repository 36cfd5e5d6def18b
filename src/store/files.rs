//! Registered files: the rows that clients list, change and delete.

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use serde_json::{Map, Value};

use super::{
    Error, Reader, Transaction,
    uploads::{word, word_or_none},
};
use crate::domain::{
    FileId, Timestamp,
    file::{Bucket, FileOrder, OwnerType, Visibility},
    list::{Direction, Window},
};

#[derive(Clone, Debug)]
pub struct FileRow {
    pub id: FileId,
    /// The object's path; of a file that came from elsewhere, whatever it was known by there.
    pub object_key: String,
    pub original_name: String,
    pub mime_type: String,
    pub size: u64,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub visibility: Visibility,
    pub bucket: Option<Bucket>,
    pub owner_id: String,
    pub owner_type: OwnerType,
    pub metadata: Map<String, Value>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Whose files a list may show.
#[derive(Clone, Debug)]
pub enum Audience {
    Admin,
    User(String),
    Guest,
}

#[derive(Clone, Debug)]
pub struct FileQuery {
    pub window: Window,
    pub sort_by: FileOrder,
    pub direction: Direction,
    pub visibility: Option<Visibility>,
    pub owner_type: Option<OwnerType>,
    pub owner_id: Option<String>,
    pub bucket: Option<Bucket>,
    /// A type, or the first half of one.
    pub mime_type: Option<String>,
    /// Part of the name.
    pub search: Option<String>,
}

const COLUMNS: &str = "id, object_key, original_name, mime_type, size, width, height, visibility, bucket, owner_id, \
                       owner_type, metadata, created_at, updated_at";

impl Transaction<'_> {
    pub fn file(&self, id: &FileId) -> Result<Option<FileRow>, Error> {
        file(self.connection(), id)
    }

    pub fn insert_file(&mut self, row: &FileRow) -> Result<(), Error> {
        self.changing_file(&row.id, |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "INSERT INTO files ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
            ))?;
            statement.execute(params![
                row.id.as_str(),
                row.object_key,
                row.original_name,
                row.mime_type,
                row.size,
                row.width,
                row.height,
                row.visibility.as_str(),
                row.bucket.map(Bucket::as_str),
                row.owner_id,
                row.owner_type.as_str(),
                text(&row.metadata),
                row.created_at.millis(),
                row.updated_at.millis(),
            ])?;
            Ok(())
        })
    }

    /// Writes what a client may change of a file.
    pub fn update_file(&mut self, row: &FileRow) -> Result<(), Error> {
        let sql = "UPDATE files SET original_name = ?2, visibility = ?3, metadata = ?4, updated_at = ?5 WHERE id = ?1";
        self.several()?.prepare_cached(sql)?.execute(params![
            row.id.as_str(),
            row.original_name,
            row.visibility.as_str(),
            text(&row.metadata),
            row.updated_at.millis(),
        ])?;
        Ok(())
    }
}

impl Reader {
    pub fn file(&self, id: &FileId) -> Result<Option<FileRow>, Error> {
        file(self.connection(), id)
    }

    /// A page of the files that `audience` may see, and how many there are on all pages.
    pub fn files(&self, audience: &Audience, query: &FileQuery) -> Result<(Vec<FileRow>, u64), Error> {
        const CONDITION: &str = "
            (:all OR visibility = 'public' OR (:user <> '' AND (owner_id = :user OR visibility = 'protected')))
            AND (:visibility IS NULL OR visibility = :visibility)
            AND (:owner_type IS NULL OR owner_type = :owner_type)
            AND (:owner_id IS NULL OR owner_id = :owner_id)
            AND (:bucket IS NULL OR bucket = :bucket)
            AND (:mime_type IS NULL OR mime_type = :mime_type OR instr(mime_type, rtrim(:mime_type, '*/') || '/') = 1)
            AND (:search IS NULL OR instr(lower(original_name), lower(:search)) > 0)";
        let (all, user) = match audience {
            Audience::Admin => (true, ""),
            Audience::User(id) => (false, id.as_str()),
            Audience::Guest => (false, ""),
        };
        let direction = match query.direction {
            Direction::Ascending => "ASC",
            Direction::Descending => "DESC",
        };
        let snapshot = self.connection();
        let sql = format!("SELECT count(*) FROM files WHERE {CONDITION}");
        let conditions = named_params! {
            ":all": all,
            ":user": user,
            ":visibility": query.visibility.map(Visibility::as_str),
            ":owner_type": query.owner_type.map(OwnerType::as_str),
            ":owner_id": query.owner_id,
            ":bucket": query.bucket.map(Bucket::as_str),
            ":mime_type": query.mime_type,
            ":search": query.search,
        };
        let total = snapshot.prepare_cached(&sql)?.query_row(conditions, |row| row.get(0))?;
        let order = column(query.sort_by);
        let sql = format!(
            "SELECT {COLUMNS} FROM files WHERE {CONDITION} ORDER BY {order} {direction}, id {direction}
             LIMIT :limit OFFSET :offset"
        );
        let mut statement = snapshot.prepare_cached(&sql)?;
        let window = named_params! { ":limit": query.window.limit, ":offset": query.window.offset() };
        let mut rows = statement.query([conditions, window].concat().as_slice())?;
        let mut files = Vec::new();
        while let Some(row) = rows.next()? {
            files.push(read(row)?);
        }
        Ok((files, total))
    }
}

const fn column(order: FileOrder) -> &'static str {
    match order {
        FileOrder::CreatedAt => "created_at",
        FileOrder::UpdatedAt => "updated_at",
        FileOrder::Name => "original_name",
        FileOrder::Size => "size",
        FileOrder::MimeType => "mime_type",
    }
}

fn file(connection: &Connection, id: &FileId) -> Result<Option<FileRow>, Error> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM files WHERE id = ?1"))?;
    let found = statement.query_row([id.as_str()], |row| Ok(read(row))).optional()?;
    found.transpose()
}

fn read(row: &Row<'_>) -> Result<FileRow, Error> {
    let id: String = row.get(0)?;
    let corrupt = |what: &str| Error::Corrupt(format!("the file {id} has an unreadable {what}"));
    let metadata: String = row.get(11)?;
    Ok(FileRow {
        object_key: row.get(1)?,
        original_name: row.get(2)?,
        mime_type: row.get(3)?,
        size: row.get(4)?,
        width: row.get(5)?,
        height: row.get(6)?,
        visibility: word(row, 7)?,
        bucket: word_or_none(row, 8)?,
        owner_id: row.get(9)?,
        owner_type: word(row, 10)?,
        metadata: serde_json::from_str(&metadata).map_err(|_| corrupt("metadata"))?,
        created_at: Timestamp::from_millis(row.get(12)?),
        updated_at: Timestamp::from_millis(row.get(13)?),
        id: FileId::parse(&id).map_err(|_| corrupt("id"))?,
    })
}

fn text(metadata: &Map<String, Value>) -> String {
    serde_json::to_string(metadata).expect("a JSON object has string keys")
}
