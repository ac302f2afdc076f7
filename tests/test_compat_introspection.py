"""A program, a type tool or ``help`` reads the same from the classes of ``typedserver.compat`` as from the stdlib's."""

import inspect
import pydoc
import socket
import socketserver
import types
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from typedserver import compat
from typedserver._compat import base_server, forking_mixin, handlers, servers, threading_mixin
from typedserver._compat.compose import compose

NAMES: list[str] = sorted(vars(compat)["__all__"])
BODIES = {
    name: body
    for module in (base_server, forking_mixin, handlers, servers, threading_mixin)
    for name, body in vars(module).items()
    if name in NAMES
}


def ours(name: str) -> type[Any]:
    return typing.cast("type[Any]", getattr(compat, name))


def theirs(name: str) -> type[Any]:
    """Return the standard library's class; Python 3.11 lacks two, and a program writes them like this."""
    found: Any = getattr(socketserver, name, None)
    if found is None:
        found = type(name, (socketserver.ForkingMixIn, getattr(socketserver, name.removeprefix("Forking"))), {})
    return typing.cast("type[Any]", found)


def functions(cls: type[Any]) -> dict[str, types.FunctionType]:
    return dict(inspect.getmembers(cls, inspect.isfunction))


def documented(cls: type[Any]) -> dict[str, types.FunctionType]:
    """Return the methods that a program calls or overrides: the public ones, Python's own, and one that is private."""
    return {
        name: method
        for name, method in functions(cls).items()
        if not name.startswith("_") or name.startswith("__") or name == "_handle_request_noblock"
    }


def nothing(*_: object) -> None:
    """Serve a request by doing nothing."""


def names_of(classes: tuple[type[Any], ...]) -> list[str]:
    return [cls.__name__ for cls in classes]


@pytest.mark.parametrize("name", NAMES)
def test_order_of_bases_is_that_of_the_standard_library(name: str) -> None:
    assert names_of(ours(name).__mro__) == names_of(theirs(name).__mro__)
    assert names_of(ours(name).__bases__) == names_of(theirs(name).__bases__)


@pytest.mark.parametrize("name", NAMES)
def test_bases_are_the_public_classes(name: str) -> None:
    assert all(base is getattr(compat, base.__name__) for base in ours(name).__mro__[:-1])


@pytest.mark.parametrize("name", sorted(BODIES))
def test_body_extends_what_its_public_class_extends(name: str) -> None:
    # The type checkers see a body as an extension of its own bases. At run time it has the public bases.
    bases = [base for base in BODIES[name].__bases__ if base is not typing.Generic]
    assert names_of(tuple(bases) or (object,)) == names_of(ours(name).__bases__)


@pytest.mark.parametrize("name", NAMES)
def test_class_has_a_documentation_of_its_own(name: str) -> None:
    assert ours(name).__doc__
    assert inspect.getdoc(ours(name))


@pytest.mark.parametrize("name", NAMES)
def test_documented_methods_have_a_documentation(name: str) -> None:
    for method, function in documented(ours(name)).items():
        assert inspect.getdoc(function), method
        assert inspect.getdoc(function) != inspect.getdoc(getattr(object, method, None)), method


@pytest.mark.parametrize("name", NAMES)
def test_type_hints_can_be_read(name: str) -> None:
    cls = ours(name)
    assert typing.get_type_hints(cls) or name not in BODIES
    for function in functions(cls).values():
        assert "return" in typing.get_type_hints(function), function


def test_type_hints_of_a_server_are_what_its_source_says() -> None:
    hints = typing.get_type_hints(ours("TCPServer"))
    assert hints["socket"] is socket.socket
    assert hints["request_queue_size"] is int
    assert hints["timeout"] == float | None
    assert typing.get_type_hints(ours("TCPServer").get_request)["return"] == tuple[socket.socket, Any]
    # As the source has it, with the type of the server itself.
    handler = typing.get_type_hints(ours("TCPServer").__init__)["RequestHandlerClass"]
    assert "typing.Self], object]" in str(handler)


@pytest.mark.parametrize("name", NAMES)
def test_signatures_are_those_of_the_standard_library(name: str) -> None:
    def shape(function: Callable[..., object]) -> list[tuple[str, object, object]]:
        parameters = inspect.signature(function).parameters.values()
        return [(parameter.name, parameter.kind, parameter.default) for parameter in parameters]

    for method in documented(theirs(name)):
        if method in functions(ours(name)):
            assert shape(getattr(ours(name), method)) == shape(getattr(theirs(name), method)), method
    assert documented(theirs(name)).keys() <= documented(ours(name)).keys()
    if "MixIn" not in name:
        assert shape(ours(name)) == shape(theirs(name))


def test_context_manager_takes_any_arguments_at_its_end() -> None:
    closed: list[object] = []

    class Server(compat.BaseServer):
        def server_close(self) -> None:
            closed.append(self)

    leave: Callable[..., None] = Server("nowhere", compat.BaseRequestHandler).__exit__
    leave()
    leave(None, None, None)
    assert len(closed) == 2


@pytest.mark.parametrize("name", NAMES)
def test_help_is_rendered(name: str) -> None:
    text = pydoc.plain(pydoc.render_doc(ours(name)))
    assert text.startswith(f"Python Library Documentation: class {name} in module typedserver.compat")
    assert str(ours(name).__doc__).partition("\n")[0] in text


def test_help_of_the_module_is_rendered() -> None:
    text = pydoc.plain(pydoc.render_doc(compat))
    assert all(f"class {name}" in text for name in NAMES)


# Composing


def made_of(body: type[Any], *bases: type[Any]) -> Any:
    return compose("Made", *bases, module="somewhere", body=body)


class Base:
    def describe(self, *, word: str = "base") -> str:
        return word


def test_super_in_a_body_starts_at_the_composed_class() -> None:
    class Body(Base):
        """What is made."""

        def describe(self, *, word: str = "body") -> str:
            return f"{word} of {super().describe()}"

    class Between(Base):
        def describe(self, *, word: str = "between") -> str:
            return f"{word} of {super().describe()}"

    for _ in range(2):
        # The second class is made from the same body, and each has its own super().
        made = made_of(Body, Between)
        assert made().describe() == "body of between of base"
        assert made().describe(word="own") == "own of between of base"
        assert typing.get_type_hints(made.describe) == {"word": str, "return": str}
        assert made.__doc__ == "What is made."
        assert names_of(made.__mro__) == ["Made", "Between", "Base", "object"]
    assert Body().describe() == "body of base"


def test_composed_class_does_not_have_the_place_of_its_body() -> None:
    class Body:
        pass

    made = made_of(Body)
    assert (made.__module__, made.__qualname__) == ("somewhere", "Made")
    assert "__firstlineno__" not in vars(made)
    assert vars(made)["__weakref__"] is not vars(Body)["__weakref__"]


def test_classes_under_another_module_name_wait_for_their_threads() -> None:
    # Their server_close calls super(): it must not be bound to the classes of typedserver.compat.
    path = str(compat.__file__)
    module = types.ModuleType("elsewhere")
    exec(compile(Path(path).read_bytes(), path, "exec"), vars(module))
    server = module.ThreadingTCPServer(("127.0.0.1", 0), nothing)
    with socket.create_connection(server.server_address, 20):
        server.handle_request()
    server.server_close()
    assert server.fileno() == -1
