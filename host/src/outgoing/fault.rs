//! Why a request to others failed: for the guest a code of wasi:http, for the log the code's name and a cause.

use std::fmt;
use std::io::{self, ErrorKind};
use tokio_rustls::rustls;
use wasmtime_wasi_http::Error;

/// One failure. It can be told twice.
#[derive(Clone, Debug)]
pub struct Fault {
    pub code: Code,
    /// For the log alone; may be empty.
    cause: String,
}

/// Those of wasi:http's `error-code` that happen here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Denied,
    UriInvalid,
    AddressProhibited,
    NameUnknown,
    NameTimeout,
    Refused,
    Unreachable,
    Terminated,
    ConnectionTimeout,
    ReadTimeout,
    LimitReached,
    Tls,
    Certificate,
    Incomplete,
    TooLarge,
    Protocol,
}

impl Code {
    /// As wasi:http names it.
    fn name(self) -> &'static str {
        match self {
            Code::Denied => "HTTP-request-denied",
            Code::UriInvalid => "HTTP-request-URI-invalid",
            Code::AddressProhibited => "destination-IP-prohibited",
            Code::NameUnknown => "DNS-error",
            Code::NameTimeout => "DNS-timeout",
            Code::Refused => "connection-refused",
            Code::Unreachable => "destination-unavailable",
            Code::Terminated => "connection-terminated",
            Code::ConnectionTimeout => "connection-timeout",
            Code::ReadTimeout => "connection-read-timeout",
            Code::LimitReached => "connection-limit-reached",
            Code::Tls => "TLS-protocol-error",
            Code::Certificate => "TLS-certificate-error",
            Code::Incomplete => "HTTP-response-incomplete",
            Code::TooLarge => "HTTP-response-body-size",
            Code::Protocol => "HTTP-protocol-error",
        }
    }

    pub fn because(self, cause: impl fmt::Display) -> Fault {
        Fault { code: self, cause: cause.to_string() }
    }
}

impl From<Code> for Fault {
    fn from(code: Code) -> Self {
        code.because("")
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.name())?;
        // What comes from outside must not look like another line.
        let cause: String = self.cause.chars().filter(|c| !c.is_control()).take(200).collect();
        if cause.is_empty() { Ok(()) } else { write!(f, " ({cause})") }
    }
}

impl std::error::Error for Fault {}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault.code {
            Code::Denied => Error::HttpRequestDenied,
            Code::UriInvalid => Error::HttpRequestUriInvalid,
            Code::AddressProhibited => Error::DestinationIpProhibited,
            Code::NameUnknown => Error::DnsError { rcode: None, info_code: None },
            Code::NameTimeout => Error::DnsTimeout,
            Code::Refused => Error::ConnectionRefused,
            Code::Unreachable => Error::DestinationUnavailable,
            Code::Terminated => Error::ConnectionTerminated,
            Code::ConnectionTimeout => Error::ConnectionTimeout,
            Code::ReadTimeout => Error::ConnectionReadTimeout,
            Code::LimitReached => Error::ConnectionLimitReached,
            Code::Tls => Error::TlsProtocolError,
            Code::Certificate => Error::TlsCertificateError,
            Code::Incomplete => Error::HttpResponseIncomplete,
            Code::TooLarge => Error::HttpResponseBodySize(None),
            Code::Protocol => Error::HttpProtocolError,
        }
    }
}

/// Of a connection that could not be made.
pub fn of_connect(error: &io::Error) -> Fault {
    let code = match error.kind() {
        ErrorKind::ConnectionRefused => Code::Refused,
        ErrorKind::TimedOut => Code::ConnectionTimeout,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Code::Terminated,
        _ => Code::Unreachable,
    };
    code.because(error)
}

/// Of a handshake.
pub fn of_tls(error: &io::Error) -> Fault {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let code = match inner {
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) => Code::Certificate,
        _ => Code::Tls,
    };
    code.because(error)
}

/// Of an exchange, by hyper: its own causes, or ours within them.
pub fn of_http(error: &(dyn std::error::Error + 'static)) -> Fault {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(fault) = cause.downcast_ref::<Fault>() {
            return fault.clone();
        }
        if let Some(error) = cause.downcast_ref::<hyper::Error>() {
            let code = if error.is_incomplete_message() {
                Some(Code::Terminated)
            } else if error.is_parse() || error.is_parse_too_large() || error.is_parse_status() {
                Some(Code::Protocol)
            } else {
                None
            };
            if let Some(code) = code {
                return code.because(error);
            }
        }
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            return Code::Terminated.because(error);
        }
        next = cause.source();
    }
    Code::Terminated.because(error)
}
