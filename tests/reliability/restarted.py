"""The program that is restarted while it serves: ``python -m typedserver tests.reliability.restarted:server``.

Each version reads its strategy from the folder of LEDGER_FOLDER, and writes its process there.
"""

import json
import os
from pathlib import Path

from tests.reliability.compositions import compose
from tests.reliability.ledger import Book
from tests.reliability.restarts import BOOK, BROKEN, FOLDER, PLAN, SOCKET, VERSIONS

_folder = Path(os.environ[FOLDER])
_plan = json.loads((_folder / PLAN).read_text())
with (_folder / VERSIONS).open("a") as _versions:
    _versions.write(f"{os.getpid()}\n")
if _plan["strategy"] == BROKEN:
    raise RuntimeError("this version is broken, as was asked for")
server = compose(
    _plan["strategy"], _plan["transport"], str(_folder / SOCKET), Book(str(_folder / BOOK)), port=_plan["port"]
).server
