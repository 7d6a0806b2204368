//! How a request ended, in one word.

/// For the log, the metrics and the usage header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Answered whole.
    Ok,
    /// Answered whole, by an application's own status of 500 or above, or by the gateway's 500 for its exception; or its
    /// application has named a file that is not there.
    Error,
    /// The cap refused the guest memory, and the guest failed.
    MemoryCap,
    /// The response broke off.
    CutOff,
    /// The client has left, or does not read the response.
    ClientGone,
    Deadline,
    Trap,
    /// A granted directory cannot be opened.
    NoGrant,
    /// The guest returned without a response.
    NoAnswer,
    /// The server had no room for the request.
    Busy,
    /// The request breaks a rule or a limit.
    Refused,
}

impl Outcome {
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Ok => "ok",
            Outcome::Error => "error",
            Outcome::MemoryCap => "memory-cap",
            Outcome::CutOff => "cut-off",
            Outcome::ClientGone => "client-gone",
            Outcome::Deadline => "deadline",
            Outcome::Trap => "trap",
            Outcome::NoGrant => "no-grant",
            Outcome::NoAnswer => "no-answer",
            Outcome::Busy => "busy",
            Outcome::Refused => "refused",
        }
    }
}
