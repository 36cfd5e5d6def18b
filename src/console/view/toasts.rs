//! The newest note above the footer, and what is under way.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    widgets::{Clear, Widget},
};

use crate::console::{fit, layout::Layout, shell::Shell, spinner, theme::Paint, toast::Tone, widget::Pen};

/// More lines would hide the page.
const LINES: usize = 3;

pub fn view(shell: &Shell, layout: &Layout, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let now = shell.now.uptime;
    // The lowest line is the frame's own; what is under way and a short note hide nothing there.
    let mut y = layout.frame.bottom() - 1;
    if let Some((toast, others)) = shell.toasts.shown().split_last() {
        let (mark, style) = tone(shell, toast.tone);
        let others = if others.is_empty() { String::new() } else { format!("  m +{}", others.len()) };
        let text = toast.sentence_at(now) + &others;
        // The line of the frame belongs to nobody from end to end. More than one lie on the page,
        // within the lines around it.
        let whole = layout.frame.width.saturating_sub(4);
        let page = layout.main.width.saturating_sub(4);
        let room = if fit::width(&text) + 4 <= whole { whole } else { page };
        let lines = fit::wrap(&text, room.saturating_sub(4));
        let more = lines.len() > LINES;
        y -= u16::from(lines.len() > 1);
        let width = lines.iter().map(|line| fit::width(line)).max().unwrap_or(0) + if more { 6 } else { 4 };
        for (index, line) in lines.iter().take(LINES).enumerate().rev() {
            if y <= layout.main.top() {
                return;
            }
            let mark = if index == 0 { mark } else { " " };
            let line = if more && index + 1 == LINES { format!("{line} …") } else { line.clone() };
            note(
                buffer,
                layout,
                y,
                |pen| {
                    pen.put(" ", style).put(mark, style).put(" ", style).put(&line, style).put(" ", style);
                },
                width,
            );
            y -= 1;
        }
    }
    for working in shell.toasts.working(now) {
        if y <= layout.main.top() {
            return;
        }
        let spinner = spinner::frame(shell.now, shell.clock_runs);
        note(
            buffer,
            layout,
            y,
            |pen| {
                pen.put(" ", theme.muted)
                    .put(spinner, theme.creating)
                    .put(" ", theme.muted)
                    .put(&working.text, theme.muted)
                    .put(" ", theme.muted);
            },
            fit::width(&working.text) + 4,
        );
        y -= 1;
    }
}

/// Draws one line at the right of the page.
fn note(buffer: &mut Buffer, layout: &Layout, y: u16, draw: impl FnOnce(&mut Pen<'_>), width: u16) {
    let width = width.min(layout.frame.width.saturating_sub(4));
    let area = Rect { x: layout.frame.right() - width - 2, y, width, height: 1 };
    Clear.render(area, buffer);
    draw(&mut Pen::new(buffer, area));
}

const fn tone(shell: &Shell, tone: Tone) -> (&'static str, Paint) {
    let theme = &shell.theme;
    match tone {
        Tone::Info => ("·", theme.text),
        Tone::Success => ("✓", theme.success),
        Tone::Warning => ("!", theme.warning),
        Tone::Error => ("✗", theme.error),
    }
}
