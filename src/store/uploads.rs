//! Objects as an environment's file knows them: one row for every address that was handed out, and
//! one for each file that holds bytes of it.
//!
//! The rows are the truth of what is there: bytes are served only through them, replaced by naming
//! other files, and removed after them. A multipart upload is complete when its row says so; its
//! parts stay the files that they arrived in.

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use super::{Error, Reader, Transaction, objects::Segment, tables::Totals};
use crate::domain::{
    FileId, Timestamp,
    file::{Category, OwnerType, Visibility},
};

/// An address that was handed out for bytes.
#[derive(Clone, Debug)]
pub struct Issued {
    pub id: FileId,
    /// The last segment of its path.
    pub name: String,
    pub filename: String,
    pub content_type: String,
    /// As the client named it, if it did.
    pub visibility: Option<Visibility>,
    pub category: Option<Category>,
    pub owner_id: String,
    pub owner_type: OwnerType,
    /// Names the multipart upload that fills it.
    pub upload_id: Option<String>,
    pub created_at: Timestamp,
}

/// An object, with what its registration adds.
#[derive(Clone, Debug)]
pub struct Object {
    pub issued: Issued,
    /// Absent until its bytes are there.
    pub content: Option<Content>,
    pub registration: Option<Registration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    pub stored_at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct Registration {
    pub original_name: String,
    pub mime_type: String,
    pub visibility: Visibility,
}

/// A part of a multipart upload that has arrived.
#[derive(Clone, Debug)]
pub struct StoredPart {
    pub number: u32,
    pub segment: Segment,
    pub etag: String,
}

/// Before which instant an upload counts as abandoned.
#[derive(Clone, Copy, Debug)]
pub struct Abandoned {
    /// Handed out, and nothing came.
    pub single: Timestamp,
    /// Begun in parts, and never completed.
    pub multipart: Timestamp,
    /// Stored out of everybody's sight, and never registered.
    pub unregistered: Timestamp,
}

impl Transaction<'_> {
    pub fn issue_object(&mut self, issued: &Issued) -> Result<(), Error> {
        let mut statement = self.several()?.prepare_cached(
            "INSERT INTO objects (id, name, filename, content_type, visibility, category, owner_id, owner_type,
                                  upload_id, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        statement.execute(params![
            issued.id.as_str(),
            issued.name,
            issued.filename,
            issued.content_type,
            issued.visibility.map(Visibility::as_str),
            issued.category.map(Category::as_str),
            issued.owner_id,
            issued.owner_type.as_str(),
            issued.upload_id,
            issued.created_at.millis(),
        ])?;
        Ok(())
    }

    pub fn object(&self, id: &FileId) -> Result<Option<Object>, Error> {
        object(self.connection(), id)
    }

    /// Makes these bytes the object's, and answers the files that hold them no more.
    pub fn store_object(&mut self, id: &FileId, segment: &Segment, content: &Content) -> Result<Vec<String>, Error> {
        self.changing_file(id, |connection| {
            let replaced = files_of(connection, id)?;
            connection.prepare_cached("DELETE FROM segments WHERE object_id = ?1")?.execute([id.as_str()])?;
            add_segment(connection, id, 1, segment, &content.etag)?;
            set_content(connection, id, content)?;
            Ok(replaced)
        })
    }

    /// Keeps a part of a multipart upload, and answers the file of the one that it replaces.
    pub fn store_part(&mut self, id: &FileId, part: &StoredPart) -> Result<Option<String>, Error> {
        let connection = self.several()?;
        let replaced = connection
            .prepare_cached("DELETE FROM segments WHERE object_id = ?1 AND number = ?2 RETURNING file")?
            .query_row(params![id.as_str(), part.number], |row| row.get(0))
            .optional()?;
        add_segment(connection, id, part.number, &part.segment, &part.etag)?;
        Ok(replaced)
    }

    pub fn parts(&self, id: &FileId) -> Result<Vec<StoredPart>, Error> {
        let mut statement = self
            .connection()
            .prepare_cached("SELECT number, file, size, etag FROM segments WHERE object_id = ?1 ORDER BY number")?;
        let parts = statement.query_map([id.as_str()], |row| {
            Ok(StoredPart {
                number: row.get(0)?,
                segment: Segment { file: row.get(1)?, size: row.get(2)? },
                etag: row.get(3)?,
            })
        })?;
        Ok(parts.collect::<Result<_, _>>()?)
    }

    /// Makes the object out of the parts that it keeps, and answers the files of the others.
    pub fn complete_object(&mut self, id: &FileId, drop: &[u32], content: &Content) -> Result<Vec<String>, Error> {
        self.changing_file(id, |connection| {
            let mut statement = connection
                .prepare_cached("DELETE FROM segments WHERE object_id = ?1 AND number = ?2 RETURNING file")?;
            let mut dropped = Vec::new();
            for number in drop {
                dropped.extend(statement.query_row(params![id.as_str(), number], |row| row.get(0)).optional()?);
            }
            set_content(connection, id, content)?;
            Ok(dropped)
        })
    }

    /// Forgets an object, and its registration with it; answers the files that held its bytes.
    pub fn remove_object(&mut self, id: &FileId) -> Result<Vec<String>, Error> {
        self.changing_file(id, |connection| {
            let files = files_of(connection, id)?;
            connection.prepare_cached("DELETE FROM files WHERE id = ?1")?.execute([id.as_str()])?;
            // Its segments go along.
            connection.prepare_cached("DELETE FROM objects WHERE id = ?1")?.execute([id.as_str()])?;
            Ok(files)
        })
    }

    /// As [`Reader::abandoned`].
    pub fn abandoned(&self, before: Abandoned, most: u32) -> Result<Vec<FileId>, Error> {
        abandoned(self.connection(), before, most)
    }

    /// Runs a change of one file, and counts what it does to the environment's totals.
    pub(super) fn changing_file<T>(
        &mut self,
        id: &FileId,
        change: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let (files, bytes) = held(self.several()?, id)?;
        let result = change(self.connection())?;
        let (files_now, bytes_now) = held(self.connection(), id)?;
        self.count(Totals { files: files_now - files, bytes: bytes_now - bytes, ..Totals::default() });
        Ok(result)
    }
}

impl Reader {
    pub fn object(&self, id: &FileId) -> Result<Option<Object>, Error> {
        object(self.connection(), id)
    }

    /// The files that hold an object's bytes, in order.
    pub fn segments(&self, id: &FileId) -> Result<Vec<Segment>, Error> {
        let sql = "SELECT file, size FROM segments WHERE object_id = ?1 ORDER BY number";
        let mut statement = self.connection().prepare_cached(sql)?;
        let segments =
            statement.query_map([id.as_str()], |row| Ok(Segment { file: row.get(0)?, size: row.get(1)? }))?;
        Ok(segments.collect::<Result<_, _>>()?)
    }

    /// Uploads that nobody finished, and bytes that nobody can reach: named as not public when the
    /// address was asked for, and never registered since.
    pub fn abandoned(&self, before: Abandoned, most: u32) -> Result<Vec<FileId>, Error> {
        abandoned(self.connection(), before, most)
    }

    /// Those of the files that no row names.
    pub fn unknown_objects(&self, files: Vec<String>) -> Result<Vec<String>, Error> {
        let mut statement = self.connection().prepare_cached("SELECT 1 FROM segments WHERE file = ?1")?;
        let mut unknown = Vec::new();
        for file in files {
            if !statement.exists([&file])? {
                unknown.push(file);
            }
        }
        Ok(unknown)
    }
}

/// How many files there are and the bytes they take, for counting again.
pub(super) fn totals(connection: &Connection) -> Result<(i64, i64), Error> {
    let mut statement = connection.prepare_cached(
        "SELECT (SELECT count(*) FROM files)
                + count(*) FILTER (WHERE NOT EXISTS (SELECT 1 FROM files f WHERE f.id = o.id)),
                coalesce(sum(size), 0)
         FROM objects o WHERE size IS NOT NULL",
    )?;
    Ok(statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// What one file adds to them: it counts when it has bytes or is registered.
fn held(connection: &Connection, id: &FileId) -> Result<(i64, i64), Error> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM files WHERE id = ?1)
                OR EXISTS (SELECT 1 FROM objects WHERE id = ?1 AND size IS NOT NULL),
                coalesce((SELECT size FROM objects WHERE id = ?1), 0)",
    )?;
    Ok(statement.query_row([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

fn object(connection: &Connection, id: &FileId) -> Result<Option<Object>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT o.name, o.filename, o.content_type, o.visibility, o.category, o.owner_id, o.owner_type, o.upload_id,
                o.created_at, o.size, o.etag, o.stored_at, f.original_name, f.mime_type, f.visibility
         FROM objects o LEFT JOIN files f ON f.id = o.id WHERE o.id = ?1",
    )?;
    let mut rows = statement.query([id.as_str()])?;
    rows.next()?.map(|row| read(id, row)).transpose()
}

fn read(id: &FileId, row: &Row<'_>) -> Result<Object, Error> {
    let issued = Issued {
        id: id.clone(),
        name: row.get(0)?,
        filename: row.get(1)?,
        content_type: row.get(2)?,
        visibility: word_or_none(row, 3)?,
        category: word_or_none(row, 4)?,
        owner_id: row.get(5)?,
        owner_type: word(row, 6)?,
        upload_id: row.get(7)?,
        created_at: Timestamp::from_millis(row.get(8)?),
    };
    let content = match row.get::<_, Option<u64>>(9)? {
        None => None,
        Some(size) => Some(Content { size, etag: row.get(10)?, stored_at: Timestamp::from_millis(row.get(11)?) }),
    };
    let registration = match row.get::<_, Option<String>>(12)? {
        None => None,
        Some(original_name) => {
            Some(Registration { original_name, mime_type: row.get(13)?, visibility: word(row, 14)? })
        }
    };
    Ok(Object { issued, content, registration })
}

/// A word that this program wrote, read back.
pub(super) fn word<T: std::str::FromStr>(row: &Row<'_>, index: usize) -> Result<T, Error> {
    word_or_none(row, index)?.ok_or_else(|| Error::Corrupt(format!("column {index} of a file's row is empty")))
}

pub(super) fn word_or_none<T: std::str::FromStr>(row: &Row<'_>, index: usize) -> Result<Option<T>, Error> {
    let Some(text) = row.get::<_, Option<String>>(index)? else { return Ok(None) };
    text.parse().map(Some).map_err(|_| Error::Corrupt(format!("a file's row says {text}")))
}

fn abandoned(connection: &Connection, before: Abandoned, most: u32) -> Result<Vec<FileId>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM objects o
         WHERE NOT EXISTS (SELECT 1 FROM files f WHERE f.id = o.id)
           AND CASE WHEN size IS NOT NULL THEN visibility <> 'public' AND stored_at < :unregistered
                    WHEN upload_id IS NOT NULL THEN created_at < :multipart
                    ELSE created_at < :single END
         LIMIT :most",
    )?;
    let ids = statement.query_map(
        named_params! {
            ":single": before.single.millis(),
            ":multipart": before.multipart.millis(),
            ":unregistered": before.unregistered.millis(),
            ":most": most,
        },
        |row| row.get::<_, String>(0),
    )?;
    ids.map(|id| parse_id(&id?)).collect()
}

fn parse_id(text: &str) -> Result<FileId, Error> {
    FileId::parse(text).map_err(|_| Error::Corrupt(format!("{text} is not a file's id")))
}

fn files_of(connection: &Connection, id: &FileId) -> Result<Vec<String>, Error> {
    let mut statement = connection.prepare_cached("SELECT file FROM segments WHERE object_id = ?1")?;
    Ok(statement.query_map([id.as_str()], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn add_segment(connection: &Connection, id: &FileId, number: u32, segment: &Segment, etag: &str) -> Result<(), Error> {
    connection
        .prepare_cached("INSERT INTO segments (object_id, number, file, size, etag) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![id.as_str(), number, segment.file, segment.size, etag])?;
    Ok(())
}

fn set_content(connection: &Connection, id: &FileId, content: &Content) -> Result<(), Error> {
    connection
        .prepare_cached("UPDATE objects SET size = ?2, etag = ?3, stored_at = ?4 WHERE id = ?1")?
        .execute(params![id.as_str(), content.size, content.etag, content.stored_at.millis()])?;
    // What the client said of a size was a promise.
    connection
        .prepare_cached("UPDATE files SET size = ?2 WHERE id = ?1")?
        .execute(params![id.as_str(), content.size])?;
    Ok(())
}

#[cfg(test)]
mod tests;
