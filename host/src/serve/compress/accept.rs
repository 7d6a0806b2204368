//! Which coding a client can read: `Accept-Encoding` (RFC 9110, section 12.5.3).

use http::{HeaderMap, HeaderValue, header};

/// A content coding. Of those that a client likes equally, the last one is chosen: the quickest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coding {
    Gzip,
    Brotli,
    Zstd,
}

/// In thousandths, as exact as a weight can be.
type Weight = u16;

/// A weight without `q=`.
const WHOLE: Weight = 1000;

impl Coding {
    const ALL: [Coding; 3] = [Coding::Gzip, Coding::Brotli, Coding::Zstd];

    /// As headers have it.
    pub fn name(self) -> &'static str {
        match self {
            Coding::Gzip => "gzip",
            Coding::Brotli => "br",
            Coding::Zstd => "zstd",
        }
    }

    /// The one that the client likes best; None if it asks for none, or rather for none.
    pub fn of_request(headers: &HeaderMap) -> Option<Coding> {
        let wishes: Vec<_> = headers.get_all(header::ACCEPT_ENCODING).iter().flat_map(wishes).collect();
        let told =
            |name: &str| wishes.iter().find(|(wish, _)| wish.eq_ignore_ascii_case(name)).map(|(_, weight)| *weight);
        let weight = |coding: Coding| told(coding.name()).or_else(|| told("*")).unwrap_or(0);
        let (best, coding) = Coding::ALL.map(|coding| (weight(coding), coding)).into_iter().max()?;
        (best > 0 && best >= told("identity").unwrap_or(0)).then_some(coding)
    }
}

/// The names in one line, and how much each is liked.
fn wishes(line: &HeaderValue) -> impl Iterator<Item = (&str, Weight)> {
    line.to_str().unwrap_or_default().split(',').map(|wish| {
        let (name, weight) = wish.split_once(';').unwrap_or((wish, "q=1"));
        (name.trim(), parsed(weight.trim()))
    })
}

/// What is malformed counts as "not acceptable".
fn parsed(weight: &str) -> Weight {
    let number = weight.strip_prefix(['q', 'Q']).and_then(|rest| rest.strip_prefix('='));
    let number = number.and_then(|number| number.parse::<f32>().ok()).unwrap_or(0.0);
    (number.clamp(0.0, 1.0) * f32::from(WHOLE)).round() as Weight
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(lines: &[&str]) -> Option<Coding> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::ACCEPT_ENCODING, line.parse().unwrap());
        }
        Coding::of_request(&headers)
    }

    #[test]
    fn a_client_gets_what_it_likes_best() {
        use Coding::{Brotli, Gzip, Zstd};
        for (line, coding) in [
            ("gzip, deflate, br, zstd", Some(Zstd)),
            ("gzip, deflate, br", Some(Brotli)),
            ("GZIP", Some(Gzip)),
            ("gzip;q=1.0, br;q=0.5, zstd;q=0", Some(Gzip)),
            ("br;q=0.001", Some(Brotli)),
            ("*", Some(Zstd)),
            ("zstd;q=0, *;q=0.5", Some(Brotli)),
            ("gzip;q=0.5, identity", None),
            ("gzip;q=0.5, identity;q=0.5", Some(Gzip)),
            ("identity;q=0, gzip", Some(Gzip)),
            ("gzip;q=0", None),
            ("gzip;q=NaN, br;level=9", None),
            ("deflate, compress", None),
            ("", None),
        ] {
            assert_eq!(chosen(&[line]), coding, "{line}");
        }
        assert_eq!(chosen(&[]), None, "who does not ask gets nothing");
        assert_eq!(chosen(&["gzip;q=0.1", "br"]), Some(Brotli), "several lines are one list");
    }
}
