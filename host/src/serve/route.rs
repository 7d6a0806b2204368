//! Which requests are for an application: those for its host names, below its path.

use crate::outgoing::origin::{Host, Pattern};
use crate::serve::request::connection_info;
use http::Request;
use std::cmp::Reverse;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// Where one of several applications is found. The only application of a server has the default: everything is its.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// Empty for any host.
    pub hosts: Vec<Pattern>,
    /// PEP 3333's SCRIPT_NAME: empty, or `/` and a name.
    pub prefix: Arc<str>,
}

/// One host name of a route, or any, with its path: what a request is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    host: Option<Pattern>,
    prefix: Arc<str>,
}

/// Whether a rule takes a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    Fits,
    OtherHost,
    OtherPath,
}

impl Route {
    pub fn rules(&self) -> impl Iterator<Item = Rule> {
        let any = self.hosts.is_empty().then_some(None);
        let hosts = self.hosts.iter().cloned().map(Some).chain(any);
        hosts.map(|host| Rule { host, prefix: self.prefix.clone() })
    }
}

impl Rule {
    /// The smallest comes first: an exact host before those below a name, a longer name before a shorter one, any host
    /// last; within one host the longest path.
    pub fn order(&self) -> impl Ord + use<> {
        let host = match &self.host {
            Some(Pattern::One(_)) => (0, Reverse(0)),
            Some(Pattern::Below(name)) => (1, Reverse(name.len())),
            None => (2, Reverse(0)),
        };
        (host, Reverse(self.prefix.len()))
    }

    /// `host` is the one that the request names, if it names one.
    pub fn fit<B>(&self, host: Option<&str>, request: &Request<B>) -> Fit {
        if !self.host.as_ref().is_none_or(|pattern| host.is_some_and(|host| covers(pattern, host))) {
            return Fit::OtherHost;
        }
        match connection_info::is_below(&self.prefix, request) {
            true => Fit::Fits,
            false => Fit::OtherPath,
        }
    }
}

/// Whether a host of a request is one that the pattern names. Names are alike in any case, and with the dot of the root
/// at their end (RFC 1034, section 3.1).
fn covers(pattern: &Pattern, host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    match pattern {
        Pattern::One(Host::Name(name)) => host.eq_ignore_ascii_case(name),
        Pattern::One(Host::Address(address)) => {
            let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
            bare.parse::<IpAddr>().is_ok_and(|asked| asked == *address)
        }
        Pattern::Below(below) => {
            let end = host.len().checked_sub(below.len()).filter(|start| *start > 0);
            end.and_then(|start| host.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(below))
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if let Some(host) = &self.host {
            write!(f, "{host}")?;
        }
        f.write_str(if self.prefix.is_empty() { "/" } else { &self.prefix })
    }
}

impl fmt::Display for Route {
    /// `blog.example.org/ and *.blog.example.org/`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let rules: Vec<_> = self.rules().map(|rule| rule.to_string()).collect();
        f.write_str(&rules.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(hosts: &[&str], prefix: &str) -> Route {
        Route { hosts: hosts.iter().map(|host| Pattern::parse(host).unwrap()).collect(), prefix: prefix.into() }
    }

    fn fit(route: &Route, host: &str, path: &str) -> Fit {
        let request = Request::get(path).body(()).unwrap();
        route.rules().next().unwrap().fit(Some(host), &request)
    }

    #[test]
    fn a_host_is_a_name_in_any_case_or_one_below_it() {
        let (exact, below) = (route(&["Blog.example.org"], ""), route(&["*.blog.example.org"], ""));
        for (host, of_exact, of_below) in [
            ("blog.example.org", true, false),
            ("BLOG.example.ORG.", true, false),
            ("a.blog.example.org", false, true),
            ("a.B.blog.Example.org", false, true),
            ("ablog.example.org", false, false),
            (".blog.example.org", false, false),
            ("blog.example.org.evil", false, false),
            ("\u{e9}log.example.org", false, false),
            ("", false, false),
        ] {
            assert_eq!(fit(&exact, host, "/") == Fit::Fits, of_exact, "{host}");
            assert_eq!(fit(&below, host, "/") == Fit::Fits, of_below, "{host}");
        }
        for (pattern, host) in [("127.0.0.1", "127.0.0.1"), ("[::1]", "[::1]"), ("[::1]", "[0::1]")] {
            assert_eq!(fit(&route(&[pattern], ""), host, "/"), Fit::Fits, "{host}");
        }
        assert_eq!(fit(&route(&["127.0.0.1"], ""), "127.0.0.2", "/"), Fit::OtherHost);
        assert_eq!(exact.rules().next().unwrap().fit(None, &Request::new(())), Fit::OtherHost, "it names none");
    }

    #[test]
    fn a_path_is_below_a_prefix_at_a_slash_only() {
        let shop = route(&[], "/shop");
        for (path, fits) in [
            ("/shop", true),
            ("/shop/", true),
            ("/%73hop/a", true),
            ("/shop?a", true),
            ("/shopping", false),
            ("/Shop", false),
            ("/a/shop", false),
            ("/", false),
        ] {
            assert_eq!(fit(&shop, "any", path) == Fit::Fits, fits, "{path}");
        }
        assert_eq!(fit(&shop, "any", "/blog"), Fit::OtherPath);
    }

    #[test]
    fn the_most_specific_rule_comes_first() {
        let mut rules: Vec<_> = [
            route(&[], ""),
            route(&[], "/a/b"),
            route(&["*.org"], "/long"),
            route(&["*.example.org"], ""),
            route(&["example.org", "www.example.org"], ""),
            route(&["example.org"], "/a"),
        ]
        .iter()
        .flat_map(Route::rules)
        .collect();
        rules.sort_by_key(Rule::order);
        let shown: Vec<_> = rules.iter().map(Rule::to_string).collect();
        let first = ["example.org/a", "example.org/", "www.example.org/"];
        assert_eq!(shown[..3], first);
        assert_eq!(shown[3..], ["*.example.org/", "*.org/long", "/a/b", "/"]);
    }
}
