"""How the secrets in a recipe are checked: no message shows one."""

from collections.abc import Mapping
from typing import cast

from typedserver.errors import RecipeError


def check_secrets(recipe: str, field: str, secrets: object, remedy: str) -> None:
    """Raise RecipeError unless a value maps names to different secrets of at least one byte each; it shows none."""
    if not isinstance(secrets, Mapping) or not secrets:
        raise RecipeError(f"{recipe}({field}=) must map at least one name to its secret: {remedy}")
    by_secret: dict[bytes, object] = {}
    for name, secret in cast("Mapping[object, object]", secrets).items():
        if not isinstance(secret, bytes) or not secret:
            what = "is empty" if secret == b"" else f"is of type {type(secret).__name__}"
            raise RecipeError(f"{recipe}({field}=): the secret of {name!r} {what}: {remedy}")
        if secret in by_secret:
            raise RecipeError(
                f"{recipe}({field}=): {name!r} and {by_secret[secret]!r} have the same secret, so they "
                "could not be known apart: give each its own"
            )
        by_secret[secret] = name
