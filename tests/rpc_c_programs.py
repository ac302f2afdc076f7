"""A client and a server of tests/rpc_corpus/echoes.x in C, by Debian's rpcgen and libtirpc."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent


def built_in(folder: Path) -> Path:
    """Build ``client`` and ``server`` in a folder, and return it."""
    for tool in ("rpcgen", "gcc"):
        assert shutil.which(tool), f"{tool} is needed: sh tests/install_clients.sh installs it"
    sources = HERE / "proofs" / "rpc_c"
    for file in (HERE / "rpc_corpus" / "echoes.x", sources / "client.c", sources / "server.c"):
        shutil.copy(file, folder)
    for kind, made in (("-h", "echoes.h"), ("-c", "xdr.c"), ("-m", "svc.c"), ("-l", "clnt.c")):
        subprocess.run(["rpcgen", "-C", kind, "-o", made, "echoes.x"], cwd=folder, check=True)
    for name, stubs in (("client", "clnt.c"), ("server", "svc.c")):
        files = [f"{name}.c", stubs, "xdr.c"]
        subprocess.run(
            ["gcc", "-O1", "-w", "-I/usr/include/tirpc", "-o", name, *files, "-ltirpc"], cwd=folder, check=True
        )
    return folder
