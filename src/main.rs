//! `bkend`: reads the arguments, finds or starts the server they need, and sets the exit code.

#[path = "main/backend.rs"]
mod backend;
#[path = "main/background.rs"]
mod background;
#[path = "main/console.rs"]
mod console;
#[path = "main/demo.rs"]
mod demo;
#[path = "main/demo_folder.rs"]
mod demo_folder;
#[path = "main/descriptors.rs"]
mod descriptors;
#[path = "main/embedded.rs"]
mod embedded;
#[path = "main/logging.rs"]
mod logging;
#[path = "main/private_folder.rs"]
mod private_folder;
#[path = "main/sample.rs"]
mod sample;
#[path = "main/sample_files.rs"]
mod sample_files;
#[path = "main/sample_rows.rs"]
mod sample_rows;
#[path = "main/sample_traffic.rs"]
mod sample_traffic;
#[path = "main/sample_users.rs"]
mod sample_users;
#[path = "main/serve.rs"]
mod serve;
#[path = "main/signals.rs"]
mod signals;

use std::{io::IsTerminal as _, path::Path, pin::pin, process::ExitCode};

use bkend_console::{
    cli::{
        Cli, Command, Failure, Noun, Session, Settings, config::Color, configuration, doctor, launch, output::Output,
    },
    console::Config,
    domain::mistake::Mistake,
};
use clap::error::ErrorKind;
use color_eyre::eyre::WrapErr as _;

use backend::Backend;
use logging::Otherwise;
use signals::Signals;

fn main() -> color_eyre::Result<ExitCode> {
    // For panics and for what is nobody's fault; everything else is a `Failure`.
    color_eyre::install()?;
    let cli = match Cli::read(&std::env::args_os().collect::<Vec<_>>()) {
        Ok(cli) => cli,
        Err(error) => return Ok(misunderstood(&error)),
    };
    let early = cli.global.output();
    if let Some(Command::Config(verb)) = &cli.command {
        // Also about a file that nothing could be settled from.
        let path = match verb {
            configuration::Verb::Path => cli.global.config_file(),
            configuration::Verb::Show | configuration::Verb::Check => cli.global.config_to_read(),
        };
        let result = path.and_then(|path| verb.run(early, &path, &console_mistakes(&path)));
        return Ok(result.map_or_else(|failure| failed(early, &failure), |()| ExitCode::SUCCESS));
    }
    let settled = match &cli.command {
        Some(Command::Doctor) => cli.global.settle_what_is_right(),
        _ => cli.global.settle().map(|settings| (settings, None)),
    };
    let (settings, absent) = match settled {
        Ok(settled) => settled,
        Err(failure) => return Ok(failed(early, &failure)),
    };
    let output = settings.output;
    let console = cli.console;
    let command = cli.command.unwrap_or(Command::Console(console));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .wrap_err("the system gives no threads to run on")?;
    let result = runtime.block_on(run(command, settings, absent));
    // A thread that still waits for somebody to type must not hold the exit up.
    runtime.shutdown_background();
    Ok(result.map_or_else(|failure| failed(output, &failure), |()| ExitCode::SUCCESS))
}

/// `absent` says of a named configuration that it is not there, to the one command that goes on.
async fn run(command: Command, settings: Settings, absent: Option<Failure>) -> Result<(), Failure> {
    let on_screen = match &command {
        Command::Console(console) => !console.lines.plain,
        Command::Demo(demo) => !demo.headless && !demo.lines.plain,
        _ => false,
    };
    if on_screen && !has_terminal() {
        return Err(Failure::Usage(
            "the console needs a terminal: `bkend --plain` does without, `bkend serve` and `bkend demo --headless` run a backend alone, `bkend --help` \
             lists the commands"
                .into(),
        ));
    }
    let _log = logging::start(&settings, if on_screen { Otherwise::Nowhere } else { Otherwise::Stderr })?;
    match command {
        Command::Console(launch::Console { lines }) => console::run(settings, lines).await,
        Command::Demo(demo) => demo::run(demo, settings).await,
        Command::Serve(serve) => serve::run(serve, settings).await,
        Command::Noun(noun) => ask(noun, settings).await,
        Command::Doctor => examine(settings, absent).await,
        Command::Config(verb) => {
            verb.run(settings.output, &settings.config_file, &console_mistakes(&settings.config_file))
        }
        Command::Completions(completions) => completions.run(),
    }
}

fn has_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

async fn ask(noun: Noun, settings: Settings) -> Result<(), Failure> {
    noun.check(&settings)?;
    let mut signals = Signals::catch()?;
    let backend = Backend::find(settings).await?;
    let result = run_noun(noun, &backend.session, &mut signals).await;
    tokio::select! {
        () = backend.finish() => result,
        () = signals.next() => Err(Failure::Interrupted),
    }
}

/// Cuts the command off at a signal, or has it end in order if it must.
async fn run_noun(noun: Noun, session: &Session, signals: &mut Signals) -> Result<(), Failure> {
    let interruptible = noun.is_interruptible();
    let mut running = pin!(noun.run(session));
    tokio::select! {
        result = &mut running => result,
        () = signals.next() => {
            if interruptible {
                return Err(Failure::Interrupted);
            }
            session.stopping.cancel();
            running.await
        }
    }
}

/// What is wrong in the console's part of the configuration.
fn console_mistakes(config: &Path) -> Vec<Mistake> {
    let (_, mistakes) = Config::load(config);
    mistakes
}

async fn examine(settings: Settings, absent: Option<Failure>) -> Result<(), Failure> {
    let mistakes = configuration::mistakes(&settings.config_file, &console_mistakes(&settings.config_file));
    let mistakes = doctor::Configuration { absent, mistakes };
    // Looking must not make a data directory.
    if settings.check_data().is_err() {
        return doctor::run(&settings, &mistakes, None).await;
    }
    match Backend::find(settings.clone()).await {
        Ok(backend) => {
            let result = doctor::run(&settings, &mistakes, Some(Ok(&backend.session))).await;
            backend.finish().await;
            result
        }
        Err(failure) => doctor::run(&settings, &mistakes, Some(Err(failure))).await,
    }
}

/// Help and version are answers; the rest is wrong usage, in JSON for those who asked for it.
fn misunderstood(error: &clap::Error) -> ExitCode {
    let is_answer = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let json = std::env::args_os().any(|argument| argument == "--json");
    if json && !is_answer {
        let message = error.to_string();
        let message = message.trim_start_matches("error: ").trim_end();
        return failed(Output::new(true, false, Color::Never), &Failure::Usage(message.to_owned()));
    }
    // A reader that went away has seen enough.
    let _ = error.print();
    if is_answer { ExitCode::SUCCESS } else { ExitCode::from(2) }
}

fn failed(output: Output, failure: &Failure) -> ExitCode {
    let code = failure.exit_code();
    if code != 0 {
        output.error(failure);
    }
    ExitCode::from(code)
}
