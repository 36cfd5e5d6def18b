//! What is not done about a file, and why.

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such file")]
    NotFound,
    /// The row is there and its bytes are not, yet.
    #[error("nothing has been uploaded to this address yet: send the bytes to its upload URL")]
    NoBytes,
    #[error("files need somebody who is signed in: send Authorization: Bearer and an access token, or a secret key")]
    LoginNeeded,
    #[error("this file belongs to somebody else")]
    AccessDenied,
    #[error("this file is not public: ask for a download URL with POST /v1/files/ID/download-url")]
    NotPublic,
    #[error("a picture is for everybody to see: upload it with POST /v1/users/ID/avatar/upload-url")]
    HiddenPicture,
    #[error("the signature of this URL does not fit it: ask for a new URL, and use it unchanged")]
    Forged,
    #[error("this URL has expired: ask for a new one")]
    Expired,
    #[error("the field {0} is missing")]
    Missing(&'static str),
    #[error("a file name is one to 255 characters without slashes and control characters")]
    InvalidName,
    #[error("a file name has at most 255 characters")]
    NameTooLong,
    #[error("a media type is written as type/subtype, like image/png")]
    InvalidFormat,
    #[error("a picture is of the type image/jpeg, image/png, image/gif or image/webp")]
    NoPicture,
    #[error("a media type has at most 255 characters")]
    TypeTooLong,
    #[error("a key has at most 1024 characters")]
    KeyTooLong,
    #[error("a size is not negative")]
    NegativeSize,
    #[error("an upload in parts needs a file that is not empty")]
    TooSmall,
    #[error("a file has at most {limit} bytes here: send a smaller one, or in parts")]
    TooLarge { limit: u64 },
    /// Noticed while the bytes arrive.
    #[error("the body is longer than {limit} bytes, the most a file may have here")]
    BodyTooLarge { limit: u64 },
    #[error("this key was not issued in this environment: register with the key that presigned-url answered")]
    InvalidPath,
    #[error("a file with this key is registered already")]
    Registered,
    #[error("a part number is a whole number from 1 to 10000")]
    PartNumber,
    #[error("{0}")]
    Parts(String),
    #[error("there is no such upload: it was completed or aborted, or the key is another's")]
    NoUpload,
    /// The row is there, and what it names is not on the disk.
    #[error("the bytes of a file are not on the disk")]
    Lost,
}
