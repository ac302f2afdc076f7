"""Retries: how often a message is tried whose handler fails, and how long it rests between."""

from dataclasses import dataclass
from typing import Final

from typedserver.errors import RecipeError
from typedserver.recipes import check_at_least, check_positive, recipe_repr, shown

# As many as keep a message for some minutes while what its handler needs is down: 1 + 2 + 4 + ... seconds.
DEFAULT_ATTEMPTS: Final = 10

# Seconds.
DEFAULT_MIN_BACKOFF: Final = 1.0
DEFAULT_MAX_BACKOFF: Final = 300.0

# Beyond this a double is larger than any backoff, and 2.0**1024 raises.
_MOST_DOUBLINGS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Retries:
    """How often a message is tried whose handler raises, and after which pauses.

    max_attempts: how often it is tried in all; after the last failure it is dead. None: for ever.
    min_backoff: seconds from its first failure to its next attempt; each further pause is twice as long.
    max_backoff: the longest pause in seconds.

    Raises RecipeError for values that cannot work.
    """

    max_attempts: int | None = DEFAULT_ATTEMPTS
    min_backoff: float = DEFAULT_MIN_BACKOFF
    max_backoff: float = DEFAULT_MAX_BACKOFF

    def __post_init__(self) -> None:
        if self.max_attempts is not None:
            check_at_least(
                "Retries", "max_attempts", self.max_attempts, 1, "give how often to try in all, None for ever"
            )
        check_positive("Retries", "min_backoff", self.min_backoff, "give the seconds of the first pause", needed=True)
        check_positive("Retries", "max_backoff", self.max_backoff, "give the seconds of the longest pause", needed=True)
        if self.max_backoff < self.min_backoff:
            raise RecipeError(f"{self!r} has a longest pause below its first one: raise max_backoff")

    def backoff(self, attempt: int) -> float | None:
        """Return the seconds until a message may be tried again whose attempt of this number, from 1, has failed.

        None: that was the last one, and the message is dead.
        """
        if self.max_attempts is not None and attempt >= self.max_attempts:
            return None
        return min(self.max_backoff, self.min_backoff * 2.0 ** min(max(attempt - 1, 0), _MOST_DOUBLINGS))

    __repr__ = recipe_repr


DEFAULT_RETRIES: Final = Retries()
"""How often a message is tried if a source was given nothing else."""


def check_retries(recipe: str, retries: object) -> None:
    """Raise RecipeError unless a value is a Retries."""
    if not isinstance(retries, Retries):
        raise RecipeError(f"{recipe}(retries={shown(retries)}) must be Retries(...)")
