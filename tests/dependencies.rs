//! Modules depend on each other in one direction, and the project's folder holds what it should.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// What each module of the library may name with `crate::`, beside itself.
fn allowed() -> BTreeMap<&'static str, &'static [&'static str]> {
    BTreeMap::from([
        ("domain", &[][..]),
        ("store", &["domain"][..]),
        ("platform", &["domain", "store"][..]),
        ("server", &["domain", "platform"][..]),
        ("client", &["domain"][..]),
        ("console", &["domain", "client"][..]),
        ("cli", &["domain", "client"][..]),
    ])
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The modules of the library that a file names: `crate::a::…` and the first names of
/// `crate::{a::…, b::…}`.
fn named(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (position, _) in source.match_indices("crate::") {
        let rest = &source[position + "crate::".len()..];
        let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        let Some(group) = rest.strip_prefix('{') else {
            names.push(word(rest));
            continue;
        };
        let mut depth = 1;
        let mut at_start = true;
        for (index, character) in group.char_indices() {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => at_start = true,
                c if depth == 1 && at_start && c.is_alphabetic() => {
                    names.push(word(&group[index..]));
                    at_start = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    names
}

#[test]
fn dependencies_point_one_way() {
    let allowed = allowed();
    let mut wrong = Vec::new();
    for (module, may_name) in &allowed {
        for path in sources(&root().join("src").join(module)) {
            let source = fs::read_to_string(&path).expect("a source file");
            for name in named(&source) {
                let is_module = allowed.contains_key(name.as_str());
                if is_module && name != *module && !may_name.contains(&name.as_str()) {
                    wrong.push(format!("{} names {name}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_reader_of_paths_sees_groups() {
    let source = "use crate::{\n    domain::{a, store::x},\n    platform,\n};\nfn f() { crate::server::g() }";
    assert_eq!(named(source), ["domain", "platform", "server"]);
}

#[test]
fn only_the_store_names_sqlite() {
    let outside = sources(&root().join("src")).into_iter().filter(|path| !path.starts_with(root().join("src/store")));
    let wrong: Vec<_> =
        outside.filter(|path| fs::read_to_string(path).expect("a source file").contains("rusqlite")).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_module_of_the_library_is_in_the_rule() {
    let library = fs::read_to_string(root().join("src/lib.rs")).expect("the library");
    let modules: Vec<_> =
        library.lines().filter_map(|line| line.trim().strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let known: Vec<_> = allowed().into_keys().collect();
    let mut sorted = modules.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, known);
}

#[test]
fn the_top_level_holds_what_it_should() {
    let expected = [
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "assets",
        "benches",
        "src",
        "tests",
    ];
    let mut found: Vec<String> = fs::read_dir(root())
        .expect("the checkout")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
        .filter(|name| !name.starts_with('.') && name != "target")
        .collect();
    found.sort_unstable();
    assert_eq!(found, expected);
}
