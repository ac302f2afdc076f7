"""BaseSource: what authors of a source inherit."""

from collections.abc import Callable, Sequence
from typing import Generic

from typedserver.errors import CompositionError
from typedserver.protocols.sources import Leased, SourceMessageT


def _each(do: Callable[[Leased[SourceMessageT]], object], leased: Sequence[Leased[SourceMessageT]]) -> None:
    failures: list[Exception] = []
    for each in leased:
        try:
            do(each)
        except Exception as error:  # noqa: BLE001 - it concerns this message alone
            failures.append(error)
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {len(leased)} messages", failures)


def _incomplete(source: object, member: str) -> CompositionError:
    return CompositionError(f"{type(source).__name__} is no complete source: it must override the {member}")


class BaseSource(Generic[SourceMessageT]):
    """The defaults of a source; ``name``, ``receive`` and ``acknowledge`` are the heir's to say.

    By default a message that is not acknowledged comes again when its lease is over, as brokers have it that know a
    visibility timeout. An heir that can give a message back at once overrides ``release``, one that counts attempts
    overrides ``reject``.
    """

    __slots__ = ()

    @property
    def name(self) -> str:
        """What it is called in errors, events and deliveries, without any password."""
        raise _incomplete(self, "property `name`")

    @property
    def lease(self) -> float | None:
        """None: a message is lent until it is settled, and never renewed."""
        return None

    def receive(self, _most: int, _wait: float, /) -> Sequence[Leased[SourceMessageT]]:
        """Lend at most so many messages; wait at most so many seconds for the first."""
        raise _incomplete(self, "method `receive`")

    def acknowledge(self, _leased: Leased[SourceMessageT], /) -> None:
        """Take a message as done."""
        raise _incomplete(self, "method `acknowledge`")

    def acknowledge_all(self, leased: Sequence[Leased[SourceMessageT]], /) -> None:
        """Acknowledge one after the other; if some fail, the others are acknowledged all the same.

        Raises ExceptionGroup of what has failed.
        """
        _each(self.acknowledge, leased)

    def reject(self, _leased: Leased[SourceMessageT], _error: BaseException, /) -> None:
        """Do nothing: it comes again when its lease is over."""

    def release(self, _leased: Leased[SourceMessageT], /) -> None:
        """Do nothing: it comes again when its lease is over."""

    def renew(self, _leased: Leased[SourceMessageT], /) -> None:
        """Do nothing: its lease cannot be renewed."""

    def renew_all(self, leased: Sequence[Leased[SourceMessageT]], /) -> None:
        """Renew one after the other; if some fail, the others are renewed all the same.

        Raises ExceptionGroup of what has failed.
        """
        _each(self.renew, leased)

    def flush(self) -> None:
        """Do nothing: each call has done what it says."""

    def close(self) -> None:
        """Do nothing: it has nothing open."""
