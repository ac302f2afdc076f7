"""A second certificate for tests of TLS: another server's, or a client's, that is its own authority."""

from pathlib import Path
from typing import Final

# Made for these tests alone, and trusted by nobody. It is anna's: "/O=Example/CN=anna", signed by SHA-384.
_KEY: Final = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdJwpKqAyHWEJJqHK
aJQDZLCVJGZ/Q1HZ3Jgys2n9v4yhRANCAATbfuOr87k0I5/1/WrIeveixm9kLlNJ
F055/ChrPf0SdlTxHPjGFRyn+EjkZBAqdnn89b/+EhwHgz9JQehj3P1L
-----END PRIVATE KEY-----
"""

_CERTIFICATE: Final = """\
-----BEGIN CERTIFICATE-----
MIIBxDCCAWqgAwIBAgIUZD4WlXJAuotG/TwsJ3szH7MJno0wCgYIKoZIzj0EAwMw
ITEQMA4GA1UECgwHRXhhbXBsZTENMAsGA1UEAwwEYW5uYTAgFw0yNjExMjcxMjU2
MTNaGA8yMTI2MTEwMzEyNTYxM1owITEQMA4GA1UECgwHRXhhbXBsZTENMAsGA1UE
AwwEYW5uYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNt+46vzuTQjn/X9ash6
96LGb2QuU0kXTnn8KGs9/RJ2VPEc+MYVHKf4SORkECp2efz1v/4SHAeDP0lB6GPc
/UujfjB8MB0GA1UdDgQWBBRyu44RDWPBQC9fkEZtljTWZ0ze2DAfBgNVHSMEGDAW
gBRyu44RDWPBQC9fkEZtljTWZ0ze2DAPBgNVHRMBAf8EBTADAQH/MCkGA1UdEQQi
MCCCDGFubmEuZXhhbXBsZYEQYW5uYUBleGFtcGxlLm9yZzAKBggqhkjOPQQDAwNI
ADBFAiEA9b5JlHwSY7zRZPmUKaE1Ram+T6HANGP/7daEf4q4/w8CIE1GnrDiyIf+
1/KBZK7adHTlbUVg+g3UmoG1eTZRUQUQ
-----END CERTIFICATE-----
"""


def anna(folder: Path) -> tuple[Path, Path]:
    """Write the certificate and its key to a folder of the test's own; returns both files."""
    certificate, key = folder / "anna.pem", folder / "anna.key"
    certificate.write_text(_CERTIFICATE)
    key.write_text(_KEY)
    return certificate, key
