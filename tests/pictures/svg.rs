//! A screen of a terminal as SVG: text in runs of one look, lines and blocks as shapes, so that they
//! meet whatever the font is.

use std::fmt::Write as _;

use vt100::{Cell, Color, Screen};

/// Of a cell, in pixels.
const WIDTH: f32 = 8.4;
const HEIGHT: f32 = 18.0;
const MARGIN: f32 = 14.0;
/// From the top of a cell down to the line that letters stand on.
const BASE: f32 = 13.4;
const FONT: &str = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace";

/// A terminal's own colours for one theme of the console.
pub struct Look {
    pub theme: &'static str,
    ground: &'static str,
    text: &'static str,
}

pub const DARK: Look = Look { theme: "dark", ground: "#1b1d26", text: "#cdd3e4" };
pub const LIGHT: Look = Look { theme: "light", ground: "#fbfbfd", text: "#2b3040" };

pub fn draw(screen: &Screen, look: &Look) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let (width, height) = (f32::from(columns) * WIDTH + 2.0 * MARGIN, f32::from(rows) * HEIGHT + 2.0 * MARGIN);
    let mut svg = String::new();
    line(
        &mut svg,
        &format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" font-family=\"{FONT}\" font-size=\"14\">"
        ),
    );
    let ground = look.ground;
    line(&mut svg, &format!("<rect width=\"{width:.1}\" height=\"{height:.1}\" rx=\"8\" fill=\"{ground}\"/>"));
    for row in 0..rows {
        let mut column = 0;
        while column < columns {
            let run = Run::at(screen, row, column, look);
            run.draw(&mut svg, row, column);
            column += run.columns;
        }
    }
    line(&mut svg, "</svg>");
    svg
}

fn line(svg: &mut String, text: &str) {
    writeln!(svg, "{text}").expect("a string takes all text");
}

#[derive(PartialEq)]
struct Style {
    text: String,
    ground: Option<String>,
    bold: bool,
    italic: bool,
    underlined: bool,
}

impl Style {
    fn of(cell: &Cell, look: &Look) -> Self {
        let text = colour(cell.fgcolor()).unwrap_or_else(|| look.text.to_owned());
        let ground = colour(cell.bgcolor());
        let (text, ground) = if cell.inverse() {
            (ground.unwrap_or_else(|| look.ground.to_owned()), Some(text))
        } else {
            (text, ground)
        };
        Self { text, ground, bold: cell.bold(), italic: cell.italic(), underlined: cell.underline() }
    }
}

/// Cells beside each other that look alike.
struct Run {
    columns: u16,
    text: String,
    style: Style,
    shape: Option<&'static str>,
}

impl Run {
    fn at(screen: &Screen, row: u16, column: u16, look: &Look) -> Self {
        let cell = screen.cell(row, column).expect("the cell is on the screen");
        let text = if cell.has_contents() { cell.contents() } else { " " };
        let wide = if cell.is_wide() { 2 } else { 1 };
        let mut run = Self { columns: wide, text: text.to_owned(), style: Style::of(cell, look), shape: shape(text) };
        // A wide character stands alone: its font may have another measure.
        while run.shape.is_none() && wide == 1 {
            let next = screen.cell(row, column + run.columns).filter(|next| !next.is_wide());
            let text = next.map(|next| if next.has_contents() { next.contents() } else { " " });
            match (next, text) {
                (Some(next), Some(text)) if shape(text).is_none() && Style::of(next, look) == run.style => {
                    run.text.push_str(text);
                    run.columns += 1;
                }
                _ => break,
            }
        }
        run
    }

    fn draw(&self, svg: &mut String, row: u16, column: u16) {
        let (x, y) = (MARGIN + f32::from(column) * WIDTH, MARGIN + f32::from(row) * HEIGHT);
        let width = f32::from(self.columns) * WIDTH;
        let Style { text: colour, ground, .. } = &self.style;
        if let Some(ground) = ground {
            line(
                svg,
                &format!(
                    "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{HEIGHT}\" fill=\"{ground}\"/>"
                ),
            );
        }
        if let Some(shape) = self.shape {
            line(svg, &format!("<path transform=\"translate({x:.1} {y:.1})\" d=\"{shape}\" fill=\"{colour}\"/>"));
            return;
        }
        // What is blank at both ends is not drawn.
        let before = self.text.len() - self.text.trim_start().len();
        let shown = self.text.trim();
        if shown.is_empty() {
            return;
        }
        let mut looks = String::new();
        for (is, attribute) in [
            (self.style.bold, " font-weight=\"bold\""),
            (self.style.italic, " font-style=\"italic\""),
            (self.style.underlined, " text-decoration=\"underline\""),
        ] {
            if is {
                looks.push_str(attribute);
            }
        }
        let x = x + f32::from(u16::try_from(before).expect("a line is short")) * WIDTH;
        let columns = self.columns - u16::try_from(self.text.len() - shown.len()).expect("a line is short");
        let length = f32::from(columns) * WIDTH;
        line(
            svg,
            &format!(
                "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\" fill=\"{colour}\"{looks}>{}</text>",
                y + BASE,
                escaped(shown)
            ),
        );
    }
}

/// The shape of a character that has to meet its neighbours, in a cell of 8.4 by 18.
fn shape(text: &str) -> Option<&'static str> {
    Some(match text {
        "─" => "M0 8.5h8.4v1h-8.4z",
        "│" => "M3.7 0h1v18h-1z",
        "┌" => "M3.7 8.5h4.7v1h-3.7v8.5h-1z",
        "┐" => "M0 8.5h4.7v9.5h-1v-8.5h-3.7z",
        "└" => "M3.7 0h1v8.5h3.7v1h-4.7z",
        "┘" => "M3.7 0h1v9.5h-4.7v-1h3.7z",
        "├" => "M3.7 0h1v8.5h3.7v1h-3.7v8.5h-1z",
        "┤" => "M3.7 0h1v18h-1v-8.5h-3.7v-1h3.7z",
        "┬" => "M0 8.5h8.4v1h-3.7v8.5h-1v-8.5h-3.7z",
        "┴" => "M3.7 0h1v8.5h3.7v1h-8.4v-1h3.7z",
        "┼" => "M3.7 0h1v8.5h3.7v1h-3.7v8.5h-1v-8.5h-3.7v-1h3.7z",
        "▌" => "M0 0h4.2v18h-4.2z",
        "▏" => "M0 0h1.1v18h-1.1z",
        "▕" => "M7.3 0h1.1v18h-1.1z",
        "█" => "M0 0h8.4v18h-8.4z",
        "▁" => "M0 15.75h8.4v2.25h-8.4z",
        "▂" => "M0 13.5h8.4v4.5h-8.4z",
        "▃" => "M0 11.25h8.4v6.75h-8.4z",
        "▄" => "M0 9h8.4v9h-8.4z",
        "▅" => "M0 6.75h8.4v11.25h-8.4z",
        "▆" => "M0 4.5h8.4v13.5h-8.4z",
        "▇" => "M0 2.25h8.4v15.75h-8.4z",
        _ => return None,
    })
}

/// None for the terminal's own.
fn colour(color: Color) -> Option<String> {
    match color {
        Color::Default => None,
        Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        Color::Idx(index) => unreachable!("the themes of the pictures have no indexed colours, but there is {index}"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
