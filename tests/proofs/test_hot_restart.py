"""Hot restart of every composition under load, and with every failure of the new version."""

from pathlib import Path

import pytest

from tests import test_hot_restart


@pytest.mark.slow
@pytest.mark.parametrize(
    "app", ["tcp", "multiplexed", "unix", "group", "prefork", "prefork_unix", "apart", "tls", "prefork_tls"]
)
def test_six_restarts_under_load_lose_nothing(tmp_path: Path, app: str) -> None:
    test_hot_restart.test_six_restarts_under_load_lose_nothing(tmp_path, app)


@pytest.mark.parametrize("fault", test_hot_restart.FAILURES)
def test_old_process_goes_on_and_says_why_if_the_new_version_fails(
    tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    test_hot_restart.test_old_process_goes_on_and_says_why_if_the_new_version_fails(tmp_path, fault, monkeypatch)
