//! What each subcommand does.

mod accounts;
mod copy;
mod data;
mod erase;
mod health;
mod log;

use crate::{
    App, Config, Failure, ambient, api,
    cli::{Command, FileOut, ImportCommand, ReportCommand},
    demo, import,
    out::say,
    report, serve,
};
use std::process::ExitCode;
use store::{Store, StoreConfig};

/// Does what the command line says.
///
/// # Errors
/// In words, for standard error.
pub(crate) async fn run(command: Command, config: Config) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(args) => serve::run(args, config).await?,
        Command::Demo(args) => demo::prepare(&config, &args).await?,
        Command::Import(what) => bring_in(what, config).await?,
        Command::Report(ReportCommand::Timeliness { within, unit, format }) => {
            report::timeliness(&App::open(config).await?, &within, unit, format).await?;
        }
        Command::VerifyLog(args) => return log::verify(&config, &args).await,
        Command::ExportHead(out) => log::export_head(&config, &out).await?,
        Command::Backup(args) => data::backup(&config, &args.file).await?,
        Command::Restore(args) => data::restore(&config, &args.file).await?,
        Command::Copy(args) => copy::run(&config, &args).await?,
        Command::ErasePerson(args) => erase::run(config, &args).await?,
        Command::Accounts(what) => accounts::run(config, what).await?,
        Command::Openapi(out) => openapi(&out).await?,
        Command::Healthcheck(args) => health::run(&config, &args).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn bring_in(what: ImportCommand, config: Config) -> Result<(), Failure> {
    match what {
        ImportCommand::Cases { file, map, replay } => import::cases(config, &file, &map, replay).await,
        ImportCommand::Divisions { towns, villages } => data::divisions(config, &towns, &villages).await,
        ImportCommand::Grids(args) => data::grids(config, &args).await,
    }
}

/// The routes need a store to be built on; an empty one in a temporary folder serves.
async fn openapi(out: &FileOut) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let config = Config { data: folder.path().to_path_buf(), ..Config::default() };
    let app = App::open(config).await?;
    let text = api::document_text(&app).map_err(std::io::Error::from)?;
    write_out(out, text.trim_end())
}

/// The engine alone, for commands that need no room.
async fn open_store(config: &Config) -> Result<Store, Failure> {
    if config.database_url.is_none() && !config.data.join("onedoor.db").exists() {
        return Err(Failure::said(format!("{} holds no database", config.data.display())));
    }
    Ok(Store::open(store_config(config)).await?)
}

fn store_config(config: &Config) -> StoreConfig {
    StoreConfig {
        data: config.data.clone(),
        database_url: config.database_url.clone(),
        clock: ambient::clock(),
        entropy: ambient::entropy(),
    }
}

/// Writes a document to the named file, or to standard output.
fn write_out(out: &FileOut, text: &str) -> Result<(), Failure> {
    match &out.file {
        Some(file) => std::fs::write(file, format!("{text}\n"))?,
        None => say(text),
    }
    Ok(())
}
