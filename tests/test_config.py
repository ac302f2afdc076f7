"""StreamConfig, and the checks and the repr that all recipes share."""

import copy
import dataclasses
import math
import pickle
from typing import Any

import pytest

from typedserver import RecipeError, StreamConfig
from typedserver.recipes import check_at_least, check_positive, recipe_repr


@dataclasses.dataclass(frozen=True, repr=False)
class Recipe:
    """A recipe with every kind of field that a repr must distinguish."""

    needed: int
    optional: str = "usual"
    made: list[int] = dataclasses.field(default_factory=lambda: [1])
    hidden: int = dataclasses.field(default=0, repr=False)

    __repr__ = recipe_repr


@pytest.mark.parametrize("value", [0.001, 1, 1e6, None])
def test_positive_check_takes_seconds_and_none(value: float | None) -> None:
    check_positive("R", "field", value, "remedy")


@pytest.mark.parametrize("value", [0, -1, -0.5, math.nan, math.inf, 1e300, "5", [5]])
def test_positive_check_refuses_with_field_value_and_remedy(value: object) -> None:
    with pytest.raises(RecipeError) as refused:
        check_positive("R", "field", value, "do this")
    assert str(refused.value).startswith(f"R(field={value!r}) must be")
    assert str(refused.value).endswith(": do this")


@pytest.mark.parametrize("value", [2, 3, 2**31 - 1])
def test_least_check_takes_what_fits_a_c_int(value: int) -> None:
    check_at_least("R", "field", value, 2, "remedy")


@pytest.mark.parametrize("value", [1, -5, 2**31, 2.5, "9", None])
def test_least_check_refuses_with_field_value_and_remedy(value: object) -> None:
    with pytest.raises(RecipeError) as refused:
        check_at_least("R", "field", value, 2, "do this")
    assert str(refused.value) == f"R(field={value!r}) must be an int of at least 2: do this"


def test_repr_names_only_what_is_not_at_its_default() -> None:
    assert repr(Recipe(7)) == "Recipe(needed=7)"
    assert repr(Recipe(7, "other", [2], 5)) == "Recipe(needed=7, optional='other', made=[2])"


def test_repr_is_the_code_that_makes_the_config() -> None:
    config = StreamConfig(timeout=None, limit=10, wbufsize=-1)
    assert repr(config) == "StreamConfig(timeout=None, limit=10, wbufsize=-1)"
    assert eval(repr(config)) == config
    assert repr(StreamConfig()) == "StreamConfig()"


def test_default_config_has_a_timeout_and_limits() -> None:
    config = StreamConfig()
    assert (config.timeout, config.limit, config.read_limit) == ("server", 65536, 16 * 1024 * 1024)
    assert (config.rbufsize, config.wbufsize, config.disable_nagle_algorithm) == (-1, 0, False)


def test_config_is_frozen_and_slotted() -> None:
    config: Any = StreamConfig()
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.timeout = 5
    assert not hasattr(config, "__dict__")


def test_config_takes_keywords_only() -> None:
    make: Any = StreamConfig
    with pytest.raises(TypeError):
        make(5)


def test_config_survives_pickle_and_copy() -> None:
    config = StreamConfig(limit=3)
    assert pickle.loads(pickle.dumps(config)) == config
    assert copy.copy(config) == copy.deepcopy(config) == config
    assert hash(copy.copy(config)) == hash(config)


@pytest.mark.parametrize(
    ("field", "value", "remedy"),
    [
        ("timeout", 0, "None to wait for ever"),
        ("timeout", math.inf, "None to wait for ever"),
        ("limit", 0, "longest line"),
        ("read_limit", 0, "most bytes"),
        ("rbufsize", -2, "-1 for the default"),
        ("wbufsize", -2, "-1 for the default"),
    ],
)
def test_config_refuses_what_cannot_work(field: str, value: Any, remedy: str) -> None:
    with pytest.raises(RecipeError, match=remedy) as refused:
        StreamConfig(**{field: value})
    assert f"StreamConfig({field}={value!r})" in str(refused.value)
