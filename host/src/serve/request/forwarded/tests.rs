use super::*;

const PEER: &str = "10.0.0.1";

fn read(trusted: &str, headers: &[(&'static str, &str)]) -> Result<Forwarded, RequestError> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, value.parse().unwrap());
    }
    Forwarded::read(&map, PEER.parse().unwrap(), &trusted.parse().unwrap())
}

fn client_of(trusted: &str, headers: &[(&'static str, &str)]) -> Option<String> {
    read(trusted, headers).unwrap().client.map(|client| match client.port {
        Some(port) => format!("{} {port}", client.address),
        None => client.address.to_string(),
    })
}

#[test]
fn proxies_are_addresses_and_networks() {
    let proxies: Proxies = "10.0.0.1, 192.168.0.0/16,::1".parse().unwrap();
    for (address, trusted) in [("10.0.0.1", true), ("10.0.0.2", false), ("192.168.9.9", true), ("::1", true)] {
        assert_eq!(proxies.trust(address.parse().unwrap()), trusted, "{address}");
    }
    assert!("*".parse::<Proxies>().unwrap().trust("1.2.3.4".parse().unwrap()));
    assert!(!Proxies::default().trust("127.0.0.1".parse().unwrap()));
    assert!("localhost".parse::<Proxies>().unwrap_err().to_string().contains("localhost"));
}

#[test]
fn the_first_address_from_the_right_that_is_no_proxy_is_the_client() {
    let forwarded = [("x-forwarded-for", "6.6.6.6, 1.2.3.4"), ("x-forwarded-for", "10.0.0.2")];
    assert_eq!(client_of("10.0.0.1", &forwarded).unwrap(), "10.0.0.2");
    assert_eq!(client_of("10.0.0.0/8", &forwarded).unwrap(), "1.2.3.4");
    assert_eq!(client_of("*", &forwarded).unwrap(), "6.6.6.6");
}

#[test]
fn what_is_no_address_ends_the_search() {
    assert_eq!(client_of("10.0.0.0/8", &[("x-forwarded-for", "unknown")]), None);
    assert_eq!(client_of("10.0.0.0/8", &[("x-forwarded-for", "1.2.3.4, unknown, 10.0.0.2")]).unwrap(), "10.0.0.2");
    assert_eq!(client_of("10.0.0.0/8", &[("x-forwarded-for", "")]), None);
    assert_eq!(client_of("10.0.0.0/8", &[("forwarded", "for=_hidden")]), None);
}

#[test]
fn addresses_may_have_ports() {
    for (text, client) in [
        ("1.2.3.4:5", "1.2.3.4 5"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:5", "2001:db8::1 5"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
    ] {
        assert_eq!(client_of(PEER, &[("x-forwarded-for", text)]).unwrap(), client);
        assert_eq!(client_of(PEER, &[("forwarded", &format!("for=\"{text}\""))]).unwrap(), client);
    }
}

#[test]
fn forwarded_is_read_element_by_element() {
    let told = read(
        "10.0.0.0/8",
        &[("forwarded", "for=6.6.6.6;proto=http, for=1.2.3.4; Proto=HTTPS ;host=\"a.b:1\", for=10.0.0.2;proto=http")],
    );
    let told = told.unwrap();
    assert_eq!(told.client.unwrap().address.to_string(), "1.2.3.4");
    assert_eq!((told.secure, told.host.as_deref()), (Some(true), Some("a.b:1")));
    assert!(read(PEER, &[("forwarded", "for")]).is_err());
    assert!(read(PEER, &[("forwarded", "for=\"1.2.3.4")]).is_err());
    assert_eq!(client_of(PEER, &[("forwarded", "secret=\"a,b;c\\\"\";for=1.2.3.4")]).unwrap(), "1.2.3.4");
}

#[test]
fn the_two_kinds_must_agree() {
    let (one, same, other) =
        (("forwarded", "for=1.2.3.4"), ("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", "6.6.6.6"));
    assert_eq!(client_of(PEER, &[one, same]).unwrap(), "1.2.3.4");
    assert!(read(PEER, &[one, other]).is_err());
    assert!(
        read(
            PEER,
            &[("forwarded", "for=1.2.3.4;proto=http"), ("x-forwarded-for", "1.2.3.4"), ("x-forwarded-proto", "https")]
        )
        .is_err()
    );
}

#[test]
fn the_last_of_the_other_headers_counts() {
    let told =
        read(PEER, &[("x-forwarded-proto", "http, https"), ("x-forwarded-host", "a, b"), ("x-forwarded-port", "8443")]);
    let told = told.unwrap();
    assert_eq!(told.secure, Some(true));
    let known = "inside:80".parse().unwrap();
    assert_eq!(told.host(&known, true).unwrap().unwrap(), "b:8443");
    let told = read(PEER, &[("x-forwarded-port", "8443")]).unwrap();
    assert_eq!(told.host(&known, true).unwrap().unwrap(), "inside:8443");
    // A browser's Origin has no default port, so that the host must have none, either.
    let told = read(PEER, &[("x-forwarded-host", "shop"), ("x-forwarded-port", "443")]).unwrap();
    assert_eq!(told.host(&known, true).unwrap().unwrap(), "shop");
    assert_eq!(told.host(&known, false).unwrap().unwrap(), "shop:443");
    let told = read(PEER, &[("x-forwarded-port", "80")]).unwrap();
    assert_eq!(told.host(&known, false).unwrap().unwrap(), "inside");
    assert!(read(PEER, &[("x-forwarded-host", "a/b")]).unwrap().host(&known, true).is_err());
}
