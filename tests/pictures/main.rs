//! The pictures of the README are what `bkend demo` shows. After a change of the screen,
//! `BKEND_PICTURES=write cargo test --test pictures` draws them anew in `assets/`.

#[path = "../harness/mod.rs"]
mod harness;
mod svg;

use std::{env, fs, net::TcpListener, path::Path};

use harness::terminal::Terminal;

const SIZE: (u16, u16) = (112, 27);

struct Picture {
    name: &'static str,
    /// What is typed, and what is on the screen before anything else is.
    steps: &'static [(&'static str, &'static str)],
}

const PICTURES: [Picture; 3] = [
    Picture {
        name: "environments",
        steps: &[("", "● live"), ("", "pk_"), ("", "8 files"), ("", "Deleting"), ("", "3/5 tables")],
    },
    Picture {
        name: "overview",
        steps: &[("", "● live"), ("go", "p99"), ("", "a still of"), ("", "10 ms"), ("", "the table comments")],
    },
    Picture { name: "rows", steps: &[("", "● live"), ("gd", "products"), ("jj\r", "publishedAt"), ("", "o cell")] },
];

#[test]
fn the_pictures_show_what_the_console_shows() {
    let mut old = Vec::new();
    for look in [svg::DARK, svg::LIGHT] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("config.toml"), format!("theme = \"{}\"\n", look.theme)).expect("a configuration");
        // Of as many digits as the usual port, so that no column moves.
        let port = (4600..9999).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port");
        let listen = format!("127.0.0.1:{port}");
        for Picture { name, steps } in PICTURES {
            let colours = [("COLORTERM", "truecolor")];
            let mut terminal = Terminal::open_with(folder.path(), &["demo", "--listen", &listen], &colours);
            terminal.resize(SIZE.0, SIZE.1);
            for (keys, shown) in steps {
                terminal.keys(keys);
                terminal.wait_for(shown);
            }
            let draw = |screen: &vt100::Screen| svg::draw(screen, &look).replace(&listen, "127.0.0.1:4600");
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/{name}-{}.svg", look.theme));
            if env::var_os("BKEND_PICTURES").is_some() {
                fs::write(&path, draw(&terminal.cells())).expect("the picture is written");
                continue;
            }
            // What is read last may still be on its way.
            let drawn = fs::read_to_string(&path).unwrap_or_default();
            if !terminal.shows(|screen| draw(screen) == drawn) {
                old.push(path);
            }
        }
    }
    assert!(old.is_empty(), "BKEND_PICTURES=write cargo test --test pictures draws these anew: {old:?}");
}
