//! Files: the rules of who sees what of one, its names, and its form on the wire.
//!
//! | File | Idea |
//! |---|---|
//! | [`address`] | where the bytes of a file are found: the path of an object, and its key |
//! | [`name`] | names and types as clients write them |
//! | [`wire`] | requests and resources of the data plane |

pub mod address;
pub mod name;
pub mod wire;

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::{Builder, Uuid};

use super::{
    Invalid,
    id::Entropy,
    permission::{Group, Requester},
};

pub use address::{KeyStyle, ObjectPath, PublicUrl};

/// A file and the object that holds its bytes: a random UUID, because whoever knows the URL of a
/// public one may read it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(Arc<str>);

impl FileId {
    pub fn generate(entropy: &Entropy) -> Self {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&entropy.bytes()[..16]);
        Self(Builder::from_random_bytes(bytes).into_uuid().to_string().into())
    }

    /// # Errors
    /// [`Invalid`] unless the text is a UUID in its usual form: it becomes the name of a file.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let usual = Uuid::try_parse(text).is_ok_and(|uuid| uuid.hyphenated().to_string() == text);
        if usual { Ok(Self(text.into())) } else { Err(Invalid::new("a file id is a UUID in lower case")) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A word of the wire with its text: what is not listed is refused with the list.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal: $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(Invalid::new(concat!($what, " is one of:", $(" ", $text),+))),
                }
            }
        }
    };
}

words!(
    /// Who may read a file beside its owner and `admin`.
    Visibility, "a visibility":
    /// Anyone, without signing in.
    Public = "public",
    Private = "private",
    /// Any signed-in user.
    Protected = "protected",
    /// Named users; nothing names any yet, so it is the owner alone.
    Shared = "shared"
);

words!(
    /// What a client says an upload is for.
    Category, "a category":
    Images = "images", Documents = "documents", Media = "media", Attachments = "attachments",
    Exports = "exports", Backups = "backups", Temp = "temp"
);

words!(
    Bucket, "a bucket":
    Avatars = "avatars", Documents = "documents", Media = "media", Files = "files", Images = "images", Temp = "temp"
);

words!(
    OwnerType, "an owner type":
    User = "user", Session = "session",
    /// A server with its secret key, for no user.
    Service = "service",
    Public = "public"
);

impl Bucket {
    /// Where a file goes that names no bucket.
    pub const fn of(category: Option<Category>) -> Self {
        match category {
            Some(Category::Images) => Self::Images,
            Some(Category::Documents) => Self::Documents,
            Some(Category::Media) => Self::Media,
            Some(Category::Temp) => Self::Temp,
            _ => Self::Files,
        }
    }
}

/// How much of a file a caller may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    Everything,
    /// The fields that say nothing of its owner.
    PublicFields,
    Nothing,
}

/// What `requester` sees of a file of this visibility and owner.
pub fn sight(visibility: Visibility, owner: &str, requester: &Requester) -> Sight {
    let signed_in = !requester.id.is_empty();
    match visibility {
        _ if may_change(owner, requester) => Sight::Everything,
        Visibility::Public => Sight::PublicFields,
        Visibility::Protected if signed_in => Sight::PublicFields,
        _ => Sight::Nothing,
    }
}

/// The owner and `admin` change and delete a file.
pub fn may_change(owner: &str, requester: &Requester) -> bool {
    requester.group == Group::Admin || (!requester.id.is_empty() && requester.id == owner)
}

/// Whether anybody has signed in at all: a guest only reads what is public.
pub fn is_known(requester: &Requester) -> bool {
    requester.group == Group::Admin || !requester.id.is_empty()
}

/// What a list of files is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FileOrder {
    #[default]
    CreatedAt,
    UpdatedAt,
    Name,
    Size,
    MimeType,
}

impl FileOrder {
    /// The word of `sortBy`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreatedAt => "createdAt",
            Self::UpdatedAt => "updatedAt",
            Self::Name => "originalName",
            Self::Size => "size",
            Self::MimeType => "mimeType",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visibility_decides_for_everybody_but_the_owner_and_admin() {
        use Sight::{Everything, Nothing, PublicFields};
        let user = |id: &str| Requester { group: Group::User, id: id.into() };
        for (visibility, guest, other) in [
            (Visibility::Public, PublicFields, PublicFields),
            (Visibility::Protected, Nothing, PublicFields),
            (Visibility::Private, Nothing, Nothing),
            (Visibility::Shared, Nothing, Nothing),
        ] {
            assert_eq!(sight(visibility, "u1", &Requester::guest()), guest, "{visibility:?}");
            assert_eq!(sight(visibility, "u1", &user("u2")), other, "{visibility:?}");
            assert_eq!(sight(visibility, "u1", &user("u1")), Everything, "{visibility:?}");
            assert_eq!(sight(visibility, "u1", &Requester::admin()), Everything, "{visibility:?}");
        }
    }

    #[test]
    fn a_file_without_an_owner_is_not_everybodys() {
        assert!(!may_change("", &Requester::guest()));
        assert_eq!(sight(Visibility::Private, "", &Requester::guest()), Sight::Nothing);
    }

    #[test]
    fn a_file_id_never_holds_a_path() {
        let id = FileId::generate(&Entropy::system());
        assert!(FileId::parse(id.as_str()).is_ok());
        for bad in ["", "..", "../../../../../../../../etc/passwd/1", &id.as_str().to_uppercase(), &format!("{{{id}}}")]
        {
            assert!(FileId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_word_of_the_wire_reads_back() {
        for word in ["public", "private", "protected", "shared"] {
            assert_eq!(word.parse::<Visibility>().expect("a visibility").as_str(), word);
            assert_eq!(serde_json::to_value(word.parse::<Visibility>().expect("one")).expect("JSON"), word);
        }
        assert!("secret".parse::<Visibility>().is_err());
    }
}
