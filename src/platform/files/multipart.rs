//! Uploads in parts. Each part is a file of its own and stays one: completing an upload is a commit
//! that says which parts the object is made of, however large they are.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Access, Error, Link, Platform, Refusal,
    signature::{PartName, Verb},
    upload::path_of,
};
use crate::{
    domain::{
        file::{
            ObjectPath, PublicUrl, address, may_change,
            wire::{CompleteUpload, CompletedUpload, MultipartUpload, NewPart, NewUpload, Part, PartUrl, UploadName},
        },
        id::hex,
    },
    store::{
        Transaction,
        uploads::{Content, Object, StoredPart},
    },
};

/// How long a part's URL takes bytes.
const PART_LIFE_MILLIS: i64 = 15 * 60 * 1000;

const MAX_PARTS: u32 = 10_000;

impl Platform {
    pub async fn begin_multipart(
        &self,
        access: &Access,
        public: &PublicUrl,
        body: NewUpload,
    ) -> Result<MultipartUpload, Error> {
        match body.file_size.ok_or(Refusal::Missing("fileSize"))? {
            ..0 => return Err(Refusal::NegativeSize.into()),
            0 => return Err(Refusal::TooSmall.into()),
            _ => {}
        }
        let upload_id = hex(&self.0.entropy.bytes()[..16]);
        let issued = self.issued(access, body, Some(upload_id.clone()))?;
        let path = path_of(access, &issued);
        let (filename, file_id) = (issued.filename.clone(), issued.id.to_string());
        let file = self.file(access).await?;
        file.write(move |transaction| transaction.issue_object(&issued).map_err(Error::from)).await?;
        Ok(MultipartUpload { upload_id, key: public.key(&path), filename, file_id })
    }

    /// Hands out the address of one part, for a quarter of an hour.
    pub async fn presign_part(&self, access: &Access, public: &PublicUrl, body: NewPart) -> Result<PartUrl, Error> {
        let number = body.part_number.as_u64().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| (1..=MAX_PARTS).contains(number)).ok_or(Refusal::PartNumber)?;
        let (path, upload_id) = named(access, &body.upload)?;
        let file = self.file(access).await?;
        let (caller, subject, upload) = (access.clone(), path.clone(), upload_id.clone());
        file.read(move |reader| under_way(reader.object(&subject.id)?, &subject, &upload, &caller).map(drop)).await?;
        let secret = self.signing_secret(&file).await?;
        let until = self.0.clock.now().plus_millis(PART_LIFE_MILLIS);
        let link = Link::sign(&secret, Verb::Put, &path, Some(PartName { upload_id, number }), until);
        Ok(PartUrl { url: format!("{}?{}", public.url(&path), link.query()), part_number: number })
    }

    /// Makes the object out of the parts named. A second call for the same upload answers the same:
    /// the first answer may have been lost.
    pub async fn complete_multipart(
        &self,
        access: &Access,
        public: &PublicUrl,
        body: CompleteUpload,
    ) -> Result<CompletedUpload, Error> {
        let (path, upload_id) = named(access, &body.upload)?;
        let parts = parts(body.parts)?;
        let etag = format!("{}-{}", self.0.objects.version(), parts.len());
        let stored_at = self.0.clock.now();
        let file = self.file(access).await?;
        let (caller, subject) = (access.clone(), path.clone());
        let complete = move |transaction: &mut Transaction<'_>| {
            let object = known(transaction.object(&subject.id)?, &subject, &upload_id, &caller)?;
            if object.content.is_some() {
                return Ok(Vec::new());
            }
            let (size, dropped) = settle(&parts, &transaction.parts(&subject.id)?)?;
            Ok::<_, Error>(transaction.complete_object(&subject.id, &dropped, &Content { size, etag, stored_at })?)
        };
        let dropped = file.write(complete).await?;
        self.discard(&path.environment, dropped);
        Ok(CompletedUpload { key: public.key(&path), location: public.url(&path) })
    }

    /// Forgets an upload with all its parts; answers its key.
    pub async fn abort_multipart(
        &self,
        access: &Access,
        public: &PublicUrl,
        body: UploadName,
    ) -> Result<String, Error> {
        let (path, upload_id) = named(access, &body)?;
        let file = self.file(access).await?;
        let (caller, subject) = (access.clone(), path.clone());
        let abort = move |transaction: &mut Transaction<'_>| {
            under_way(transaction.object(&subject.id)?, &subject, &upload_id, &caller)?;
            Ok::<_, Error>(transaction.remove_object(&subject.id)?)
        };
        let files = file.write(abort).await?;
        self.discard(&path.environment, files);
        Ok(public.key(&path))
    }
}

fn named(access: &Access, name: &UploadName) -> Result<(ObjectPath, String), Error> {
    access.check_login()?;
    let key = name.key.as_deref().ok_or(Refusal::Missing("key"))?;
    let upload_id = name.upload_id.clone().ok_or(Refusal::Missing("uploadId"))?;
    Ok((issued_path(access, key)?, upload_id))
}

/// The path in a key that was issued in the caller's environment.
pub(super) fn issued_path(access: &Access, key: &str) -> Result<ObjectPath, Refusal> {
    if key.len() > address::LONGEST_KEY {
        return Err(Refusal::KeyTooLong);
    }
    let path = ObjectPath::parse(key).map_err(|_| Refusal::InvalidPath)?;
    if path.environment == *access.environment() { Ok(path) } else { Err(Refusal::InvalidPath) }
}

/// The object of an upload that the caller began.
fn known(object: Option<Object>, path: &ObjectPath, upload_id: &str, access: &Access) -> Result<Object, Error> {
    let is_named =
        |object: &Object| object.issued.name == path.name && object.issued.upload_id.as_deref() == Some(upload_id);
    let object = object.filter(is_named).ok_or(Refusal::NoUpload)?;
    if !may_change(&object.issued.owner_id, access.requester()) {
        return Err(Refusal::AccessDenied.into());
    }
    Ok(object)
}

/// The same while it is not complete.
fn under_way(object: Option<Object>, path: &ObjectPath, upload_id: &str, access: &Access) -> Result<Object, Error> {
    let object = known(object, path, upload_id, access)?;
    if object.content.is_some() { Err(Refusal::NoUpload.into()) } else { Ok(object) }
}

/// The parts that a client names, by number, with their tags bare.
fn parts(named: Value) -> Result<BTreeMap<u32, String>, Refusal> {
    const FORM: &str = "parts is an array of {\"partNumber\":1,\"etag\":\"…\"}, one for each part";
    let named: Vec<Part> = serde_json::from_value(named).map_err(|_| Refusal::Parts(FORM.into()))?;
    if named.is_empty() {
        return Err(Refusal::Parts(FORM.into()));
    }
    let mut parts = BTreeMap::new();
    for Part { part_number, etag } in named {
        if !(1..=MAX_PARTS).contains(&part_number) {
            return Err(Refusal::PartNumber);
        }
        let bare = etag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
        if parts.insert(part_number, bare).is_some() {
            return Err(Refusal::Parts(format!("part {part_number} is named twice")));
        }
    }
    Ok(parts)
}

/// How long the object is, and which parts that arrived are not of it.
fn settle(named: &BTreeMap<u32, String>, arrived: &[StoredPart]) -> Result<(u64, Vec<u32>), Refusal> {
    let mut size = 0_u64;
    let mut missing: BTreeMap<_, _> = named.iter().collect();
    let mut dropped = Vec::new();
    for part in arrived {
        match missing.remove(&part.number) {
            None => dropped.push(part.number),
            Some(etag) if *etag == part.etag => size = size.saturating_add(part.segment.size),
            Some(_) => {
                let message = format!("part {} has another ETag: name the one that its PUT answered", part.number);
                return Err(Refusal::Parts(message));
            }
        }
    }
    match missing.keys().next() {
        None => Ok((size, dropped)),
        Some(number) => Err(Refusal::Parts(format!("part {number} has not been uploaded"))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::store::objects::Segment;

    fn arrived(number: u32, size: u64) -> StoredPart {
        let segment = Segment { file: format!("f{number}"), size };
        StoredPart { number, segment, etag: format!("e{number}") }
    }

    #[test]
    fn parts_are_taken_in_the_order_of_their_numbers_and_the_rest_is_dropped() {
        let named = parts(json!([{"partNumber": 3, "etag": "\"e3\""}, {"partNumber": 1, "ETag": "e1"}]));
        let settled = settle(&named.expect("valid"), &[arrived(1, 10), arrived(2, 20), arrived(3, 5)]);
        assert_eq!(settled, Ok((15, vec![2])));
    }

    #[test]
    fn a_part_that_is_missing_or_another_is_told() {
        let named = parts(json!([{"partNumber": 1, "etag": "e1"}, {"partNumber": 2, "etag": "x"}])).expect("valid");
        assert!(matches!(settle(&named, &[arrived(1, 1)]), Err(Refusal::Parts(message)) if message.contains("part 2")));
        assert!(
            matches!(settle(&named, &[arrived(1, 1), arrived(2, 1)]), Err(Refusal::Parts(m)) if m.contains("ETag"))
        );
    }

    #[test]
    fn what_is_not_a_list_of_parts_is_refused() {
        for bad in [json!(null), json!([]), json!({}), json!([1]), json!([{"partNumber": 1}]), json!("x")] {
            assert!(matches!(parts(bad.clone()), Err(Refusal::Parts(_))), "{bad}");
        }
        assert_eq!(parts(json!([{"partNumber": 10_001, "etag": "e"}])), Err(Refusal::PartNumber));
        let twice = json!([{"partNumber": 1, "etag": "e"}, {"partNumber": 1, "etag": "e"}]);
        assert!(matches!(parts(twice), Err(Refusal::Parts(_))));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_of_parts_panic(text in "(\\[\\{\"partNumber\":-?[0-9]{1,20},\"etag\":\"\\PC*\"\\}\\]|\\PC*)") {
            let _ = parts(serde_json::from_str(&text).unwrap_or(Value::Null));
        }
    }
}
