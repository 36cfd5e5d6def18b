//! The files of an environment on the screen, line by line.

use super::search::Sought;
use crate::{
    client::files::FilesQuery,
    console::{
        fit::{self, clean},
        page::{
            list::{Cell, Column, Item, Order, Row, Width, paged::Asked, pages::ROWS},
            title::Button,
        },
        shell::Shell,
    },
    domain::file::{FileOrder, OwnerType, Visibility, wire::File},
};

pub const BUTTON: Button = Button { text: "+ Upload File", short: "+", command: "file-upload" };
/// What is shown of an owner's identifier: they begin alike.
const TAIL: usize = 8;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Field {
    Name,
    Type,
    Size,
    Visibility,
    Owner,
    #[default]
    Created,
}

impl Field {
    const fn order(self) -> FileOrder {
        match self {
            Self::Name => FileOrder::Name,
            Self::Type => FileOrder::MimeType,
            Self::Size => FileOrder::Size,
            Self::Visibility | Self::Owner | Self::Created => FileOrder::CreatedAt,
        }
    }
}

impl Row for File {
    type Key = String;
    type Column = Field;
    const COLUMNS: &'static [Column<Field>] = &[
        Column::new(Field::Name, "NAME", Width::Share { least: 20, most: 50 }),
        Column::new(Field::Type, "TYPE", Width::Forms(&[26, 15])).drop(2),
        Column::new(Field::Size, "SIZE", Width::Fixed(8)).right().falls(),
        Column::new(Field::Visibility, "VISIBILITY", Width::Fixed(10)).unsorted(),
        Column::new(Field::Owner, "OWNER", Width::Fixed(9)).unsorted().drop(3),
        Column::new(Field::Created, "CREATED", Width::Forms(&[16, 10])).falls().drop(1),
    ];

    #[expect(clippy::misnamed_getters, reason = "a file has a field of that name: the key of its object")]
    fn key(&self) -> &String {
        &self.id
    }

    fn cell(&self, shell: &Shell, field: Field, width: u16) -> Cell<'_> {
        let theme = &shell.theme;
        match field {
            Field::Name => Cell::new(clean(&self.original_name), theme.text),
            Field::Type => Cell::new(clean(&self.mime_type), theme.muted),
            Field::Size => Cell::new(fit::bytes(self.size), theme.text),
            // What everybody may read is worth a second look.
            Field::Visibility => Cell::new(
                self.visibility.as_str(),
                if self.visibility == Visibility::Public { theme.strong } else { theme.muted },
            ),
            Field::Owner => Cell::new(owner(self), theme.muted),
            Field::Created => Cell::minute(shell, self.created_at, width),
        }
    }
}

impl Item for File {
    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }

    fn weight(&self) -> usize {
        let metadata = self.metadata.values().map(|value| value.to_string().len()).sum::<usize>();
        size_of::<Self>() + self.original_name.len() + 3 * self.s3_key.len() + metadata
    }
}

/// `…0000000b`, or who else it belongs to.
fn owner(file: &File) -> String {
    let id = &file.owner_id;
    if id.is_empty() {
        return match file.owner_type {
            OwnerType::Service => "a server".into(),
            other => other.as_str().into(),
        };
    }
    let tail = id.char_indices().rev().nth(TAIL - 1).map_or(0, |(start, _)| start);
    if tail == 0 { clean(id).into_owned() } else { format!("…{}", clean(&id[tail..])) }
}

/// The request for a page.
pub fn query(asked: Asked<'_>, filter: &str, order: Order<Field>) -> FilesQuery {
    let Sought { text, mime_type, visibility, owner, .. } = Sought::of(filter);
    FilesQuery {
        page: asked.number(),
        limit: ROWS as u64,
        search: text,
        mime_type,
        visibility,
        owner_id: owner,
        sort_by: order.column.order(),
        direction: order.direction(File::COLUMNS),
    }
}
