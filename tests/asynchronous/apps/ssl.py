"""What packages name of `ssl` on import, for as long as the sandbox has none."""

import enum

OPENSSL_VERSION = "OpenSSL 3.0.0"
OPENSSL_VERSION_NUMBER = 0x30000000
OPENSSL_VERSION_INFO = (3, 0, 0, 0, 0)
HAS_NEVER_CHECK_COMMON_NAME = True


class SSLError(OSError): ...


class SSLContext: ...


Options = enum.IntFlag("Options", "OP_ALL OP_NO_COMPRESSION OP_NO_SSLv2 OP_NO_SSLv3 OP_NO_TICKET")
TLSVersion = enum.IntEnum("TLSVersion", "MINIMUM_SUPPORTED TLSv1_2 MAXIMUM_SUPPORTED")
VerifyFlags = enum.IntFlag("VerifyFlags", "VERIFY_X509_STRICT")
VerifyMode = enum.IntEnum("VerifyMode", "CERT_NONE CERT_OPTIONAL CERT_REQUIRED")


def __getattr__(name):
    if name.startswith("SSL") and name.endswith("Error"):
        return SSLError
    if name in {"MemoryBIO", "SSLObject", "SSLSocket"}:
        return object
    if name.isupper() or name.startswith(("OP_", "PROTOCOL_")):
        return 0
    raise AttributeError(name)
