//! What is set by flags, variables and the configuration file, in this order.

use std::path::{Path, PathBuf};

use clap::{
    ArgAction, Args, ColorChoice,
    builder::{OsStringValueParser, TypedValueParser},
};

use super::{
    Failure,
    config::{Color, Config, is_public_url},
    context::ContextFile,
    output::Output,
};
use crate::{
    client::local,
    domain::{envelope::Envelope, file::KeyStyle},
};

/// Where the console's own server listens if nothing else is asked for.
pub const LISTEN: std::net::SocketAddr =
    std::net::SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 4600);

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Where everything is kept [default: bkend in the platform's data folder]
    #[arg(long, global = true, value_name = "DIR", env = "BKEND_DATA_DIR", hide_env_values = true, value_parser = path())]
    data_dir: Option<PathBuf>,

    /// A server elsewhere, instead of the data directory; its operator token is read from
    /// BKEND_TOKEN
    #[arg(long, global = true, value_name = "URL", env = "BKEND_URL", hide_env_values = true)]
    url: Option<String>,

    /// The project, by name or id [default: the one that `env use` chose, or the only one]
    #[arg(long, global = true, value_name = "NAME", env = "BKEND_PROJECT", hide_env_values = true)]
    project: Option<String>,

    /// The environment [default: the one that `env use` chose, or dev]
    #[arg(long, global = true, value_name = "NAME", env = "BKEND_ENV", hide_env_values = true)]
    env: Option<String>,

    /// The configuration file [default: bkend/config.toml in the platform's configuration folder]
    #[arg(long, global = true, value_name = "FILE", env = "BKEND_CONFIG", hide_env_values = true, value_parser = path())]
    config: Option<PathBuf>,

    /// What URLs of files begin with, where clients reach the server by another address than it
    /// listens on [default: as each request called it]
    #[arg(long, global = true, value_name = "URL", env = "BKEND_PUBLIC_URL", hide_env_values = true)]
    public_url: Option<String>,

    /// Print the management API's JSON instead of tables, and errors as {error} on stderr
    #[arg(long, global = true)]
    json: bool,

    /// Colour the output; NO_COLOR is honoured [default: auto]
    #[arg(long, global = true, value_name = "WHEN")]
    color: Option<ColorChoice>,

    /// Write diagnostics to this file instead of stderr
    #[arg(long, global = true, value_name = "FILE")]
    log_file: Option<PathBuf>,

    /// Say more; twice for every detail
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,

    /// Print results and errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
}

/// Everything settled.
#[derive(Clone, Debug)]
pub struct Settings {
    pub config_file: PathBuf,
    /// A flag or a variable names it: it has to be there.
    pub is_config_named: bool,
    pub data_dir: PathBuf,
    pub url: Option<String>,
    pub project: Option<String>,
    pub environment: Option<String>,
    pub listen: std::net::SocketAddr,
    pub public_url: Option<String>,
    pub key_style: KeyStyle,
    pub envelope: Envelope,
    /// Bytes; absent for the platform's own bound.
    pub max_file_size: Option<u64>,
    /// Requests of a key in a minute.
    pub rate_limit: Option<std::num::NonZeroU32>,
    pub color: Color,
    pub log_file: Option<PathBuf>,
    pub verbose: u8,
    pub output: Output,
}

impl Global {
    pub fn settle(self) -> Result<Settings, Failure> {
        let config_file = self.config_to_read()?;
        let config = Config::read(&config_file)?;
        self.with(config_file, config)
    }

    /// The same for whoever looks for what is wrong: an entry that is wrong counts as not written, and
    /// a file that is named and not there as an empty one; why is returned beside.
    pub fn settle_what_is_right(self) -> Result<(Settings, Option<Failure>), Failure> {
        let config_file = self.config_file()?;
        let absent = self.config_to_read().err();
        let (config, _) = Config::read_right(&config_file);
        Ok((self.with(config_file, config)?, absent))
    }

    fn with(self, config_file: PathBuf, config: Config) -> Result<Settings, Failure> {
        let is_config_named = self.names_config();
        let data_dir = match filled(self.data_dir).or(config.data_dir) {
            Some(path) => path,
            None => home(etcetera::BaseStrategy::data_dir, "--data-dir DIR")?,
        };
        let color = self.color.map(Color::from).or(config.color).unwrap_or(Color::Auto);
        Ok(Settings {
            config_file,
            is_config_named,
            data_dir: absolute(&data_dir)?,
            url: self.url.filter(|url| !url.is_empty()).map(|url| url.trim_end_matches('/').to_owned()),
            project: self.project.filter(|name| !name.is_empty()),
            environment: self.env.filter(|name| !name.is_empty()),
            listen: config.listen.unwrap_or(LISTEN),
            public_url: match self.public_url.filter(|url| !url.is_empty()) {
                Some(url) => Some(public_url(url)?),
                None => config.public_url,
            },
            key_style: config.key_style.unwrap_or_default(),
            envelope: config.envelope.unwrap_or_default(),
            max_file_size: config.max_file_size,
            rate_limit: config.rate_limit,
            color,
            log_file: filled(self.log_file).or(config.log_file),
            verbose: self.verbose,
            output: Output::new(self.json, self.quiet, color),
        })
    }

    /// Where the configuration file is, or would be.
    pub fn config_file(&self) -> Result<PathBuf, Failure> {
        let path = match filled(self.config.clone()) {
            Some(path) => path,
            None => home(etcetera::BaseStrategy::config_dir, "--config FILE")?.join("config.toml"),
        };
        absolute(&path)
    }

    /// The same for whoever reads it: one that a person named is there, or was named wrongly.
    pub fn config_to_read(&self) -> Result<PathBuf, Failure> {
        let path = self.config_file()?;
        // What cannot even be looked for is said where it is read.
        if self.names_config() && matches!(path.try_exists(), Ok(false)) {
            return Err(Failure::Usage(format!(
                "{} is not there, and --config or BKEND_CONFIG names it: write it, or name none to have the defaults",
                path.display()
            )));
        }
        Ok(path)
    }

    fn names_config(&self) -> bool {
        filled(self.config.clone()).is_some()
    }

    /// For errors that come before everything is settled.
    pub fn output(&self) -> Output {
        Output::new(self.json, self.quiet, self.color.map_or(Color::Auto, Color::from))
    }
}

impl Settings {
    pub fn context(&self) -> ContextFile {
        ContextFile::beside(&self.config_file)
    }

    /// Whether there is something that a command could be about: making a data directory where there is none would
    /// hide that its name was mistyped.
    ///
    /// # Errors
    /// [`Failure::Usage`] with how to begin one.
    pub fn check_data(&self) -> Result<(), Failure> {
        if self.url.is_some() || local::is_begun(&self.data_dir) {
            return Ok(());
        }
        Err(Failure::Usage(format!(
            "bkend has no data in {}: check --data-dir, BKEND_DATA_DIR or data-dir in the configuration; `bkend`, `bkend \
             serve` or `bkend env create NAME` begins anew there",
            self.data_dir.display()
        )))
    }

    /// What the context file knows this backend by.
    pub fn backend(&self) -> String {
        self.url.clone().unwrap_or_else(|| self.data_dir.display().to_string())
    }
}

/// Our folder among those that the platform has for such things.
fn home(of: fn(&etcetera::base_strategy::Xdg) -> PathBuf, instead: &str) -> Result<PathBuf, Failure> {
    let base = etcetera::choose_base_strategy()
        .map_err(|_| Failure::Usage(format!("this machine has no home folder: give {instead}")))?;
    Ok(of(&base).join("bkend"))
}

fn public_url(url: String) -> Result<String, Failure> {
    if is_public_url(&url) {
        return Ok(url);
    }
    Err(Failure::Usage(format!("{url} is not a public URL: it begins with http:// or https:// and has no query")))
}

/// Takes an empty path, which clap's own parser refuses even where a flag comes before the variable.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// An empty variable is one that is not set.
fn filled(path: Option<PathBuf>) -> Option<PathBuf> {
    path.filter(|path| !path.as_os_str().is_empty())
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}

impl From<ColorChoice> for Color {
    fn from(choice: ColorChoice) -> Self {
        match choice {
            ColorChoice::Auto => Self::Auto,
            ColorChoice::Always => Self::Always,
            ColorChoice::Never => Self::Never,
        }
    }
}
