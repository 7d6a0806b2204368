"""TLS between a client and a server in one sandbox, over memory: what the posted certificate allows."""

import contextlib
import json
import os
import ssl

# As libraries do that make their context when they are imported.
_CLIENT = ssl.create_default_context()


class _Pair:
    """A client and a server, each with what it has to say to the other."""

    def __init__(self, client, server, name="localhost"):
        to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.client = client.wrap_bio(to_client, to_server, server_hostname=name)
        self.server = server.wrap_bio(to_server, to_client, server_side=True)
        for _ in range(4):
            for side in (self.client, self.server):
                with contextlib.suppress(ssl.SSLWantReadError):
                    side.do_handshake()

    def say(self, text):
        self.client.write(text)
        return self.server.read()


def _server(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["h2", "http/1.1"])
    context.sni_callback = lambda tls, name, _context: setattr(tls, "asked_for", name)
    return context


def _agreed(certificate, version):
    client = ssl.create_default_context(cafile=certificate)
    client.maximum_version = client.minimum_version = version
    client.set_alpn_protocols(["http/1.1"])
    pair = _Pair(client, _server(certificate))
    return {
        "said": pair.say(b"in confidence").decode(),
        "version": pair.client.version(),
        "cipher": pair.client.cipher()[0],
        "alpn": pair.server.selected_alpn_protocol(),
        "asked for": pair.server.asked_for,
        "names": pair.client.getpeercert()["subjectAltName"],
        "bound": pair.client.get_channel_binding() == pair.server.get_channel_binding(),
    }


def _refusal(client, certificate, name):
    try:
        _Pair(client, _server(certificate), name)
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    return "no error"


def _trusts(**variables):
    os.environ.update(variables)
    try:
        context = ssl.create_default_context()
    finally:
        for name in variables:
            del os.environ[name]
    return context.cert_store_stats()["x509"]


def _folder(certificate):
    """A folder as c_rehash makes it: certificates are found in it by their subject's hash."""
    context = ssl.create_default_context(capath="/tmp/trusted")
    return _Pair(context, _server(certificate)).say(b"found").decode()


def app(environ, start_response):
    posted = json.loads(environ["wsgi.input"].read())
    certificate = "/tmp/certificate.pem"
    os.mkdir("/tmp/trusted")
    for path in (certificate, f"/tmp/trusted/{posted['hash']}.0"):
        with open(path, "w") as file:
            file.write(posted["certificate"])
    seen = {
        "1.2": _agreed(certificate, ssl.TLSVersion.TLSv1_2),
        "1.3": _agreed(certificate, ssl.TLSVersion.TLSv1_3),
        "unknown": _refusal(_CLIENT, certificate, "localhost"),
        "other name": _refusal(ssl.create_default_context(cafile=certificate), certificate, "elsewhere"),
        "trusted": [_trusts(), _trusts(SSL_CERT_FILE=certificate)],
        "folder": _folder(certificate),
        "random": len(ssl.RAND_bytes(1000)),
        "openssl": ssl.OPENSSL_VERSION,
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(seen).encode()]
