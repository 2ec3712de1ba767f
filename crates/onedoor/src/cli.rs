//! The command line. Every subcommand says in its help what it does and what it touches.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use territory::Datum;

/// OneDoor (一扇门): one place for every matter of a county, from the first word to the answer that arrived.
///
/// Settings come from the command line, then ONEDOOR_* variables, then onedoor.toml.
#[derive(Debug, Parser)]
#[command(name = "onedoor", version, max_term_width = 100)]
pub struct Cli {
    /// Where and how.
    #[command(flatten)]
    pub place: Place,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every subcommand takes.
#[derive(Args, Clone, Debug, Default)]
pub struct Place {
    /// The settings file [default: onedoor.toml in the current folder, where there is one]
    #[arg(long, global = true, env = "ONEDOOR_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The data folder: database, keys, attachments [default: ./data; variable: ONEDOOR_DATA]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// A PostgreSQL URL to use in place of the database file [variable: ONEDOOR_DATABASE_URL]
    #[arg(long, global = true, value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server: console, API and background workers
    ///
    /// On an empty database it first sets the county up and prints one-time passwords for the three administrators.
    Serve(ServeArgs),
    /// Make the demo county 清水县 with 90 days of matters in an empty data folder, then stop
    ///
    /// The accounts share one generated password, printed at the end. Never use a demo folder for real work.
    Demo(DemoArgs),
    /// Bring divisions, grids or earlier matters in from files
    #[command(subcommand)]
    Import(ImportCommand),
    /// Print figures computed from the database
    #[command(subcommand)]
    Report(ReportCommand),
    /// Check the whole event log: every hash chain, every signed tree head; non-zero exit on the first fault
    ///
    /// With --head it also finds what a self-consistent forgery hides: a truncated tail, a deleted case, a rewritten chain.
    VerifyLog(VerifyArgs),
    /// Write the newest signed tree head as JSON, to be kept by another party
    ExportHead(FileOut),
    /// Write a complete copy of the database to FILE while the server runs
    Backup(BackupArgs),
    /// Put a backup back; the server must be stopped
    Restore(RestoreArgs),
    /// Copy everything into another, empty database of either engine; every row, hash and instant stays
    ///
    /// The source may be in use: the copy is what is committed when it begins. Attachments are not in the database.
    Copy(CopyArgs),
    /// Erase one person's details for good; the matter stays and the log still verifies
    ErasePerson(EraseArgs),
    /// List accounts, or reset a password when nobody can sign in
    #[command(subcommand)]
    Accounts(AccountsCommand),
    /// Print the OpenAPI 3.1 document of /api/v1
    Openapi(FileOut),
    /// Ask a running server whether it is ready (for container and service supervisors)
    Healthcheck(HealthArgs),
}

/// `serve`.
#[derive(Args, Debug, Default)]
pub struct ServeArgs {
    /// Address and port [default: 127.0.0.1:8080; variable: ONEDOOR_LISTEN]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Serve the demo county; makes it first when the database is empty
    #[arg(long)]
    pub demo: bool,
}

/// `demo`.
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// How many days of history
    #[arg(long, default_value_t = 90, value_name = "DAYS")]
    pub days: u32,
    /// How many matters [default: what the demo county usually has in that time]
    #[arg(long, value_name = "COUNT")]
    pub matters: Option<usize>,
}

impl Default for DemoArgs {
    fn default() -> Self {
        Self { days: 90, matters: None }
    }
}

/// `import`.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Import or update towns and villages from two CSV files; running it twice changes nothing
    Divisions {
        /// Columns town_code, town, county_code, county …
        #[arg(long, value_name = "FILE")]
        towns: PathBuf,
        /// Columns village_code, village, town_code …
        #[arg(long, value_name = "FILE")]
        villages: PathBuf,
    },
    /// Import earlier matters from a CSV or XLSX file by a mapping file; resumable, rejects go to FILE.rejects.csv
    Cases {
        /// The file
        file: PathBuf,
        /// The mapping of columns to fields
        #[arg(long, value_name = "FILE")]
        map: PathBuf,
        /// Re-live history: every matter is registered and answered at its recorded time, clocks and cards included
        #[arg(long)]
        replay: bool,
    },
    /// Import grid polygons from a GeoJSON file; every problem is listed and nothing is imported if one is an error
    Grids(GridsArgs),
}

/// `import grids`.
#[derive(Args, Clone, Debug)]
pub struct GridsArgs {
    /// The file
    pub file: PathBuf,
    /// The datum of the file: wgs84 (also CGCS2000), gcj02 (AMap, Tencent) or bd09 (Baidu)
    #[arg(long, default_value = "wgs84", value_parser = Datum::parse)]
    pub datum: Datum,
    /// Households from which a grid is warned of as too big
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub household_limit: i64,
}

/// `report`.
#[derive(Debug, Subcommand)]
pub enum ReportCommand {
    /// How many matters were answered within so many days (the day of receipt is not counted)
    Timeliness {
        /// Limits in days
        #[arg(long, value_delimiter = ',', default_value = "7,15,30", value_name = "DAYS")]
        within: Vec<u32>,
        /// What counts as a day
        #[arg(long, value_enum, default_value_t = DayUnit::Workdays)]
        unit: DayUnit,
        /// How to print
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
}

/// What counts as a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DayUnit {
    /// Working days by the calendar
    Workdays,
    /// Every day
    Days,
}

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Lines for people
    Text,
    /// JSON for programs
    Json,
}

/// `verify-log`.
#[derive(Args, Debug)]
pub struct VerifyArgs {
    /// A tree head that export-head wrote earlier: the log must still contain everything it covered
    #[arg(long, value_name = "FILE")]
    pub head: Option<PathBuf>,
    /// Read every attachment again too, and compare it with what its event committed to
    #[arg(long)]
    pub files: bool,
}

/// Commands that write one document.
#[derive(Args, Debug)]
pub struct FileOut {
    /// The file to write [default: standard output]
    pub file: Option<PathBuf>,
}

/// `backup`.
#[derive(Args, Debug)]
pub struct BackupArgs {
    /// The file to write; it must not exist
    pub file: PathBuf,
}

/// `restore`.
#[derive(Args, Debug)]
pub struct RestoreArgs {
    /// The backup
    pub file: PathBuf,
}

/// `copy`.
#[derive(Args, Debug)]
pub struct CopyArgs {
    /// A PostgreSQL URL (its keys are in the data folder), or `sqlite:` and a data folder
    #[arg(long, value_name = "URL")]
    pub from: String,
    /// A PostgreSQL URL of an empty database, or `sqlite:` and a data folder; keys go along where it has none
    #[arg(long, value_name = "URL")]
    pub to: String,
}

/// `erase-person`.
#[derive(Args, Debug)]
pub struct EraseArgs {
    /// The case's number
    pub case: String,
    /// The reporter's id on it, as the case's page and the API show it; may be left out when there is one only
    pub reporter: Option<i64>,
    /// Erase what was said and attached too, although others stand behind the same matter
    #[arg(long, conflicts_with = "keep_texts")]
    pub texts: bool,
    /// Keep what was said and attached, although nobody else stands behind the matter
    #[arg(long)]
    pub keep_texts: bool,
    /// Why: the request or the retention rule; written to the access log
    #[arg(long)]
    pub purpose: String,
}

/// `accounts`.
#[derive(Debug, Subcommand)]
pub enum AccountsCommand {
    /// List sign-in names, units and states
    List,
    /// Set a one-time password for an account, end its sessions and print the password
    ResetPassword {
        /// The sign-in name
        login: String,
    },
}

/// `healthcheck`.
#[derive(Args, Debug)]
pub struct HealthArgs {
    /// Address and port [default: the configured one]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
}
