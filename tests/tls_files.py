"""Files of TLS for tests, made for these alone and trusted by nobody: they hold for a hundred years.

``files`` writes them to a folder. "certificate" and "key" are the server's, of localhost, by which the clients alice
and mallory were made as well; mallory was withdrawn by "withdrawn.crl". "encrypted.key" is "key" with the password
"secret". "other.pem" is another server's, other.example.
"""

from pathlib import Path
from typing import Final

from tests.tls import server_context

_FILES: Final = {
    "alice.pem": """\
-----BEGIN CERTIFICATE-----
MIIBkTCCATigAwIBAgIBAjAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjYxMTI3MTI1ODE2WhgPMjEyNjExMDMxMjU4MTZaMCIxEDAOBgNVBAoM
B0V4YW1wbGUxDjAMBgNVBAMMBWFsaWNlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD
QgAEKXOz/6KiT57GsBUEIYC3wxE439KO4RhOQUWK3az0FGZnHrtvo/sa2eqX5X7z
ykqKN+PBfvkkyFOqlh+YHJE/LqNrMGkwHAYDVR0RBBUwE4ERYWxpY2VAZXhhbXBs
ZS5vcmcwCQYDVR0TBAIwADAdBgNVHQ4EFgQU8gVqKP+3UwBV5yxc3xhDCCGLMPww
HwYDVR0jBBgwFoAUANdWxkNx13hEidXKjTJNvEfj2yYwCgYIKoZIzj0EAwIDRwAw
RAIgbZDzdTUV8IvNv8sks5jgU/ba+3qL/PAg9jeKfajb1kACIGwtd4A1F8cR2O2Q
yT7VGy/vGvq5htZHNOnXiMNrkzTl
-----END CERTIFICATE-----
""",
    "alice.key": """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgFLehIhjjDNfM8Zlt
nB1rnmDdDAKRy5xpC9Fma6qOovihRANCAAQpc7P/oqJPnsawFQQhgLfDETjf0o7h
GE5BRYrdrPQUZmceu2+j+xrZ6pflfvPKSoo348F++STIU6qWH5gckT8u
-----END PRIVATE KEY-----
""",
    "mallory.pem": """\
-----BEGIN CERTIFICATE-----
MIIBlzCCATygAwIBAgIBAzAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjYxMTI3MTI1ODE2WhgPMjEyNjExMDMxMjU4MTZaMCQxEDAOBgNVBAoM
B0V4YW1wbGUxEDAOBgNVBAMMB21hbGxvcnkwWTATBgcqhkjOPQIBBggqhkjOPQMB
BwNCAATQnvJMryBxQ0BeR9BiOBFoZvW7r4p8ICjlCrZeGly3u27XMPUUPkTqfA6I
bM0e1qIaRDH5/1StvpM/upgPkm4Oo20wazAeBgNVHREEFzAVgRNtYWxsb3J5QGV4
YW1wbGUub3JnMAkGA1UdEwQCMAAwHQYDVR0OBBYEFGIiFUHFJZqfCEhqkWS5qVpf
O0ikMB8GA1UdIwQYMBaAFADXVsZDcdd4RInVyo0yTbxH49smMAoGCCqGSM49BAMC
A0kAMEYCIQCBQuqTMrhBUgwazREu/bpmT0aFJUUBBoVN685lIUiqRwIhAMydA0Dy
su60ZJ3PO/u83/oVY0ZnyawoqCjJkT/T4nEj
-----END CERTIFICATE-----
""",
    "mallory.key": """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgt0qs2+8qcnlVVCj7
m2j+wQZtHfL+CKgDnP6kp0mAUIuhRANCAATQnvJMryBxQ0BeR9BiOBFoZvW7r4p8
ICjlCrZeGly3u27XMPUUPkTqfA6IbM0e1qIaRDH5/1StvpM/upgPkm4O
-----END PRIVATE KEY-----
""",
    "other.pem": """\
-----BEGIN CERTIFICATE-----
MIIBojCCAUegAwIBAgIUCg+jFHmSZ+VVJ9CK0bD4wSvyfoUwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNb3RoZXIuZXhhbXBsZTAgFw0yNjExMjcxMjU4MTZaGA8yMTI2
MTEwMzEyNTgxNlowGDEWMBQGA1UEAwwNb3RoZXIuZXhhbXBsZTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABNh/BxHG3JENpHZKl+DJMQqBd6bS3minpiWWsOYTeDT7
vzN1qcODFB+6Nw9T+oIhxnVn+dVUkm1XjVVBJL9Jzd6jbTBrMB0GA1UdDgQWBBRl
DIX3jRWpxO+j4oIr/S3biNJcjDAfBgNVHSMEGDAWgBRlDIX3jRWpxO+j4oIr/S3b
iNJcjDAPBgNVHRMBAf8EBTADAQH/MBgGA1UdEQQRMA+CDW90aGVyLmV4YW1wbGUw
CgYIKoZIzj0EAwIDSQAwRgIhAN9VEY78g1vMGqZhxtVxnw1YL83RLjfVh3v288yb
GmzgAiEAmQobje8YjDVFJePjEdfV70NozHIgz7WJBG2ormZDZW4=
-----END CERTIFICATE-----
""",
    "other.key": """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgfeNC+VsVSD4TYQf9
/vH3CuFHhtRfGLXcdErvp1UtOWehRANCAATYfwcRxtyRDaR2SpfgyTEKgXem0t5o
p6YllrDmE3g0+78zdanDgxQfujcPU/qCIcZ1Z/nVVJJtV41VQSS/Sc3e
-----END PRIVATE KEY-----
""",
    "encrypted.key": """\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAj3yvpiZSCwVQICA+gw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEI1H6d84/+PkU2SdEO8WGP8EgZBy
TlfLjXRYGw6+iMVVvozFDk+xrxU7hgYtXgHx33ukYetkNmwqvCBnNS2QZhHGnWLs
teJ4rjj4W2lO7lQ9Dse8TPmeAl+20K6dQYzdfrSdj4flCXoNRUevglPY0T43OjyY
lnb6azgc6ymvfMQvh44+lresrWyVYqwXDPo9g56AO9Ou7U10BKDKsX6WckiQu7Q=
-----END ENCRYPTED PRIVATE KEY-----
""",
    "withdrawn.crl": """\
-----BEGIN X509 CRL-----
MIHEMGsCAQEwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJbG9jYWxob3N0Fw0yNjEx
MjcxMjU4MTZaGA8yMTI1MDYyMTEyNTgxNlowFDASAgEDFw0yNjExMjcxMjU4MTZa
oA4wDDAKBgNVHRQEAwIBATAKBggqhkjOPQQDAgNJADBGAiEA54umm7G6SEnlXWfH
WokbFxywbqk13bE683ZWwYikcX0CIQDfYi8iigsP4RhEi0dvSJ7pTy1piHZN5TRY
as5uVzbcgg==
-----END X509 CRL-----
""",
}


def files(folder: Path) -> Path:
    """Write all of them to a folder, and return that."""
    server_context(folder)
    for name, text in _FILES.items():
        (folder / name).write_text(text)
    return folder
