"""The programs of a compiled module: for each version a Protocol, the constant that serves it, and two clients."""

from typing import final

from typedserver.rpc.compiler.declarations import Procedure
from typedserver.rpc.compiler.expressions import Expressions
from typedserver.rpc.compiler.layout import Bracket, Lines, Piece, call
from typedserver.rpc.compiler.meaning import is_void
from typedserver.rpc.compiler.plan import Plan, VersionPlan


@final
class ProgramWriter:
    """Writes the programs of a plan."""

    def __init__(self, plan: Plan, expressions: Expressions, lines: Lines) -> None:
        self._plan = plan
        self._calls = expressions
        self._lines = lines

    def write(self) -> None:
        """Write all versions of all programs."""
        for version in self._plan.versions:
            self._service(version)
            self._constant(version)
            self._encoders(version)
            for name, asynchronous in ((version.client, False), (version.async_client, True)):
                self._client(version, name, asynchronous=asynchronous)

    def _served(self, version: VersionPlan) -> list[tuple[str, Procedure]]:
        """Return what a service has: a procedure 0 that only says that the program is there is answered without it."""
        return [(name, each) for name, each in version.procedures if not self._is_null(each)]

    def _is_null(self, procedure: Procedure) -> bool:
        number = self._plan.meaning.number(procedure.number)
        return number == 0 and not procedure.arguments and is_void(procedure.result)

    def _service(self, version: VersionPlan) -> None:
        self._lines.blank(2)
        self._lines.add(0, f"class {version.service}(Protocol):")
        self._lines.add(1, f'"""What serves ``{version.version.name}`` of ``{version.program.name}``."""')
        for name, procedure in self._served(version):
            self._lines.blank()
            result = f"rpc.Result[{self._plan.annotation(procedure.result)}]"
            parameters = ["self", *self._parameters(procedure), "call: rpc.Call", "/"]
            self._lines.add(1, Bracket(f"def {name}(", parameters, f") -> {result}:"))
            self._lines.add(2, f'"""Answer ``{procedure.name}``."""', "...")

    def _parameters(self, procedure: Procedure) -> list[str]:
        names = self._arguments(procedure)
        return [f"{name}: {self._plan.annotation(kind)}" for name, kind in zip(names, procedure.arguments, strict=True)]

    def _arguments(self, procedure: Procedure) -> list[str]:
        if len(procedure.arguments) == 1:
            return ["argument"]
        return [f"argument{number}" for number in range(1, len(procedure.arguments) + 1)]

    def _constant(self, version: VersionPlan) -> None:
        self._lines.blank(2)
        entries: list[Piece] = []
        for name, procedure in self._served(version):
            decode = call("xdr.arguments", [self._calls.decoder(kind) for kind in procedure.arguments])
            number = self._plan.number(procedure.number)
            pieces = (f'"{name}"', decode, self._calls.encoder(procedure.result))
            entries.append(call(f"{number}: rpc.Procedure", pieces))
        program, numbers = version.program, self._numbers(version)
        table = Bracket("{", entries, "}", each=True)
        head = f"{version.constant}: Final = rpc.Version[{version.service}]("
        self._lines.add(0, Bracket(head, (f'"{program.name}"', *numbers, table), ")", each=True))

    def _together(self, version: VersionPlan, procedure: Procedure) -> str:
        return f"_encode_{version.constant.lower()}_{procedure.name.lower()}"

    def _encoders(self, version: VersionPlan) -> None:
        """Write what encodes the arguments of procedures that have several."""
        for _, procedure in version.procedures:
            if len(procedure.arguments) < 2:  # noqa: PLR2004
                continue
            annotations = [self._plan.annotation(kind) for kind in procedure.arguments]
            value = Bracket("value: tuple[", annotations, "]")
            head = f"def {self._together(version, procedure)}("
            self._lines.blank(2)
            self._lines.add(0, Bracket(head, ("out: xdr.Encoder", value), ") -> None:"))
            for index, kind in enumerate(procedure.arguments):
                self._lines.add(1, call(self._calls.encoder(kind), ("out", f"value[{index}]")))

    def _numbers(self, version: VersionPlan) -> tuple[str, str]:
        return self._plan.programs[version.program.name], self._plan.number(version.version.number)

    def _client(self, version: VersionPlan, name: str, *, asynchronous: bool) -> None:
        kind = "rpc.AsyncClient" if asynchronous else "rpc.Client"
        self._lines.blank(2)
        self._lines.add(0, f"class {name}:")
        told = "from coroutines" if asynchronous else "and waits for the answers"
        self._lines.add(1, f'"""Calls ``{version.version.name}`` of ``{version.program.name}`` {told}."""')
        self._lines.blank()
        self._lines.add(1, '__slots__ = ("_client",)')
        self._lines.blank()
        self._lines.add(1, Bracket("def __init__(", ("self", f"client: {kind}", "/"), ") -> None:"))
        self._lines.add(2, "self._client = client")
        for method, procedure in version.procedures:
            self._lines.blank()
            head = f"{'async ' if asynchronous else ''}def {method}("
            parameters = ["self", *(each for each in self._parameters(procedure)), "/"]
            if len(parameters) == 2:  # noqa: PLR2004 - behind self alone no slash is needed
                parameters = ["self"]
            result = self._plan.annotation(procedure.result)
            self._lines.add(1, Bracket(head, parameters, f") -> {result}:", each=len(parameters) == 1))
            self._lines.add(2, f'"""Call ``{procedure.name}``."""')
            self._lines.add(2, self._call(version, procedure, asynchronous=asynchronous))

    def _call(self, version: VersionPlan, procedure: Procedure, *, asynchronous: bool) -> Bracket:
        names = self._arguments(procedure)
        encoders = [self._calls.encoder(kind) for kind in procedure.arguments]
        encode, argument = ("xdr.encode_void", "None") if not names else (encoders[0], names[0])
        if len(names) > 1:
            encode, argument = self._together(version, procedure), f"({', '.join(names)})"
        number = self._plan.number(procedure.number)
        decode = self._calls.decoder(procedure.result)
        before = "" if is_void(procedure.result) else "return "
        pieces = (*self._numbers(version), number, encode, argument, decode)
        return call("self._client.call", pieces, f"{before}{'await ' if asynchronous else ''}")
