//! What is not done about a file, as a status and a code of the documentation's list.

use axum::http::StatusCode;

use crate::platform::files::Refusal;

pub const fn answer(refusal: &Refusal) -> (StatusCode, &'static str) {
    use StatusCode as S;
    match refusal {
        Refusal::NotFound | Refusal::NoBytes | Refusal::NoUpload => (S::NOT_FOUND, "file/not-found"),
        Refusal::LoginNeeded => (S::UNAUTHORIZED, "common/authentication-required"),
        Refusal::AccessDenied | Refusal::NotPublic | Refusal::Forged | Refusal::Expired => {
            (S::FORBIDDEN, "file/access-denied")
        }
        Refusal::Missing(_) => (S::BAD_REQUEST, "common/invalid-parameters"),
        Refusal::InvalidName => (S::BAD_REQUEST, "file/invalid-name"),
        Refusal::NameTooLong => (S::BAD_REQUEST, "file/original-name-too-long"),
        Refusal::InvalidFormat | Refusal::NoPicture => (S::BAD_REQUEST, "file/invalid-format"),
        Refusal::TypeTooLong => (S::BAD_REQUEST, "file/mime-type-too-long"),
        Refusal::KeyTooLong => (S::BAD_REQUEST, "file/s3-key-too-long"),
        Refusal::NegativeSize => (S::BAD_REQUEST, "file/size-negative"),
        Refusal::TooSmall => (S::BAD_REQUEST, "file/file-too-small"),
        Refusal::TooLarge { .. } => (S::BAD_REQUEST, "file/file-too-large"),
        Refusal::BodyTooLarge { .. } => (S::PAYLOAD_TOO_LARGE, "file/file-too-large"),
        Refusal::InvalidPath | Refusal::HiddenPicture => (S::BAD_REQUEST, "file/invalid-path"),
        Refusal::Registered => (S::CONFLICT, "file/s3-key-already-exists"),
        Refusal::PartNumber => (S::BAD_REQUEST, "file/invalid-part-number-range"),
        Refusal::Parts(_) => (S::BAD_REQUEST, "file/invalid-parts-array"),
        Refusal::Lost => (S::INTERNAL_SERVER_ERROR, "common/internal-error"),
    }
}
