//! The demo county.

pub mod county;
pub mod dice;
pub mod map;

use crate::{Config, Failure, cli::DemoArgs};

/// Makes the demo county in the store at `config` when that is empty; does nothing when it holds the demo already.
///
/// Writes two files into the data folder: `accounts.txt`, which `./dev up` prints (how to sign in: accounts by duty and the one
/// password), and `accounts.json` for the browser tests: `{"password": "…", "accounts": [{"login", "role", "unit", "name"}]}`.
///
/// # Errors
/// A data folder that holds a real county.
pub async fn prepare(config: &Config, args: &DemoArgs) -> Result<(), Failure> {
    let _ = (config, args);
    Err(Failure::said("demo: not available yet"))
}
