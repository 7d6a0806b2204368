//! The authority that a request names.

use super::error::RequestError;
use http::uri::Authority;

pub const BAD_HOST: RequestError = RequestError::Bad("its Host is malformed");

/// `host[:port]`, no user (RFC 9110, section 4.2.4).
pub fn checked(authority: Authority) -> Result<Authority, RequestError> {
    let text = authority.as_str();
    let port = text.strip_prefix(authority.host()).unwrap_or("@");
    let sound = !authority.host().is_empty() && (port.is_empty() || port == ":" || authority.port_u16().is_some());
    if sound { Ok(authority) } else { Err(BAD_HOST) }
}
