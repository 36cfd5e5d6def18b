//! The commands that start a server; the binary carries them out.

use std::{net::SocketAddr, time::Duration};

use clap::Args;

use crate::domain::duration;

/// Open the console (the default)
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(after_help = "\
Examples:
  bkend console --url https://bkend.example.com
  bkend console --plain
  printf 'go-keys\\nexport keys.csv\\n' | bkend --plain
  bkend --plain --follow < /dev/null >> bkend-changes.log")]
pub struct Console {
    #[command(flatten)]
    pub lines: Lines,
}

// No doc comment: it would take the place of the one of the command that has these flags.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Lines {
    /// Lines of text instead of a screen, for screen readers and scripts: commands are typed by
    /// name, and the end of the input ends it; 1 is the exit code if a line of a script failed
    #[arg(long)]
    pub plain: bool,

    /// Go on after the end of the input, as a log of what changes; a signal ends it
    #[arg(long, requires = "plain")]
    pub follow: bool,
}

/// Run the backend alone
///
/// The first line on stdout is `listening on http://ADDR:PORT`. SIGINT or SIGTERM ends it once
/// every request under way is answered.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bkend serve
  bkend serve --listen 127.0.0.1:0 --data-dir ./data
  bkend serve --listen 0.0.0.0:4600 --allowed-host bkend.example.com")]
pub struct Serve {
    /// Address and port; port 0 picks a free one [default: 127.0.0.1:4600]
    #[arg(long, value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,

    /// Another name in the Host header that the management plane answers to; repeatable
    #[arg(long, value_name = "NAME")]
    pub allowed_host: Vec<String>,
}

/// Try it out on a throwaway sample
///
/// A data directory of its own with a realistic sample, an environment in each of the five states.
/// Equal flags give equal ids, keys and times, and the clock stands still. Gone on exit.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bkend demo
  bkend demo --environments 200 --rows 100000
  bkend demo --headless --provision-time 2s")]
pub struct Demo {
    /// How many environments the sample has; the first five show the five states
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    pub environments: u32,

    /// How many rows its largest table has
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub rows: u32,

    /// How long creating an environment takes
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration::parse)]
    pub provision_time: Duration,

    #[command(flatten)]
    pub lines: Lines,

    /// The server alone, as `bkend serve` runs it
    #[arg(long, conflicts_with = "plain")]
    pub headless: bool,

    /// Where the server listens; port 0 picks a free one [default: 127.0.0.1:4600]
    #[arg(long, value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
}
