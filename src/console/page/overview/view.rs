//! The page on the screen: a line of words, with a column for each environment.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    BUTTON, Overview,
    columns::{Columns, LABEL},
    isolation,
    lines::{Line, lines},
};
use crate::{
    console::{
        catalog::Entry,
        fit,
        page::{absence, activity::words, list::view::nothing_matches, title::Title},
        shell::{Shell, is_fresh, mark},
        view::frame::rule,
        widget::{Pen, spark},
    },
    domain::{Status, metrics::Metrics},
};

/// Columns from which a number has a bar beside it.
const WITH_BAR: u16 = 14;
/// Columns from which the files are named beside the users.
const WITH_FILES: u16 = 11;
/// Columns of the number before a bar: `999.9 MB`.
const NUMBER: u16 = 9;

pub fn view(page: &Overview, shell: &Shell, area: Rect, buffer: &mut Buffer) {
    title(page, shell, Rect { height: 1.min(area.height), ..area }, buffer);
    let columns = page.columns(area);
    let lines = lines(usize::from(area.height.saturating_sub(1)));
    if page.listed.is_empty() {
        nothing_matches(shell, &mut Pen::line(buffer, area, 2));
        return;
    }
    let shown: Vec<&Entry> =
        page.listed.iter().skip(page.first).take(columns.shown).filter_map(|id| shell.environments.get(id)).collect();
    for (y, line) in (1..).zip(lines) {
        match line {
            Line::Isolation => {
                // What is below is of the same environments; the rule leaves nothing of the look to be seen.
                heads(shell, columns, area, y, buffer);
                rule(shell, area, area.y + y, "Isolation", buffer);
                isolation::beside(shell, Rect { y: area.y + y, height: 1, ..area }, buffer);
            }
            Line::Lately => rule(shell, area, area.y + y, "Lately", buffer),
            Line::Event(event) => lately(page, shell, event, Rect { y: area.y + y, height: 1, ..area }, buffer),
            line => {
                if line == Line::Heads {
                    heads(shell, columns, area, y, buffer);
                }
                label(shell, line, area, y, buffer);
                for (column, entry) in shown.iter().enumerate() {
                    cell(page, shell, line, entry, columns.at(column, y), buffer);
                }
            }
        }
    }
}

fn title(page: &Overview, shell: &Shell, line: Rect, buffer: &mut Buffer) {
    let all = page.listed.len();
    let columns = Columns::of(line, all).shown;
    let count = if columns < all {
        format!("{}..{} of {}", page.first + 1, page.first + columns, fit::grouped(u64::try_from(all).unwrap_or(0)))
    } else {
        all.to_string()
    };
    let old = absence::old(shell, page.figures.metrics.failure(), None);
    let note = old.or_else(|| {
        let text = if shell.clock_runs { "the last 10 min" } else { "a still of 10 min" };
        Some((text.to_owned(), shell.theme.muted))
    });
    Title { name: "Overview", count, filter: &page.filter, note, button: Some(BUTTON) }.view(shell, line, buffer);
}

/// The look of titles over the labels and the environments.
fn heads(shell: &Shell, columns: Columns, area: Rect, y: u16, buffer: &mut Buffer) {
    let style = Style { fg: shell.theme.heading.0.fg, ..Style::new() };
    for column in 0..columns.shown {
        buffer.set_style(columns.at(column, y), style);
    }
    let labels = Rect { x: area.x + 1, y: area.y + y, width: LABEL - 2, height: 1 };
    buffer.set_style(labels.intersection(area), style);
}

fn label(shell: &Shell, line: Line, area: Rect, y: u16, buffer: &mut Buffer) {
    let text = match line {
        Line::Requests => "requests",
        Line::Errors => "errors",
        Line::Median => "p50",
        Line::Slowest => "p99",
        Line::Latencies => "p50 p99",
        Line::Size => "size",
        Line::Rows => "rows",
        Line::Users | Line::Holds => "users",
        Line::Files => "files",
        Line::Kind(kind) => kind.as_str(),
        Line::Verified => "verified",
        _ => "",
    };
    Pen::line(buffer, Rect { width: area.width.min(LABEL), ..area }, y).skip(1).put(text, shell.theme.muted);
}

fn cell(page: &Overview, shell: &Shell, line: Line, entry: &Entry, area: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let environment = &entry.environment;
    let usage = environment.usage;
    let metrics = page.figures.of(&environment.id);
    let count = |pen: &mut Pen<'_>, number: u64| {
        pen.put(&fit::grouped(number), if number == 0 { theme.muted } else { theme.text });
    };
    if line == Line::Heads {
        if shell.selected().is_some_and(|selected| selected.id == environment.id) {
            // In the air before the column, so that the names stand below one another.
            let before = Rect { x: area.x.saturating_sub(1), width: 1, ..area };
            Pen::new(buffer, before).put("▌", theme.accent);
        }
        head(shell, entry, &mut Pen::new(buffer, area));
        return;
    }
    let mut pen = Pen::new(buffer, area);
    match line {
        Line::Kind(kind) => isolation::mark(shell, environment, kind, &mut pen),
        Line::Verified => isolation::age(shell, environment, &mut pen),
        Line::Size => {
            let numbers = fit::bytes(usage.bytes);
            pen.column(&numbers, if area.width < WITH_BAR { area.width } else { NUMBER }, theme.text);
            let room = pen.room();
            spark::bar(&mut pen, usage.bytes, page.largest(), room, theme.border);
        }
        Line::Rows => count(&mut pen, usage.rows),
        Line::Users => count(&mut pen, usage.users),
        Line::Files => count(&mut pen, usage.files),
        Line::Holds => {
            count(&mut pen, usage.users);
            if area.width >= WITH_FILES {
                pen.put_whole(&format!("  {}", fit::count(usage.files, "file")), theme.muted);
            }
        }
        Line::Requests if environment.status != Status::Active => pen_status(shell, entry, &mut pen),
        _ if environment.status != Status::Active => {}
        line => traffic(page, shell, line, metrics, &mut pen),
    }
}

/// What apps asked of it.
fn traffic(page: &Overview, shell: &Shell, line: Line, metrics: Option<&Metrics>, pen: &mut Pen<'_>) {
    let theme = &shell.theme;
    if page.figures.metrics.value().is_none() {
        return;
    }
    let width = pen.room();
    let Some(metrics) = metrics else {
        match line {
            Line::Requests => spark::line(pen, &[0; 60], width, theme.border, theme.border),
            Line::RequestCount => {
                pen.put("none", theme.muted);
            }
            _ => {}
        }
        return;
    };
    let total = metrics.total;
    match line {
        Line::Requests => spark::line(pen, &metrics.requests, width, theme.accent, theme.border),
        Line::RequestCount => {
            pen.put(&short(total.requests), theme.text);
            #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
            let a_second = metrics.last_minute.requests as f64 / 60.0;
            pen.skip(2).put_whole(&format!("{a_second:.1}/s"), theme.muted);
        }
        Line::Errors => {
            let errors: Vec<_> = metrics
                .client_errors
                .iter()
                .zip(&metrics.server_errors)
                .map(|(client, server)| client + server)
                .collect();
            let style = if total.server_errors > 0 { theme.error } else { theme.warning };
            spark::line(pen, &errors, width, style, theme.border);
        }
        Line::ErrorCount => errors(shell, total.client_errors, total.server_errors, pen),
        Line::Median => latency(shell, total.p50_ms, page.figures.slowest, pen),
        Line::Slowest => latency(shell, total.p99_ms, page.figures.slowest, pen),
        Line::Latencies => {
            // Without the unit there is room for both.
            let text = |ms: Option<f64>| match ms {
                Some(ms) if ms < 10.0 => format!("{ms:.1}"),
                Some(ms) => format!("{ms:.0}"),
                None => "-".to_owned(),
            };
            pen.put(&text(total.p50_ms), theme.text).skip(1).put(&text(total.p99_ms), theme.text);
            pen.put_whole(" ms", theme.muted);
        }
        _ => {}
    }
}

fn errors(shell: &Shell, client: u64, server: u64, pen: &mut Pen<'_>) {
    let theme = &shell.theme;
    if client + server == 0 {
        pen.put("no errors", theme.muted);
        return;
    }
    let refused = format!("{} 4xx", short(client));
    if server > 0 && fit::width(&refused) + 1 + fit::width(&short(server)) + 4 > pen.room() {
        pen.put(&format!("{} errors", short(client + server)), theme.error);
        return;
    }
    if client > 0 {
        pen.put(&refused, theme.warning).skip(1);
    }
    if server > 0 {
        pen.put(&format!("{} 5xx", short(server)), theme.error);
    }
}

fn latency(shell: &Shell, ms: Option<f64>, slowest: f64, pen: &mut Pen<'_>) {
    let theme = &shell.theme;
    let Some(ms) = ms else {
        pen.put("-", theme.muted);
        return;
    };
    let room = pen.room();
    pen.column(&fit::milliseconds(ms), if room < WITH_BAR { room } else { NUMBER }, theme.text);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the length of a bar")]
    let micros = |ms: f64| (ms * 1000.0) as u64;
    let room = pen.room();
    spark::bar(pen, micros(ms), micros(slowest), room, theme.border);
}

/// The name with its mark, and which one is selected.
fn head(shell: &Shell, entry: &Entry, pen: &mut Pen<'_>) {
    let theme = &shell.theme;
    let environment = &entry.environment;
    let selected = shell.selected().is_some_and(|selected| selected.id == environment.id);
    let name = environment.name.as_str();
    let style = match (selected, entry.is_production()) {
        (true, _) => theme.selection.0,
        (false, true) => theme.production.0,
        (false, false) => theme.strong.0,
    };
    // The mark of the status behind the name, as on the tabs.
    let name = fit::truncate(name, pen.room().saturating_sub(2));
    pen.put(&name, style).skip(1);
    pen.put(mark(entry, shell.now, shell.clock_runs), theme.status(environment.status));
    if entry.is_production() {
        pen.skip(1).put_whole("PROD", theme.production);
    }
}

fn pen_status(shell: &Shell, entry: &Entry, pen: &mut Pen<'_>) {
    let environment = &entry.environment;
    let style: Style = shell.theme.status(environment.status);
    let text = match (environment.status, environment.step) {
        (Status::Creating, Some(step)) if !is_fresh(entry, shell.now) => format!(" {}/{}", step.index, step.of),
        _ => String::new(),
    };
    pen.put(environment.status.label(), style).put_whole(&text, style);
}

/// One thing that happened: how long ago, where, and what.
fn lately(page: &Overview, shell: &Shell, event: usize, line: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let latest = &page.figures.latest;
    let mut pen = Pen::new(buffer, line);
    match latest.value().map(|latest| (latest.get(event), latest.is_empty())) {
        Some((Some(line), _)) => {
            pen.skip(1).column_right(&fit::age(shell.age(line.created_at)), 4, theme.muted).skip(2);
            let name = line.environment_name.as_deref().unwrap_or("");
            pen.column(name, 12, theme.text).skip(2).put(&words::sentence(line), theme.text);
        }
        Some((None, true)) if event == 0 => {
            pen.skip(3).put("nothing yet", theme.muted);
        }
        None if event == 0 => {
            if let Some((text, style)) =
                absence::of_reading(shell, latest.failure(), latest.awaited_since(), "activity")
            {
                pen.skip(3).put(&text, style);
            }
        }
        _ => {}
    }
}

/// `1,204`, `48.2k`: at most six columns.
fn short(number: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one digit after the point is shown")]
    let value = number as f64;
    match number {
        0..10_000 => fit::grouped(number),
        10_000..1_000_000 => format!("{:.0}k", value / 1e3),
        _ => format!("{:.1}M", value / 1e6),
    }
}
