//! The users of an environment on the screen, line by line.

use crate::{
    client::users::UsersQuery,
    console::{
        fit::{self, clean},
        page::{
            list::{Cell, Column, Item, Order, Row, Width, paged::Asked, pages::ROWS},
            title::Button,
        },
        shell::Shell,
    },
    domain::account::{ListedUser, Role, UserOrder},
};

use super::search::Sought;

pub const BUTTON: Button = Button { text: "+ Create User", short: "+", command: "user-create" };

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Field {
    Name,
    Email,
    Role,
    Sessions,
    Seen,
    #[default]
    Created,
}

impl Field {
    /// The server sorts; sessions are counted for those that are shown, so not by them.
    const fn order(self) -> UserOrder {
        match self {
            Self::Name => UserOrder::Name,
            Self::Email => UserOrder::Email,
            Self::Role => UserOrder::Role,
            Self::Seen => UserOrder::LastSeenAt,
            Self::Created | Self::Sessions => UserOrder::CreatedAt,
        }
    }
}

impl Row for ListedUser {
    type Key = String;
    type Column = Field;
    const COLUMNS: &'static [Column<Field>] = &[
        Column::new(Field::Name, "NAME", Width::Forms(&[24, 16])),
        Column::new(Field::Email, "E-MAIL", Width::Share { least: 21, most: 44 }),
        Column::new(Field::Role, "ROLE", Width::Fixed(6)),
        Column::new(Field::Sessions, "SESS.", Width::Fixed(5)).right().unsorted().drop(2),
        Column::new(Field::Seen, "SEEN", Width::Fixed(9)).falls().drop(1),
        Column::new(Field::Created, "CREATED", Width::Forms(&[16, 10])).falls().drop(3),
    ];

    fn key(&self) -> &String {
        &self.user.id
    }

    fn cell(&self, shell: &Shell, field: Field, width: u16) -> Cell<'_> {
        let theme = &shell.theme;
        let user = &self.user;
        match field {
            Field::Name => Cell::new(clean(&user.name), theme.text),
            Field::Email => {
                let cell = Cell::new(clean(&user.email), theme.text);
                if user.email_verified.is_some() { cell.end("✓", theme.success) } else { cell }
            }
            Field::Role => {
                Cell::new(user.role.as_str(), if user.role == Role::Admin { theme.strong } else { theme.muted })
            }
            Field::Sessions if self.sessions == 0 => Cell::new("–", theme.muted),
            Field::Sessions => Cell::new(fit::grouped(self.sessions), theme.text),
            Field::Seen => match self.last_seen_at {
                Some(at) => Cell::new(fit::ago(shell.age(at)), theme.text),
                None => Cell::new("never", theme.muted),
            },
            Field::Created => Cell::minute(shell, user.created_at, width),
        }
    }
}

impl Item for ListedUser {
    fn id(&self) -> Option<&str> {
        Some(&self.user.id)
    }

    fn weight(&self) -> usize {
        let user = &self.user;
        size_of::<Self>() + user.id.len() + user.name.len() + user.email.len()
    }
}

/// The request for a page.
pub fn query(asked: Asked<'_>, filter: &str, order: Order<Field>) -> UsersQuery {
    let Sought { text, role, .. } = Sought::of(filter);
    UsersQuery {
        page: asked.number(),
        limit: ROWS as u64,
        search: text,
        role,
        sort_by: order.column.order(),
        direction: order.direction(ListedUser::COLUMNS),
    }
}
