"""Import contracts where import-linter does not look: in ``.enaml`` files and in the content folders.

The layers are those of ``pyproject.toml``; this file only knows how to read an ``.enaml`` file.
"""

import ast
import tomllib
from pathlib import Path

import pytest
from enaml.core import enaml_ast
from enaml.core.parser import parse

ROOT = Path(__file__).resolve().parents[2]
CONTENT = ("manifests", "hardware_configs", "paradigms")

#: Modules that need a display, and the layers that may import them.
QT = ("PyQt6", "qtpy", "pyqtgraph", "enaml.qt", "enaml.widgets")
VIEWS = ("api", "application", "testing", "experiment", "plots")


def layers():
    """Each layer's height: 0 is the lowest; siblings share one."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (contract,) = [contract for contract in contracts if contract["id"] == "layers"]
    return {
        name.strip(" ()"): height
        for height, layer in enumerate(reversed(contract["layers"]))
        for name in layer.split("|")
    }


HEIGHTS = layers()


def sources(*folders):
    return [
        path
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in (".py", ".enaml") and "__pycache__" not in path.parts
    ]


def module_of(path):
    """The dotted package that ``path`` is in, as it is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts if parts[0] == "psi" else ("psi", *parts)


def python_trees(path):
    """Every piece of Python in the file, module level and inside Enaml declarations."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield ast.parse(text, str(path))
        return
    stack = [parse(text, str(path))]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.AST):
            yield node
        elif isinstance(node, enaml_ast.ASTNode):
            stack.extend(vars(node).values() if hasattr(node, "__dict__") else ())
            stack.extend(getattr(node, name) for name in node.members())
        elif isinstance(node, list | tuple):
            stack.extend(node)


def imports(path):
    """Absolute dotted names that the file imports, relative ones resolved."""
    module = module_of(path)
    for tree in python_trees(path):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = ".".join(module[: len(module) - node.level]) if node.level else ""
                name = ".".join(part for part in (base, node.module) if part)
                yield from (f"{name}.{alias.name}" for alias in node.names)


def within(name, packages):
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def ids(paths):
    return [str(path.relative_to(ROOT)) for path in paths]


INNER_ENAML = [path for path in sources("psi") if path.suffix == ".enaml"]
BELOW_VIEWS = [path for path in sources("psi") if len(module_of(path)) > 1 and module_of(path)[1] not in VIEWS]
CONTENT_FILES = sources(*CONTENT)


def test_the_reader_finds_imports_wherever_they_stand(tmp_path, monkeypatch):
    text = (
        "import a\nfrom b.c import d\n"
        "enamldef X(Y):\n    attr z : object\n    initialized ::\n        import e\n"
        "    func go():\n        from f import g\n    Child:\n        func make():\n            from .h import i\n"
    )
    path = tmp_path / "manifests" / "x.enaml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    assert set(imports(path)) == {"a", "b.c.d", "e", "f.g", "psi.manifests.h.i"}


def test_there_is_something_to_look_at():
    assert INNER_ENAML
    assert len(CONTENT_FILES) >= 8


@pytest.mark.parametrize("path", INNER_ENAML, ids=ids(INNER_ENAML))
def test_an_enaml_file_imports_from_its_own_layer_or_below(path):
    own = module_of(path)[1]
    above = []
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "psi" and len(parts) > 1 and parts[1] != own and HEIGHTS[parts[1]] >= HEIGHTS[own]:
            above.append(name)
    assert above == []


@pytest.mark.parametrize("path", BELOW_VIEWS, ids=ids(BELOW_VIEWS))
def test_nothing_below_the_views_needs_qt(path):
    assert [name for name in imports(path) if within(name, QT)] == []


@pytest.mark.parametrize("path", sources("psi"), ids=ids(sources("psi")))
def test_nothing_in_psi_imports_a_content_folder(path):
    assert [name for name in imports(path) if within(name, [f"psi.{folder}" for folder in CONTENT])] == []


@pytest.mark.parametrize("path", CONTENT_FILES, ids=ids(CONTENT_FILES))
def test_a_manifest_imports_psi_through_its_api_alone(path):
    own = ".".join(module_of(path)[:2])
    other = [name for name in imports(path) if within(name, ["psi"]) and not within(name, ["psi.api", own])]
    assert other == []


@pytest.mark.parametrize("path", CONTENT_FILES, ids=ids(CONTENT_FILES))
def test_a_manifest_imports_no_driver_and_no_qt_when_it_is_read(path):
    assert [name for name in imports(path) if within(name, [*QT, "nidaqmx", "sounddevice", "serial"])] == []
