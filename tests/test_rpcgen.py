"""The compiler: what it writes is committed, formatted and typed; what it refuses, and at which place it says so."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.rpc_values import CORPUS, SOURCES
from typedserver.rpc.compiler.compiling import compiled
from typedserver.rpc.compiler.lexer import CompileError
from typedserver.rpc.rpcgen import main

every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)


def _compiled(folder: Path, text: str, **options: object) -> str:
    (folder / "given.x").write_text(text)
    return compiled(folder / "given.x", **options)  # type: ignore[arg-type]


def _refused(folder: Path, text: str) -> str:
    with pytest.raises(CompileError) as refused:
        _compiled(folder, text)
    return str(refused.value).removeprefix(f"{folder}/")


@every_source
def test_corpus_compiles_to_what_is_committed(source: Path) -> None:
    module = str(source.with_suffix(".py"))
    assert main([str(source), "-o", module, "--line-length", "120", "--check"]) == 0


@pytest.mark.parametrize("width", [79, 88, 100])
def test_output_is_as_a_formatter_leaves_it(width: int, tmp_path: Path) -> None:
    for source in SOURCES:
        (tmp_path / f"{source.stem}.py").write_text(compiled(source, width=width))
    ruff = Path(sys.executable).with_name("ruff")
    run = subprocess.run(
        [ruff, "format", "--isolated", "--diff", f"--line-length={width}", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout


def test_module_is_written_and_checked_by_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = tmp_path / "calc.py"
    source = str(CORPUS / "calc.x")
    assert main([source, "-o", str(module), "--check"]) == 1
    assert "is not what" in capsys.readouterr().err
    assert not module.exists()
    assert main([source, "-o", str(module)]) == 0
    assert main([source, "-o", str(module), "--check"]) == 0
    assert main([source]) == 0
    assert capsys.readouterr().out == module.read_text()
    module.write_text(module.read_text() + "\n")
    assert main([source, "-o", str(module), "--check"]) == 1


def test_mistake_is_told_with_its_place_by_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "calc.x").write_text("struct pair {\n    int a\n};\n")
    assert main([str(tmp_path / "calc.x")]) == 1
    assert capsys.readouterr().err == f"{tmp_path}/calc.x:3:1: expected ';', not '}}'\n"


def test_command_runs_as_a_module() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "typedserver.rpc.rpcgen", str(CORPUS / "calc.x"), "--line-length", "120"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == (CORPUS / "calc.py").read_text()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        # The lexer.
        ("const A = 08;", "given.x:1:11: '08' is no number: decimal, 0x and octal ones are"),
        ("const A = 1; $", "given.x:1:14: '$' begins nothing of the RPC language"),
        ("const A\n/* never\n\n", "given.x:2:1: this comment has no end: '*/' is expected"),
        # The grammar.
        ("int a;", "given.x:1:1: expected 'const', 'enum', 'struct', 'union', 'typedef' or 'program', not 'int'"),
        ("const A = 1", "given.x:1:11: expected ';', but the file ends behind this"),
        ("const 5 = 1;", "given.x:1:7: expected the name of a constant, not '5'"),
        ("const A = ;", "given.x:1:11: expected a number or a constant's name, not ';'"),
        ("const A = -B;", "given.x:1:12: expected a number behind '-', not 'B'"),
        ("enum e { A = 1 B };", "given.x:1:16: expected ',' or '}', not 'B'"),
        ("enum e { };", "given.x:1:10: expected the name of a member, not '}'"),
        ("struct s { };", "given.x:1:12: expected a type, not '}'"),
        ("struct s { void; };", "given.x:1:12: expected a type: 'void' stands in a union's arm, or as a"),
        ("struct s { string a[5]; };", "given.x:1:20: expected '<': a string's length varies, not '['"),
        ("struct s { opaque a; };", "given.x:1:20: expected '[' or '<', not ';'"),
        ("struct s { int a[]; };", "given.x:1:18: expected the length, not ']'"),
        ("struct s { int program; };", "given.x:1:16: expected a name, not 'program'"),
        ("union u switch (int a) { };", "given.x:1:26: expected 'case', 'default' or '}', not '}'"),
        ("union u switch (int a) { case 1: int b };", "given.x:1:40: expected ';', not '}'"),
        ("program P { int F(void) = 1; } = 1;", "given.x:1:13: expected 'version' or '}', not 'int'"),
        ("program P { version V { int F() = 1; } = 1; } = 1;", "given.x:1:31: expected the type of an argument, not"),
        ("program P { version V { int F(int, void) = 1; } = 1; } = 1;", "given.x:1:36: 'void' is the only argument"),
        ("program P { version V { int F(int; } = 1; } = 1;", "given.x:1:34: expected ',' or ')', not ';'"),
        # Names.
        ("const A = B;", "given.x:1:11: 'B' is no constant that is declared above"),
        ('const A = "text"; const B = A;', "given.x:1:29: 'A' is a text; a number is expected"),
        ("struct s { t a; };", "given.x:1:12: no type 't' is declared"),
        ("const A = 1;\nconst A = 2;", "given.x:2:7: 'A' is declared already, at "),
        ("const TRUE = 0;", "given.x:1:7: 'TRUE' is 1 in every source"),
        ("struct s { int a; int a; };", "given.x:1:23: 'a' is declared already, at "),
        ("typedef int t; struct s { struct t a; };", "given.x:1:27: 't' is no struct"),
        ("typedef b a; typedef a b;", "given.x:1:22: 'a' is declared as itself"),
        # Numbers.
        ("struct s { int a[0]; };", "given.x:1:18: a length of 0 leaves nothing to declare"),
        ("struct s { int a<-1>; };", "given.x:1:18: -1 is not between 0 and 4294967295"),
        ("enum e { A = 2147483648 };", "given.x:1:14: 2147483648 is not between -2147483648 and 2147483647"),
        ("enum e { A = 2147483647, B };", "given.x:1:26: 'B' would be 2147483648, which is above 2147483647"),
        # Types.
        ("struct s { quadruple a; };", "given.x:1:12: Python has no number of 128 bits to hold a quadruple"),
        ("struct s { int a; s b; };", "given.x:1:21: 's' would hold itself without end: declare it optional"),
        ("struct s { t a[2]; }; struct t { s b; };", "given.x:1:36: 's' would hold itself"),
        ("typedef int *a; struct s { a *b; };", "given.x:1:31: an optional of an optional: None could be either"),
        # Unions.
        ("union u switch (hyper a) { case 1: void; };", "given.x:1:23: a union switches on an int, an unsigned int, a"),
        ("union u switch (bool a) { case 2: void; };", "given.x:1:32: 2 is not between 0 and 1"),
        ("union u switch (int a) { case 1: void; case 1: int b; };", "given.x:1:45: case 1 stands already at "),
        ("enum e { A = 1 }; union u switch (e a) { case 2: void; };", "given.x:1:47: '2' is no member of enum 'e'"),
        ("union u switch (int a) { default: void; case 1: int b; };", "given.x:1:41: 'default' must be the last arm"),
        # Programs.
        (
            "program P { version V { int F(void) = 1; int G(void) = 1; } = 1; } = 1;",
            "given.x:1:56: 1 is the number of 'F' already",
        ),
        ("program P { version V { int F(t) = 1; } = 1; } = 1;", "given.x:1:31: no type 't' is declared"),
        # Directives.
        ("#if 1\nconst A = 1;", "given.x:1:1: this condition has no end: '#endif' is expected"),
        ("#endif", "given.x:1:1: '#endif' without '#if'"),
        ("#if 0\n#else\n#elif 1\n#endif", "given.x:3:1: '#elif' behind '#else'"),
        ("#if 1 +\n#endif", "given.x:1:1: expected a number at the end of this condition"),
        ("#if (1\n#endif", "given.x:1:5: expected ')' to this '('"),
        ("#if 1 2\n#endif", "given.x:1:7: expected the end of the condition, not '2'"),
        ("#if 1 / 0\n#endif", "given.x:1:7: '/ 0' has no value"),
        ("#if defined(\n#endif", "given.x:1:5: expected a name behind 'defined'"),
        ("#ifdef\n#endif", "given.x:1:1: expected one name behind '#ifdef'"),
        ("#define", "given.x:1:1: expected the name of a macro behind '#define'"),
        ("#define F(x) x", "given.x:1:9: 'F' has parameters: only macros without them are understood"),
        ('  #include "none.x"', "given.x:1:3: none.x is not found; searched: "),
        ("#include none.x", "given.x:1:1: expected \"file\" or <file> behind '#include', not none.x"),
        ("#error that will not do", "given.x:1:1: that will not do"),
        ("#warn", "given.x:1:1: '#warn' is no directive"),
        ('#include "given.x"', "given.x:1:1: more than 50 files include one another"),
    ],
)
def test_mistake_is_told_with_its_place(text: str, told: str, tmp_path: Path) -> None:
    assert _refused(tmp_path, text).startswith(told)


def test_mistake_in_an_included_file_is_told_with_that_files_name(tmp_path: Path) -> None:
    (tmp_path / "inner.x").write_text("\n  struct s { t a; };")
    assert _refused(tmp_path, '#include "inner.x"').startswith("inner.x:2:14: no type 't'")


def test_mistake_in_a_macro_is_told_where_the_macro_is_used(tmp_path: Path) -> None:
    assert _refused(tmp_path, "#define SIZE 0\n\nstruct s { int a[SIZE]; };").startswith("given.x:3:18: a length of 0")


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("1", True),
        ("0", False),
        ("UNKNOWN", False),
        ("A == 3 && B", True),
        ("A == 3 && !B", False),
        ("defined A && defined(B) && !defined(C)", True),
        ("1 + 2 * 3 == 7", True),
        ("(1 + 2) * 3 == 9", True),
        ("7 / 2 == 3 && 7 % 2 == 1", True),
        ("1 << 4 == 16 && 0x10 >> 4 == 1", True),
        ("~0 == -1 && (6 & 3) == 2 && (6 | 3) == 7 && (6 ^ 3) == 5", True),
        ("2 > 1 && 1 >= 1 && 1 <= 1 && 1 < 2 && 1 != 2", True),
        ("0 || +1", True),
        ("017 == 15", True),
        ("A \\\n == 3", True),
    ],
)
def test_condition_is_as_in_c(condition: str, holds: bool, tmp_path: Path) -> None:
    text = f"#define A 3\n#if {condition}\nconst YES = 1;\n#else\nconst NO = 1;\n#endif\n"
    assert ("YES: Final" in _compiled(tmp_path, text, defined={"B": "1"})) is holds


def test_included_file_is_looked_for_beside_the_file_then_in_the_folders(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "inner.x").write_text("const INNER = 1;")
    assert "INNER" in _compiled(tmp_path, '#include "inner.x"', folders=[folder])
    assert "INNER" in _compiled(tmp_path, "#include <inner.x>", folders=[folder])
    (tmp_path / "inner.x").write_text("const BESIDE = 1;")
    assert "BESIDE" in _compiled(tmp_path, '#include "inner.x"', folders=[folder])
    assert "INNER" in _compiled(tmp_path, "#include <inner.x>", folders=[folder])


def test_macro_that_names_itself_is_replaced_once(tmp_path: Path) -> None:
    assert "A: Final = 1" in _compiled(tmp_path, "#define A A\n#define B C\n#define C B\nconst A = 1; const B = A;")


def test_lines_of_c_and_comments_are_left_out(tmp_path: Path) -> None:
    text = "%#include <stdio.h>\n% /* not ended\n// const A = 1;\n/* const B = 1; */ const C /* = 2 */ = 3;\n#pragma\n"
    assert "C: Final = 3" in _compiled(tmp_path, text)


def test_empty_source_is_an_empty_module(tmp_path: Path) -> None:
    exec(_compiled(tmp_path, ""), {})


def test_output_is_the_same_each_time() -> None:
    assert compiled(CORPUS / "everything.x") == compiled(CORPUS / "everything.x")
