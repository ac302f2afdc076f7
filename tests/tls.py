"""TLS for tests: the two contexts of a server and a client that trusts it, without any command or network."""

import ssl
from pathlib import Path
from typing import Final

# Made for these tests alone, and trusted by nobody.
_KEY: Final = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgXIcoCOdhE4ob6ces
0ybW8ocAZOpHY2P8mOZMYlPRbA6hRANCAATw5AI5w/gJTpq4i6cZ8lQh9Cj4vAEV
AGJ+Sj9d/0WbcAzIQs8ISu7dhpQJ/4zROckFDz18YnVx7EBDpjHZHAER
-----END PRIVATE KEY-----
"""

_CERTIFICATE: Final = """\
-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUEhAgZ7cu3si/mkxGqMbX4QOZCfswCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNjIyNTk1N1oYDzIxMjYxMTAy
MjI1OTU3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATw5AI5w/gJTpq4i6cZ8lQh9Cj4vAEVAGJ+Sj9d/0WbcAzIQs8ISu7d
hpQJ/4zROckFDz18YnVx7EBDpjHZHAERo1MwUTAdBgNVHQ4EFgQUANdWxkNx13hE
idXKjTJNvEfj2yYwHwYDVR0jBBgwFoAUANdWxkNx13hEidXKjTJNvEfj2yYwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAhDJ3mN59VUhACckoAWK1
9Uuxu5OpTJjqLeW57IsqTFsCIAPxSkQeY3pB09lq1S4/1oCZGiWtgnZBfGmbTrKS
SZG2
-----END CERTIFICATE-----
"""


def server_context(folder: Path) -> ssl.SSLContext:
    """Make a server's context; its files are written to a folder of the test's own."""
    (folder / "key").write_text(_KEY)
    (folder / "certificate").write_text(_CERTIFICATE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate", folder / "key")
    return context


def client_context() -> ssl.SSLContext:
    """Make the context of a client that asks for no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
