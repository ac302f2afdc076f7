"""A laboratory's host of its own: our rpcbind, the example's meter, and pyvisa-py, which asks port 111 for it."""

import subprocess
import sys

from examples.vxi11 import instrument

from tests.rpc_hosts import begin_host, ours
from typedserver import TCP

# As a person in a laboratory writes it.
VISA = """
import pyvisa

manager = pyvisa.ResourceManager("@py")
meter = manager.open_resource("TCPIP::127.0.0.1::inst0::INSTR", read_termination="\\n", timeout=5000)
print(meter.query("*IDN?"))
meter.write("VOLT 2.5")
print(meter.query("MEAS:VOLT?"))
print(meter.read_stb())
meter.clear()
meter.lock_excl(timeout=1000)
meter.unlock()
print(meter.query("*IDN?;MEAS:VOLT?"))
meter.timeout = 50
try:
    meter.read()
except pyvisa.errors.VisaIOError as error:
    print(error.abbreviation)
meter.close()
manager.close()
"""


def main() -> None:
    """Run it by the interpreter that has pyvisa-py."""
    begin_host()
    with ours(), instrument(TCP(port=0)):
        subprocess.run([sys.argv[1], "-c", VISA], check=True, timeout=60)


if __name__ == "__main__":
    main()
