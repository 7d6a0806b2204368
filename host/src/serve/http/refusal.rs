//! The faults of a request's framing, with the rules that forbid them.

use std::fmt;

/// Why bytes may not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// RFC 9112, section 2.2: a recipient MAY accept LF alone as the end of a line, so another one may not.
    BareLf,
    /// The same section: a CR without LF.
    BareCr,
    /// RFC 9112, section 5.2.
    FoldedField,
    /// RFC 9112, section 6.3.
    BadLength,
    /// RFC 9112, section 6.3; even if they are equal, which a server MAY refuse.
    TwoLengths,
    /// RFC 9112, section 6.1: more than one field line.
    TwoCodings,
    /// RFC 9112, section 6.1: "ought to be handled as an error".
    LengthAndCoding,
    /// RFC 9112, section 7.1.
    BadChunk,
    /// RFC 9110, section 6.5.1: fields that frame a message are forbidden in its trailers.
    BadTrailer,
    /// Head or trailers exceed what hyper accepts.
    TooLong,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Refusal::BareLf => "a line ends with LF alone",
            Refusal::BareCr => "a CR without LF",
            Refusal::FoldedField => "a folded header",
            Refusal::BadLength => "a Content-Length that is no number",
            Refusal::TwoLengths => "more than one Content-Length",
            Refusal::TwoCodings => "more than one Transfer-Encoding",
            Refusal::LengthAndCoding => "Content-Length and Transfer-Encoding",
            Refusal::BadChunk => "malformed chunks",
            Refusal::BadTrailer => "a trailer that may only be a header",
            Refusal::TooLong => "a line that is too long",
        })
    }
}
