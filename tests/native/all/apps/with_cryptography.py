import datetime

from answers import by_path, raised
from cryptography import exceptions, fernet, x509
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import dh, ec, ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

KEY = bytes(range(32))
DAY = datetime.datetime(2026, 11, 29, tzinfo=datetime.UTC)
TOKEN = (
    b"gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0OD-W7zDYXr40GHbvcE7WLZKJR4A_HOYEbrY5oqsYdHKPT492-dFxoJWQ9shilxqakEA=="
)
TOKEN_KEY = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="


def ciphers():
    cbc = Cipher(algorithms.AES(KEY), modes.CBC(KEY[:16])).encryptor()
    return {
        "gcm": AESGCM(KEY).encrypt(KEY[:12], b"text", b"more").hex(),
        "chacha": ChaCha20Poly1305(KEY).encrypt(KEY[:12], b"text", None).hex(),
        "cbc": (cbc.update(b"x" * 32) + cbc.finalize()).hex(),
        "fernet": fernet.Fernet(TOKEN_KEY).decrypt(TOKEN).decode(),
    }


def derived():
    mac = hmac.HMAC(KEY, hashes.SHA3_256())
    mac.update(b"text")
    peer = x25519.X25519PrivateKey.from_private_bytes(KEY[::-1]).public_key()
    return {
        "hmac": mac.finalize().hex(),
        "hkdf": HKDF(hashes.SHA256(), 32, None, b"info").derive(KEY).hex(),
        "scrypt": Scrypt(b"salt", 32, 1024, 8, 1).derive(b"password").hex(),
        "exchange": x25519.X25519PrivateKey.from_private_bytes(KEY).exchange(peer).hex(),
    }


def signatures():
    key = ed25519.Ed25519PrivateKey.from_private_bytes(KEY)
    curve = ec.derive_private_key(7**60, ec.SECP256R1())
    signed = curve.sign(b"text", ec.ECDSA(hashes.SHA256()))
    curve.public_key().verify(signed, b"text", ec.ECDSA(hashes.SHA256()))
    fresh = rsa.generate_private_key(65537, 1024)
    fresh.public_key().verify(
        fresh.sign(b"text", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()),
        b"text",
        padding.PSS(padding.MGF1(hashes.SHA256()), 32),
        hashes.SHA256(),
    )
    form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.sign(b"text").hex(), curve.public_key().public_bytes(*form).decode()


def certificates():
    key = ed25519.Ed25519PrivateKey.from_private_bytes(KEY)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Gr\u00fc\u00dfe")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(DAY).not_valid_after(DAY.replace(year=2027))
    names = x509.SubjectAlternativeName([x509.DNSName("example.org")])
    made = builder.add_extension(names, critical=False).sign(key, None)
    pem = made.public_bytes(serialization.Encoding.PEM)
    read = x509.load_pem_x509_certificate(pem)
    read.verify_directly_issued_by(made)
    return pem.decode(), read.subject.rfc4514_string(), [str(name) for name in read.extensions]


def refusals():
    key = ed25519.Ed25519PrivateKey.from_private_bytes(KEY).public_key()
    return [
        raised(AESGCM(KEY).decrypt, KEY[:12], b"x" * 20, None),
        raised(key.verify, b"x" * 64, b"text"),
        raised(fernet.Fernet(TOKEN_KEY).decrypt, b"gAAAA"),
        raised(x509.load_der_x509_certificate, b"0\x00"),
        raised(serialization.load_pem_private_key, b"no key", None),
        raised(AESGCM, b"short"),
        raised(dh.generate_parameters, 2, 8),
        exceptions.InvalidTag.__module__,
    ]


app = by_path(
    ciphers=ciphers, derived=derived, signatures=signatures, certificates=certificates, refusals=refusals
)
