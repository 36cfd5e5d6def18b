//! What lies under the mouse.

use ratatui::layout::{Position, Rect};

use super::{
    command::Command,
    key::Key,
    layout::{Layout, sidebar_line},
    page::PageId,
    state::State,
    view::{footer, header, tabs},
};
use crate::domain::EnvironmentId;

#[derive(Clone, Debug)]
pub enum Target {
    Tab(EnvironmentId),
    Page(PageId),
    Command(&'static Command),
    /// A key that the footer shows while a modal is open.
    Key(Key),
    /// The page, which is drawn in this area.
    Main(Rect),
}

pub fn at(state: &State, position: Position) -> Option<Target> {
    let layout = Layout::of(state.shell.area)?;
    if layout.footer.contains(position) {
        return footer::target(state, layout.footer, position);
    }
    if layout.header.contains(position) {
        return header::target(&state.shell, layout.header, position);
    }
    if layout.tabs.contains(position) {
        return tabs::target(&state.shell, layout.tabs, position).map(Target::Tab);
    }
    if let Some(sidebar) = layout.sidebar.filter(|sidebar| sidebar.contains(position)) {
        let page = PageId::ALL.into_iter().enumerate();
        return page
            .map(|(index, page)| (sidebar_line(sidebar, index), page))
            .find(|(area, _)| area.contains(position))
            .map(|(_, page)| Target::Page(page));
    }
    layout.main.contains(position).then_some(Target::Main(layout.main))
}
