//! Settings: `onedoor.toml`, then `ONEDOOR_*` variables, then the command line; the later wins.

use crate::cli::Place;
use figment::{
    Figment,
    providers::{Env, Format, Toml},
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

/// Everything that can be set. Unknown keys in the file are refused, so a typing error never goes unseen.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The data folder: `onedoor.db`, `keys/`, `files/`.
    pub data: PathBuf,
    /// A PostgreSQL URL in place of the database file.
    pub database_url: Option<String>,
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Where attachments lie.
    pub files: Files,
    /// The county.
    pub county: County,
    /// Certificate and key files; without them the server speaks plain HTTP.
    pub tls: Option<Tls>,
    /// Addresses or networks (`10.0.0.0/8`) of reverse proxies whose `X-Forwarded-For` and `-Proto` are believed.
    pub trusted_proxies: Vec<Network>,
    /// Sign-in: lockout, idle time, password rules.
    pub people: people::Settings,
    /// Limits on what one request may cost.
    pub limits: Limits,
    /// Logging.
    pub log: Log,
    /// Lets a scraper elsewhere read `/metrics` with `Authorization: Bearer …`; loopback may always.
    pub metrics_token: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            database_url: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            files: Files::default(),
            county: County::default(),
            tls: None,
            trusted_proxies: Vec::new(),
            people: people::Settings::default(),
            limits: Limits::default(),
            log: Log::default(),
            metrics_token: None,
        }
    }
}

/// Where attachments lie.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Files {
    /// Empty for `files/` in the data folder, or the URL of an S3-compatible store: `s3://bucket/prefix`.
    pub url: String,
    /// What that store asks for: `aws_access_key_id`, `aws_secret_access_key`, `aws_endpoint`, `aws_region` …
    pub options: BTreeMap<String, String>,
}

/// The county: its name and look, and nothing else of the look can be set.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct County {
    /// Its name, shown beside the product's.
    pub name: String,
    /// Its name for readers of English.
    pub name_en: String,
    /// The name of the county centre that the first start makes.
    pub centre: String,
    /// The main colour, `#1a5fb4`; tints are made readable from it.
    pub color: Option<String>,
    /// An emblem, SVG or PNG.
    pub emblem: Option<PathBuf>,
}

impl Default for County {
    fn default() -> Self {
        Self {
            name: String::new(),
            name_en: String::new(),
            centre: "县社会治安综合治理中心".into(),
            color: None,
            emblem: None,
        }
    }
}

/// Certificate files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate chain, PEM.
    pub certificate: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
}

/// Limits on what one request may cost.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The whole answer must begin within so many seconds.
    pub request_seconds: u64,
    /// The largest body, in bytes; an upload and the import of grids have limits of their own.
    pub body_bytes: usize,
    /// Connections open at the same time.
    pub connections: usize,
    /// How long running requests may finish after a stop signal.
    pub shutdown_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { request_seconds: 30, body_bytes: 1024 * 1024, connections: 4096, shutdown_seconds: 10 }
    }
}

/// Logging.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `text` or `json`.
    pub format: LogFormat,
    /// A filter such as `info` or `info,cases=debug`.
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: "info".into() }
    }
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For collectors.
    Json,
}

/// An address or a network in CIDR form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    base: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether the network holds the address. IPv4 addresses written as IPv6 count as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                u32::from(base) & mask == u32::from(address) & mask
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                u128::from(base) & mask == u128::from(address) & mask
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (base, bits) = text.split_once('/').map_or((text.as_str(), None), |(a, b)| (a, Some(b)));
        let base: IpAddr =
            base.trim().parse().map_err(|_| format!("`{text}` is not an address or network"))?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(bits) => bits.trim().parse().map_err(|_| format!("`{text}` has no valid prefix length"))?,
        };
        if bits > most {
            return Err(format!("`{text}` has a prefix longer than {most}"));
        }
        Ok(Self { base, bits })
    }
}

/// The variables that are settings; others that begin with `ONEDOOR_` belong to tests and tools.
const VARIABLES: [&str; 11] = [
    "data",
    "database_url",
    "listen",
    "files",
    "county",
    "tls",
    "trusted_proxies",
    "people",
    "limits",
    "log",
    "metrics_token",
];

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// A file that is named but cannot be read, an unknown key, a value of the wrong form: said in words with the place.
    pub fn load(place: &Place) -> Result<Self, Box<figment::Error>> {
        let mut figment = Figment::new();
        if let Some(file) = settings_file(place) {
            if !file.exists() {
                return Err(Box::new(figment::Error::from(format!("{} does not exist", file.display()))));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        let env = Env::prefixed("ONEDOOR_")
            .filter(|key| {
                let root = key.as_str().split("__").next().unwrap_or_default().to_ascii_lowercase();
                VARIABLES.contains(&root.as_str())
            })
            .split("__");
        let mut config: Config = figment.merge(env).extract().map_err(Box::new)?;
        if let Some(data) = &place.data {
            config.data.clone_from(data);
        }
        if let Some(url) = &place.database_url {
            config.database_url = Some(url.clone());
        }
        config.database_url = config.database_url.filter(|url| !url.is_empty());
        Ok(config)
    }

    /// Whether browsers reach the server by HTTPS, so cookies carry `Secure`.
    pub fn secure_cookies(&self) -> bool {
        self.tls.is_some() || self.people.secure_cookies
    }
}

fn settings_file(place: &Place) -> Option<PathBuf> {
    place.config.clone().or_else(|| {
        let usual = Path::new("onedoor.toml");
        usual.exists().then(|| usual.to_path_buf())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, Box<figment::Error>> {
        Figment::new().merge(Toml::string(text)).extract().map_err(Box::new)
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let error = parse("lisen = \"0.0.0.0:80\"").expect_err("refused").to_string();
        assert!(error.contains("lisen"), "{error}");
    }

    #[test]
    fn the_file_sets_nested_values() {
        let config =
            parse("listen = \"0.0.0.0:80\"\n[people]\nidle_minutes = 15\n[log]\nformat = \"json\"").unwrap();
        assert_eq!(config.listen.port(), 80);
        assert_eq!(config.people.idle_minutes, 15);
        assert_eq!(config.people.session_hours, 12);
        assert_eq!(config.log.format, LogFormat::Json);
    }

    #[test]
    fn networks_contain_their_addresses_only() {
        let net = |text: &str| Network::try_from(text.to_owned());
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(net("10.0.0.0/8").unwrap().contains(ip("10.200.3.4")));
        assert!(!net("10.0.0.0/8").unwrap().contains(ip("11.0.0.1")));
        assert!(net("0.0.0.0/0").unwrap().contains(ip("203.0.113.9")));
        assert!(net("127.0.0.1").unwrap().contains(ip("::ffff:127.0.0.1")));
        assert!(!net("127.0.0.1").unwrap().contains(ip("::1")));
        assert!(net("fd00::/8").unwrap().contains(ip("fd12::1")));
        assert!(net("10.0.0.0/40").is_err());
        assert!(net("host").is_err());
    }
}
