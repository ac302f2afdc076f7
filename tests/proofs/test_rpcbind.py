"""Debian's rpcbind and rpcinfo with this library's registration, clients and rpcbind, on a host of their own."""

import shutil

import pytest

from tests.rpc_hosts import SCENARIOS, in_host_of_its_own


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_rpcbind_and_rpcinfo_agree_with(scenario: str) -> None:
    programs = "rpcbind", "rpcinfo", "unshare"
    missing = [each for each in programs if shutil.which(each, path="/usr/sbin:/usr/bin") is None]
    assert not missing, f"this proof needs {missing}: tests/install_clients.sh installs them"
    ended = in_host_of_its_own(scenario)
    print(ended.stdout)
    assert ended.returncode == 0, ended.stdout
