//! `bkend`: reads the arguments, finds or starts the server they need, and sets the exit code.

#[path = "main/backend.rs"]
mod backend;
#[path = "main/logging.rs"]
mod logging;

use std::process::ExitCode;

use bkend_console::cli::{
    Cli, Command, Failure, Settings,
    doctor,
    output::{self, Output},
};
use clap::{Parser as _, error::ErrorKind};
use color_eyre::eyre::WrapErr as _;

fn main() -> color_eyre::Result<ExitCode> {
    // Reports of panics and of what is no user's fault; everything else is a `Failure`.
    color_eyre::install()?;
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return Ok(misunderstood(&error)),
    };
    let early = cli.global.output();
    let settings = match cli.global.settle() {
        Ok(settings) => settings,
        Err(failure) => return Ok(failed(early, &failure)),
    };
    let output = settings.output;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .wrap_err("the runtime cannot be started")?;
    let result = runtime.block_on(run(cli.command.unwrap_or(Command::Console), settings));
    // Whatever still reads from a terminal must not hold the exit up.
    runtime.shutdown_background();
    Ok(result.map_or_else(|failure| failed(output, &failure), |()| ExitCode::SUCCESS))
}

async fn run(command: Command, settings: Settings) -> Result<(), Failure> {
    match command {
        Command::Completions(completions) => completions.run(),
        Command::Noun(noun) => {
            noun.check()?;
            let _log = logging::start(&settings)?;
            let backend = backend::for_one_command(&settings).await?;
            let result = noun.run(&backend.session).await;
            backend.close().await;
            result
        }
        Command::Doctor => todo_doctor(settings).await,
        Command::Console | Command::Serve(_) | Command::Demo(_) => Err(Failure::Unavailable("no server".into())),
    }
}
