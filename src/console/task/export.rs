//! A list written as CSV or JSON, to a file or into a program.

use std::{fmt, path::PathBuf, process::Stdio, time::Duration};

use serde_json::Value;
use tokio::{
    fs::File,
    io::{AsyncWriteExt as _, BufWriter},
    process::Command,
    time::timeout,
};

use super::{Error, Meter, Product, output::Output};
use crate::{
    client::{Client, RowsQuery, files::FilesQuery, users::UsersQuery},
    console::{page::activity::words, private_file::PrivateFile, terminal::pager::printable},
    domain::{
        EnvironmentId, ProjectId,
        activity::ActivityFilter,
        api::{Page, Record},
        id::ActivityId,
    },
};

/// How long a program may take to read what it is given, a page at a time, and to end after it.
const PATIENCE: Duration = Duration::from_mins(2);
/// What is kept of what a program says.
const SAID: usize = 200;
/// What is shown in a pager at most, in bytes.
const LONGEST: usize = 64 << 20;
/// Rows of a page that is read.
const PAGE: u64 = 100;

/// A list as it is shown: its columns, its rows in their order.
#[derive(Clone, Debug)]
pub struct Export {
    /// What it is called, and the file with it: `posts`.
    pub name: String,
    pub environment: Option<EnvironmentId>,
    /// The columns of CSV, in their order. JSON has whatever a row has.
    pub columns: Vec<String>,
    pub source: Source,
}

/// Where the rows are.
#[derive(Clone, Debug)]
pub enum Source {
    /// All of them are known.
    Known(Vec<Record>),
    /// The rows of a table, page by page.
    Rows { table: String, query: RowsQuery },
    /// The users of the environment, page by page.
    Users(UsersQuery),
    /// Its files, page by page.
    Files(FilesQuery),
    /// Lines of activity, page by page: those that say all of the words.
    Activity { project: ProjectId, filter: ActivityFilter, words: Vec<String> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Json,
}

#[derive(Clone, Debug)]
pub struct ExportTo {
    pub format: Format,
    pub target: Target,
}

#[derive(Clone, Debug)]
pub enum Target {
    File {
        path: PathBuf,
        replace: bool,
    },
    /// A command line for the shell, which gets the text on its standard input.
    Program(String),
    /// The person's pager, once all of it is read.
    Pager,
}

impl fmt::Display for ExportTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Target::File { path, .. } => write!(f, "{}", path.display()),
            Target::Program(command) => write!(f, "`{command}`"),
            Target::Pager => f.write_str("the pager"),
        }
    }
}

impl Format {
    pub const ALL: [Self; 2] = [Self::Csv, Self::Json];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
        }
    }

    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

impl Export {
    /// Of things that are known whole, each as the API has it, with these fields of it.
    pub fn known<'a, T: serde::Serialize + 'a>(
        name: &str,
        environment: Option<&EnvironmentId>,
        columns: &[&str],
        items: impl IntoIterator<Item = &'a T>,
    ) -> Self {
        let mut export = Self {
            name: name.to_owned(),
            environment: environment.cloned(),
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            source: Source::Known(Vec::new()),
        };
        export.source = Source::Known(items.into_iter().map(|item| export.record(item)).collect());
        export
    }

    /// A thing as the API has it, with the fields that are wanted of it.
    fn record(&self, item: &impl serde::Serialize) -> Record {
        let Ok(Value::Object(mut record)) = serde_json::to_value(item) else { return Record::new() };
        record.retain(|field, _| self.columns.contains(field));
        record
    }

    pub(super) async fn run(self, client: &Client, to: &ExportTo, meter: &Meter) -> Result<Product, Error> {
        match &to.target {
            Target::File { path, replace } => {
                let mut output = Output::create(path, *replace).await?;
                let mut text = Text::new(to.format, &self.columns);
                let mut pages = Pages::new(&self);
                while let Some(rows) = pages.next(client, meter).await? {
                    output.write(text.rows(&rows).as_bytes()).await?;
                }
                output.write(text.end().as_bytes()).await?;
                let path = output.finish().await?;
                let are = if meter.read().done == 1 { "is" } else { "are" };
                Ok(Product::Said(format!("{} {are} in {}{}", rows(meter), path.display(), text.left_out())))
            }
            Target::Program(command) => self.pipe(client, command, to.format, meter).await.map(Product::Said),
            Target::Pager => self.write(client, to.format, meter).await,
        }
    }

    /// As the pager gets it: its file is made here, where nobody waits for it with a dead screen.
    async fn write(&self, client: &Client, format: Format, meter: &Meter) -> Result<Product, Error> {
        let unwritable = |error| Error::Unwritable { path: "the text for the pager".into(), error };
        let mut text = Text::new(format, &self.columns);
        let mut pages = Pages::new(self);
        let (file, writing) = PrivateFile::create("text").map_err(unwritable)?;
        let mut writing = BufWriter::new(File::from_std(writing));
        let mut written = 0;
        while let Some(page) = pages.next(client, meter).await? {
            let page = printable(&text.rows(&page));
            written += page.len();
            if written > LONGEST {
                return Err(Error::TooLong { read: rows(meter) });
            }
            writing.write_all(page.as_bytes()).await.map_err(unwritable)?;
        }
        writing.write_all(text.end().as_bytes()).await.map_err(unwritable)?;
        writing.flush().await.map_err(unwritable)?;
        Ok(Product::Written { text: file, said: format!("{} were shown{}", rows(meter), text.left_out()) })
    }

    async fn pipe(&self, client: &Client, command: &str, format: Format, meter: &Meter) -> Result<String, Error> {
        let failed = |reason: String| Error::Program { command: command.to_owned(), reason };
        let mut child = Command::new("sh")
            .args(["-c", command])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(format!("cannot be run: {error}")))?;
        let Some(mut stdin) = child.stdin.take() else { return Err(failed("takes no input".into())) };
        let mut text = Text::new(format, &self.columns);
        let writing = async {
            let mut pages = Pages::new(self);
            while let Some(rows) = pages.next(client, meter).await? {
                if !give(&mut stdin, &text.rows(&rows)).await.map_err(&failed)? {
                    return Ok(());
                }
            }
            give(&mut stdin, text.end()).await.map_err(&failed)?;
            drop(stdin);
            Ok::<_, Error>(())
        };
        // What it says is read while it is given more: a full pipe would stop both.
        let (written, ended) = tokio::join!(writing, child.wait_with_output());
        written?;
        let output = ended.map_err(|error| failed(format!("cannot be waited for: {error}")))?;
        let said = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SAID).collect::<String>()
        };
        if !output.status.success() {
            let said = said(&output.stderr);
            let colon = if said.is_empty() { "" } else { ": " };
            return Err(failed(format!("ended with {}{colon}{said}", output.status)));
        }
        let said = said(&output.stdout);
        let says = if said.is_empty() { String::new() } else { format!(", which says: {said}") };
        Ok(format!("{} went to `{command}`{says}{}", rows(meter), text.left_out()))
    }
}

fn rows(meter: &Meter) -> String {
    crate::console::fit::count(meter.read().done, "row")
}

/// Hands text to a program. Returns whether it wants more: one that has seen enough closes its input.
async fn give(stdin: &mut (impl tokio::io::AsyncWrite + Unpin), text: &str) -> Result<bool, String> {
    match timeout(PATIENCE, stdin.write_all(text.as_bytes())).await {
        Ok(Ok(())) => Ok(true),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        Ok(Err(error)) => Err(format!("takes nothing: {error}")),
        Err(_) => Err(format!("has read nothing for {} minutes", PATIENCE.as_secs() / 60)),
    }
}

/// The rows of an export, a page at a time.
struct Pages<'a> {
    export: &'a Export,
    next: Option<u64>,
    /// The last line of activity. Lines that come meanwhile move it into the next page.
    last: Option<ActivityId>,
}

impl<'a> Pages<'a> {
    const fn new(export: &'a Export) -> Self {
        Self { export, next: Some(1), last: None }
    }

    async fn next(&mut self, client: &Client, meter: &Meter) -> Result<Option<Vec<Record>>, Error> {
        let Some(number) = self.next.take() else { return Ok(None) };
        let rows = match (&self.export.source, &self.export.environment) {
            (Source::Known(rows), _) => {
                meter.expect(rows.len() as u64);
                rows.clone()
            }
            (Source::Activity { project, filter, words }, _) => {
                let page = client.activity_page(project, filter, number, PAGE).await?;
                let mut lines = self.take(number, page, meter);
                if let Some(known) = lines.iter().position(|line| Some(&line.id) == self.last.as_ref()) {
                    lines.drain(..=known);
                }
                self.last = lines.last().map(|line| line.id.clone()).or(self.last.take());
                let said = lines.iter().filter(|line| words::matches(line, words));
                said.map(|line| self.export.record(line)).collect()
            }
            (_, None) => Vec::new(),
            (Source::Rows { table, query }, Some(environment)) => {
                let query = RowsQuery { page: number, limit: PAGE, ..query.clone() };
                let page = client.rows(environment, table, &query).await?;
                self.take(number, page, meter)
            }
            (Source::Users(query), Some(environment)) => {
                let query = UsersQuery { page: number, limit: PAGE, ..query.clone() };
                let page = client.users_page(environment, &query).await?;
                self.take(number, page, meter).iter().map(|user| self.export.record(user)).collect()
            }
            (Source::Files(query), Some(environment)) => {
                let query = FilesQuery { page: number, limit: PAGE, ..query.clone() };
                let page = client.files_page(environment, &query).await?;
                self.take(number, page, meter).iter().map(|file| self.export.record(file)).collect()
            }
        };
        meter.add(rows.len() as u64);
        Ok(Some(rows))
    }

    fn take<T>(&mut self, number: u64, page: Page<T>, meter: &Meter) -> Vec<T> {
        meter.expect(page.pagination.total);
        self.next = page.pagination.has_next.then_some(number + 1);
        page.items
    }
}

/// The text of a list, written row by row.
#[derive(Debug)]
struct Text<'a> {
    format: Format,
    columns: &'a [String],
    begun: bool,
    /// Values of columns that CSV has no place for.
    left_out: u64,
}

impl<'a> Text<'a> {
    const fn new(format: Format, columns: &'a [String]) -> Self {
        Self { format, columns, begun: false, left_out: 0 }
    }

    fn rows(&mut self, rows: &[Record]) -> String {
        let mut text = String::new();
        for row in rows {
            match self.format {
                Format::Csv => self.csv(row, &mut text),
                Format::Json => {
                    text.push_str(if self.begun { ",\n" } else { "[\n" });
                    // A map of JSON values is written as it is.
                    text.push_str(&serde_json::to_string(row).unwrap_or_default());
                }
            }
            self.begun = true;
        }
        text
    }

    fn end(&mut self) -> &'static str {
        match (self.format, self.begun) {
            (Format::Csv, _) => "",
            (Format::Json, true) => "\n]\n",
            (Format::Json, false) => "[]\n",
        }
    }

    /// As RFC 4180 has it, with the line ends of Unix.
    fn csv(&mut self, row: &Record, text: &mut String) {
        if !self.begun {
            let names: Vec<_> = self.columns.iter().map(|column| quoted(column)).collect();
            text.push_str(&names.join(","));
            text.push('\n');
        }
        let values: Vec<_> = self.columns.iter().map(|column| row.get(column).map(cell).unwrap_or_default()).collect();
        text.push_str(&values.join(","));
        text.push('\n');
        let placed = self.columns.iter().filter(|column| row.contains_key(*column)).count();
        self.left_out += (row.len() - placed.min(row.len())) as u64;
    }

    /// What is to be said of values without a column.
    fn left_out(&self) -> String {
        match (self.format, self.left_out) {
            (Format::Json, _) | (_, 0) => String::new(),
            (Format::Csv, values) => {
                format!("; {} of undeclared columns are only in JSON", crate::console::fit::count(values, "value"))
            }
        }
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => quoted(text),
        Value::Array(_) | Value::Object(_) => quoted(&value.to_string()),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn quoted(text: &str) -> String {
    // An empty text is told from nothing at all.
    if text.is_empty() || text.contains([',', '"', '\n', '\r']) || text.starts_with(' ') || text.ends_with(' ') {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows() -> Vec<Record> {
        let rows = json!([
            {"id": "1", "title": "one, two", "views": 5, "tags": ["a"], "extra": true},
            {"id": "2", "title": "say \"hi\"\nthere", "views": null, "tags": [], "note": ""}
        ]);
        serde_json::from_value(rows).expect("records")
    }

    fn export() -> Export {
        let columns = ["id", "title", "views", "tags", "note"].map(str::to_owned).to_vec();
        Export { name: "posts".into(), environment: None, columns, source: Source::Known(rows()) }
    }

    fn text(format: Format) -> String {
        let export = export();
        let mut text = Text::new(format, &export.columns);
        text.rows(&rows()) + text.end()
    }

    #[test]
    fn csv_quotes_what_would_break_a_line() {
        let expected =
            "id,title,views,tags,note\n1,\"one, two\",5,\"[\"\"a\"\"]\",\n2,\"say \"\"hi\"\"\nthere\",,[],\"\"\n";
        assert_eq!(text(Format::Csv), expected);
    }

    #[test]
    fn json_is_a_list_that_reads_back() {
        let read: Vec<Record> = serde_json::from_str(&text(Format::Json)).expect("JSON");
        assert_eq!(read, rows());
        let export = export();
        let mut empty = Text::new(Format::Json, &export.columns);
        assert_eq!(empty.rows(&[]) + empty.end(), "[]\n");
    }

    fn said(result: Result<Product, Error>) -> String {
        match result {
            Ok(Product::Said(said)) => said,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_list_goes_to_a_file_or_into_a_program() {
        let folder = tempfile::tempdir().expect("a folder");
        let target =
            crate::client::Target { url: "http://127.0.0.1:9".into(), token: String::new().into(), socket: None };
        let client = Client::new(target).expect("a client");
        let path = folder.path().join("posts.csv");
        let to = |target| ExportTo { format: Format::Csv, target };
        let file = to(Target::File { path: path.clone(), replace: false });
        let sentence = said(export().run(&client, &file, &Meter::default()).await);
        assert!(sentence.contains("2 rows are in") && sentence.contains("1 value of undeclared columns"), "{sentence}");
        assert!(std::fs::read_to_string(&path).expect("a file").starts_with("id,title"));
        let again = export().run(&client, &file, &Meter::default()).await;
        assert!(matches!(again, Err(Error::Exists { .. })), "{again:?}");
        let program = to(Target::Program("head -n 1".into()));
        let sentence = said(export().run(&client, &program, &Meter::default()).await);
        assert!(sentence.contains("which says: id,title,views,tags,note"), "{sentence}");
        let wrong = to(Target::Program("echo no >&2; exit 3".into()));
        let error = export().run(&client, &wrong, &Meter::default()).await.expect_err("it fails");
        assert!(error.to_string().contains(": no"), "{error}");
        let read = export().run(&client, &to(Target::Pager), &Meter::default()).await;
        let Ok(Product::Written { text, said }) = read else { panic!("{read:?}") };
        let text = std::fs::read_to_string(text.path()).expect("it is written");
        assert!(text.starts_with("id,title") && said.contains("2 rows were shown"), "{said}: {text}");
        let Value::String(sign) = json!("a\u{1b}[2J") else { unreachable!("it is text") };
        let row = [("id".to_owned(), Value::String(sign))].into_iter().collect();
        let signs = Export { source: Source::Known(vec![row]), columns: vec!["id".into()], ..export() };
        let Ok(Product::Written { text, .. }) = signs.run(&client, &to(Target::Pager), &Meter::default()).await else {
            panic!("it is written")
        };
        assert_eq!(std::fs::read_to_string(text.path()).expect("it is written"), "id\na\u{fffd}[2J\n");
    }
}
