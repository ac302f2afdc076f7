"""A filter of very many networks: what it costs a connection."""

import ipaddress
import random
import time
from typing import Final

import pytest

from typedserver.access.filtered import Denial

# So many networks, of either kind as many.
NETWORKS: Final = 100_000

# Seconds that a connection may cost more.
MOST: Final = 3e-6

# Looks in a row that are timed, and how often: the machine may do something else meanwhile, so the best time counts.
LOOKS: Final = 1000
TRIES: Final = 100


@pytest.mark.slow
def test_hundred_thousand_networks_cost_a_connection_three_microseconds() -> None:
    rng = random.Random(15)

    def network(bits: int, shortest: int) -> str:
        length = rng.randint(shortest, bits)
        number = rng.getrandbits(bits) >> (bits - length) << (bits - length)
        host = ipaddress.IPv4Address(number) if bits == 32 else ipaddress.IPv6Address(number)
        return f"{host}/{length}"

    networks = {network(32, 12) for _ in range(NETWORKS // 2)} | {network(128, 20) for _ in range(NETWORKS // 2)}
    denial = Denial([], sorted(networks))
    kinds = {
        4: [str(ipaddress.IPv4Address(rng.getrandbits(32))) for _ in range(LOOKS)],
        6: [str(ipaddress.IPv6Address(rng.getrandbits(128))) for _ in range(LOOKS)],
    }
    for kind, hosts in kinds.items():
        addresses = [(host, 1) for host in hosts]

        def seconds(addresses: list[tuple[str, int]]) -> float:
            began = time.thread_time()
            for address in addresses:
                denial.of(address)
            return (time.thread_time() - began) / len(addresses)

        best = min(seconds(addresses) for _ in range(TRIES))
        assert best <= MOST, f"IPv{kind}: {best * 1e6:.2f} µs a connection"
