//! Cells to bytes.
//!
//! A frame is collected in memory and leaves in one write, inside a synchronised update, so that
//! it is never seen half drawn; bare standard output would flush at every kilobyte. Moves and
//! styles are written in their shortest form, because over a slow line each byte is seen.

use std::{
    fs::File,
    io::{self, Write},
    os::fd::AsFd as _,
};

use ratatui::{
    backend::{Backend, ClearType, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
    style::{Color, Modifier},
};

use crate::console::fit;

/// The largest frame without a second allocation: every cell of a 200x60 screen with its style.
const FRAME: usize = 64 * 1024;
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

#[derive(Debug)]
pub struct Screen<W = File> {
    out: W,
    /// The frame that is being collected.
    frame: Vec<u8>,
    size: Size,
    cursor_shown: bool,
    cursor: Position,
    /// Nothing has been drawn since everything was erased.
    blank: bool,
}

impl Screen<File> {
    pub fn new(size: Size) -> io::Result<Self> {
        // A descriptor of its own: the one behind `Stdout` buffers by lines.
        Ok(Screen::on(File::from(io::stdout().as_fd().try_clone_to_owned()?), size))
    }
}

impl<W: Write> Screen<W> {
    fn on(out: W, size: Size) -> Self {
        Self {
            out,
            frame: Vec::with_capacity(FRAME),
            size,
            cursor_shown: false,
            cursor: Position::ORIGIN,
            blank: false,
        }
    }

    pub fn set_size(&mut self, size: Size) {
        self.blank &= self.size == size;
        self.size = size;
    }

    pub const fn known_size(&self) -> Size {
        self.size
    }

    /// Somebody else wrote to the terminal.
    pub const fn forget(&mut self) {
        self.cursor_shown = false;
        self.blank = false;
    }

    /// Writes at once, outside of any frame.
    pub fn write_now(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.out.flush()
    }

    fn push(&mut self, bytes: &[u8]) {
        if self.frame.is_empty() {
            self.frame.extend_from_slice(BEGIN);
        }
        self.frame.extend_from_slice(bytes);
    }

    fn push_number(&mut self, number: u16) {
        // Writing to memory does not fail.
        let _ = write!(self.frame, "{number}");
    }

    /// Goes to a place, relative to where the last cell was written if that is known.
    fn go_to(&mut self, x: u16, y: u16, from: Option<Position>) {
        match from {
            Some(from) if from.y == y && from.x == x => {}
            Some(from) if from.y == y && from.x < x => {
                self.push(b"\x1b[");
                if x - from.x > 1 {
                    self.push_number(x - from.x);
                }
                self.push(b"C");
            }
            _ => {
                self.push(b"\x1b[");
                self.push_number(y + 1);
                if x > 0 {
                    self.push(b";");
                    self.push_number(x + 1);
                }
                self.push(b"H");
            }
        }
    }
}

/// How the next cell is styled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Look {
    const PLAIN: Self = Self { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };

    const fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
    }
}

const MODIFIERS: [(Modifier, &str); 8] = [
    (Modifier::BOLD, "1"),
    (Modifier::DIM, "2"),
    (Modifier::ITALIC, "3"),
    (Modifier::UNDERLINED, "4"),
    (Modifier::SLOW_BLINK, "5"),
    (Modifier::REVERSED, "7"),
    (Modifier::HIDDEN, "8"),
    (Modifier::CROSSED_OUT, "9"),
];

/// The sequence that goes from one look to another.
fn change(from: Look, to: Look) -> String {
    let mut from = from;
    let mut codes = Vec::new();
    // Attributes are switched off all at once: shorter, and bold and dim share their end.
    if from.modifier.intersects(!to.modifier) {
        codes.push(String::new());
        from = Look::PLAIN;
    }
    for (modifier, code) in MODIFIERS {
        if to.modifier.contains(modifier) && !from.modifier.contains(modifier) {
            codes.push(code.into());
        }
    }
    if to.fg != from.fg {
        codes.push(color(to.fg, 30));
    }
    if to.bg != from.bg {
        codes.push(color(to.bg, 40));
    }
    format!("\x1b[{}m", codes.join(";"))
}

/// The code of a colour; `base` is 30 for ink and 40 for background.
fn color(color: Color, base: u8) -> String {
    let bright = base + 60;
    let code = match color {
        Color::Reset => base + 9,
        Color::Black => base,
        Color::Red => base + 1,
        Color::Green => base + 2,
        Color::Yellow => base + 3,
        Color::Blue => base + 4,
        Color::Magenta => base + 5,
        Color::Cyan => base + 6,
        Color::Gray => base + 7,
        Color::DarkGray => bright,
        Color::LightRed => bright + 1,
        Color::LightGreen => bright + 2,
        Color::LightYellow => bright + 3,
        Color::LightBlue => bright + 4,
        Color::LightMagenta => bright + 5,
        Color::LightCyan => bright + 6,
        Color::White => bright + 7,
        Color::Indexed(index) => return format!("{};5;{index}", base + 8),
        Color::Rgb(red, green, blue) => return format!("{};2;{red};{green};{blue}", base + 8),
    };
    code.to_string()
}

impl<W: Write> Backend for Screen<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut look = Look::PLAIN;
        let mut at = None;
        for (x, y, cell) in content {
            self.blank = false;
            self.go_to(x, y, at);
            let wanted = Look::of(cell);
            if wanted != look {
                self.push(change(look, wanted).as_bytes());
                look = wanted;
            }
            let symbol = cell.symbol();
            self.push(symbol.as_bytes());
            // Terminals disagree about clusters and wide characters, and the last column leaves
            // the cursor between two lines: after those the next move is absolute.
            let certain = symbol.len() <= 3 && symbol.chars().count() == 1 && fit::width(symbol) == 1;
            at = (certain && x + 1 < self.size.width).then_some(Position { x: x + 1, y });
        }
        if look != Look::PLAIN {
            self.push(b"\x1b[m");
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.cursor_shown, false) {
            self.push(b"\x1b[?25l");
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.cursor_shown, true) {
            self.push(b"\x1b[?25h");
        }
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        // Cells drawn before it have moved the cursor away.
        if position != self.cursor || !self.frame.is_empty() {
            self.go_to(position.x, position.y, None);
            self.cursor = position;
        }
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    /// Line by line: erasing the whole display makes some terminals flicker, and others move it
    /// into their scroll-back.
    fn clear_region(&mut self, _: ClearType) -> io::Result<()> {
        // Asked twice when the screen becomes narrower.
        if std::mem::replace(&mut self.blank, true) {
            return Ok(());
        }
        self.push(b"\x1b[m");
        for y in 0..self.size.height {
            self.go_to(0, y, None);
            self.push(b"\x1b[K");
        }
        Ok(())
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::default() })
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        self.frame.extend_from_slice(END);
        let written = self.out.write_all(&self.frame).and_then(|()| self.out.flush());
        self.frame.clear();
        written
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use ratatui::{Terminal, style::Style};

    use super::*;

    /// Counts the writes that reach the terminal.
    #[derive(Debug, Default)]
    struct Wire(Vec<Vec<u8>>);

    impl Write for Wire {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn terminal(width: u16, height: u16) -> Terminal<Screen<Wire>> {
        Terminal::new(Screen::on(Wire::default(), Size { width, height })).expect("the size is known")
    }

    fn draw(terminal: &mut Terminal<Screen<Wire>>, text: &str, style: Style) -> Vec<Vec<u8>> {
        terminal.draw(|frame| frame.buffer_mut().set_string(0, 0, text, style)).expect("memory takes it");
        std::mem::take(&mut terminal.backend_mut().out.0)
    }

    #[test]
    fn a_frame_is_one_write_and_an_unchanged_one_is_none() {
        let mut terminal = terminal(120, 40);
        let first = draw(&mut terminal, "hello", Style::new());
        assert_eq!(first, [b"\x1b[?2026h\x1b[1Hhello\x1b[?2026l".to_vec()]);
        assert!(draw(&mut terminal, "hello", Style::new()).is_empty());
    }

    #[test]
    fn only_what_changed_is_written_in_its_shortest_form() {
        let mut terminal = terminal(40, 3);
        draw(&mut terminal, "one two", Style::new());
        let bytes = draw(&mut terminal, "one tXo", Style::new()).concat();
        assert_eq!(bytes, b"\x1b[?2026h\x1b[1;6HX\x1b[?2026l");
        let bytes = draw(&mut terminal, "onE tXO", Style::new().red().bold()).concat();
        assert_eq!(bytes, b"\x1b[?2026h\x1b[1H\x1b[1;31monE tXO\x1b[m\x1b[?2026l");
    }

    #[test]
    fn the_screen_that_a_terminal_shows_is_the_one_that_was_drawn() {
        let mut terminal = terminal(30, 4);
        let lines = NonZero::new(4).expect("not zero");
        let columns = NonZero::new(30).expect("not zero");
        let mut parser = vt100::Parser::new(lines, columns, 0);
        for text in ["日本語 text", "日本 more", "e\u{301}te\u{301}", "x日y本z", "", "plain"] {
            for style in [Style::new(), Style::new().bold().fg(Color::Rgb(1, 2, 3)), Style::new().on_blue()] {
                let bytes = draw(&mut terminal, text, style).concat();
                parser.process(&bytes);
                assert_eq!(parser.screen().rows(0, 30).next().as_deref().map(str::trim_end), Some(text));
            }
        }
    }
}
