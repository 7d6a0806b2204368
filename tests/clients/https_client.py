"""One request over TLS; prints status and scheme: `https_client.py HOST:PORT CERTIFICATE ALPN`."""

import http.client
import json
import ssl
import sys

address, certificate, alpn = sys.argv[1:]
context = ssl.create_default_context(cafile=certificate)
# The certificate is for a name, and the address is all there is.
context.check_hostname = False
if alpn != "none":
    context.set_alpn_protocols([alpn])
connection = http.client.HTTPSConnection(address, context=context, timeout=60)
connection.request("GET", "/environs")
response = connection.getresponse()
print(response.status, json.load(response)["wsgi.url_scheme"])
