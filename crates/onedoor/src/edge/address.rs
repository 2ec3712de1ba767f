//! Who really sent a request: the peer of the connection, or what a trusted proxy says.

use crate::config::Network;
use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::Response,
};
use http::HeaderMap;
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// The peer of the TCP connection, put on every request by the listener.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// True when the request came straight from this machine, through no proxy.
#[derive(Clone, Copy, Debug)]
pub struct FromHere(pub bool);

/// Replaces the connection's peer by the client's address, as `ConnectInfo<SocketAddr>`.
pub async fn resolve(State(proxies): State<Arc<Vec<Network>>>, mut request: Request, next: Next) -> Response {
    let peer = request
        .extensions()
        .get::<Peer>()
        .map_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)), |peer| peer.0);
    let address = client(peer.ip(), request.headers(), &proxies);
    let direct =
        !request.headers().contains_key("x-forwarded-for") && !request.headers().contains_key("forwarded");
    request.extensions_mut().insert(FromHere(direct && address.to_canonical().is_loopback()));
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, peer.port())));
    next.run(request).await
}

/// The rightmost address of `X-Forwarded-For` that is not a trusted proxy; the peer when it is not trusted itself.
fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[Network]) -> IpAddr {
    let trusted = |address: IpAddr| proxies.iter().any(|network| network.contains(address));
    if !trusted(peer) {
        return peer.to_canonical();
    }
    let mut found = peer;
    let hops = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = hops.flat_map(|value| value.split(',')).collect();
    for hop in hops.iter().rev() {
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        found = address;
        if !trusted(address) {
            break;
        }
    }
    found.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, forwarded: &str, proxies: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        if !forwarded.is_empty() {
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        }
        let proxies: Vec<Network> =
            proxies.iter().map(|p| Network::try_from((*p).to_owned()).unwrap()).collect();
        client(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_an_address() {
        assert_eq!(from("203.0.113.5", "10.1.1.1", &[]), "203.0.113.5");
        assert_eq!(from("203.0.113.5", "10.1.1.1", &["127.0.0.1"]), "203.0.113.5");
    }

    #[test]
    fn behind_proxies_the_last_untrusted_hop_counts() {
        assert_eq!(from("127.0.0.1", "1.2.3.4", &["127.0.0.1"]), "1.2.3.4");
        assert_eq!(from("127.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.7", &["127.0.0.1", "10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(from("127.0.0.1", "6.6.6.6, nonsense", &["127.0.0.1"]), "127.0.0.1");
    }
}
