//! The matrix of isolation: five kinds by environments, and how far a round is.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    client::verify::Kind,
    console::{fit, isolation::Verification, shell::Shell, spinner, widget::Pen},
    domain::{Status, api::Environment},
};

/// Columns of the rule's title before what is said beside it.
const TITLE: u16 = 13;

/// Whether a kind of what the environment holds was proved to be out of reach.
pub fn mark(shell: &Shell, environment: &Environment, kind: Kind, pen: &mut Pen<'_>) {
    let theme = &shell.theme;
    if environment.status != Status::Active {
        return;
    }
    let verification = shell.isolation.of(&environment.id);
    let proof = verification.and_then(|verification| verification.proofs.iter().find(|proof| proof.kind == kind));
    let (mark, style) = match proof.map(|proof| proof.passed) {
        Some(true) => ("✓", theme.success),
        Some(false) => ("✗", theme.error),
        None => ("·", theme.muted),
    };
    pen.put(mark, style);
    if let Some(extent) = verification.and_then(Verification::extent) {
        pen.skip(1).put_whole(&extent, theme.warning);
    }
    if let Some(verification) = verification {
        pen.skip(1).put_whole(&fit::age(shell.age(verification.at)), theme.muted);
    }
}

/// How old the proof is, or that there is none.
pub fn age(shell: &Shell, environment: &Environment, pen: &mut Pen<'_>) {
    let theme = &shell.theme;
    let text = match (shell.isolation.of(&environment.id), environment.status) {
        _ if shell.isolation.is_under_way(&environment.id) => {
            pen.put(spinner::frame(shell.now, shell.clock_runs), theme.creating)
                .skip(1)
                .put("verifying", theme.creating);
            return;
        }
        (Some(verification), _) => fit::ago(shell.age(verification.at)),
        // No round proves it until it is unlocked.
        (None, Status::Active) if shell.is_locked(&environment.id) => "read-only".to_owned(),
        (None, Status::Active) => "not yet".to_owned(),
        (None, _) => return,
    };
    pen.put(&text, theme.muted);
}

/// What is said beside the title: how far a round is, or what the keys do.
pub fn beside(shell: &Shell, line: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let area = Rect { x: line.x + TITLE.min(line.width), width: line.width.saturating_sub(TITLE + 2), ..line };
    let mut pen = Pen::new(buffer, area);
    let (one, all) = (shell.keymap.way("overview-verify"), shell.keymap.way("overview-verify-all"));
    if let Some((id, number, total)) = shell.isolation.round() {
        let name = shell.name_of(id).unwrap_or_default();
        pen.put(" ", theme.muted).put(spinner::frame(shell.now, shell.clock_runs), theme.creating);
        pen.put(&format!(" {name}, {number} of {total}  "), theme.creating);
        pen.put(&all, theme.key).put(" stops ", theme.muted);
        return;
    }
    let is_active =
        |id: &&_| shell.environments.get(id).is_some_and(|entry| entry.environment.status == Status::Active);
    let failed = shell.isolation.broken().filter(is_active).count();
    if failed > 0 {
        let failed = u64::try_from(failed).unwrap_or(u64::MAX);
        pen.put(&format!(" {} within reach of others ", fit::count(failed, "environment")), theme.error);
        return;
    }
    pen.put(" ", theme.muted).put(&one, theme.key).put(" proves the selected one, ", theme.muted);
    pen.put(&all, theme.key).put(" all ", theme.muted);
}
