"""The numbers of descriptors, for tests of what a number's former owner leaves to the next one."""

import os
from collections.abc import Generator
from contextlib import ExitStack, contextmanager


@contextmanager
def lowest_free(fd: int) -> Generator[None, None, None]:
    """Within this block what is opened first gets the number `fd`, which must be free.

    The kernel gives the lowest free number. A number below may be free as well, because something that an earlier
    test left was collected meanwhile: such numbers are held until the block ends.
    """
    with ExitStack() as held:
        while (number := os.open(os.devnull, os.O_RDONLY)) < fd:
            held.callback(os.close, number)
        os.close(number)
        assert number == fd, f"descriptor {fd} is in use"
        yield
