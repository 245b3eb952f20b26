"""What may be imported, from where, and at what price: read from the source, not from habit."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import infoplane as ip

SOURCE = Path(ip.__file__).parent
PACKAGES = sorted(
    ".".join(("infoplane", *path.parent.relative_to(SOURCE).parts))
    for path in SOURCE.rglob("__init__.py")
    if not path.parent.name.startswith("_") or path.parent.name == "_cli"
)
MODULES = {
    ".".join(("infoplane", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in SOURCE.rglob("*.py")
}
FLOORS = {
    **{"_errors": 0, "_prompt": 0, "_version": 0, "embedded": 1, "estimators": 2, "runs": 3, "models": 4, "tasks": 4},
    **{"objectives": 5, "spaces": 5, "measures": 6, "methods": 7, "report": 8, "_cli": 9},
}


def room(module: str) -> str:
    """The room a module is in: the name after `infoplane`."""
    return [*module.split("."), ""][1]


def imports(tree: ast.AST) -> Iterator[str]:
    """The modules of infoplane that `tree` imports, also inside functions and for type checking."""
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            if name.split(".")[0] == "infoplane":
                yield name if name in MODULES else name.rpartition(".")[0]


def at_import(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported."""
    for node in tree.body:
        checking = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if not checking and not isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_only_go_down_the_floors(module):
    here = room(module)
    if not here:
        return
    assert here in FLOORS
    for target in imports(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        there = room(target)
        assert there, f"{module} imports the root"
        assert there == here or FLOORS[there] < FLOORS[here], f"{module} imports {target}"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_room_is_entered_through_its_package(module):
    for target in imports(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        inside = room(target) == room(module) or FLOORS.get(room(target)) == 0
        assert inside or target.count(".") == 1, f"{module} imports {target}"


def test_no_module_imports_itself_by_way_of_others():
    graph = {}
    for module, path in MODULES.items():
        statements = at_import(ast.parse(path.read_text(encoding="utf-8")))
        graph[module] = {target for statement in statements for target in imports(statement)} - {module}
    order = list(TopologicalSorter(graph).static_order())
    assert set(order) >= set(MODULES)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_what_is_public_sorted_and_true(package):
    module = importlib.import_module(package)
    tree = ast.parse(MODULES[package].read_text(encoding="utf-8"))
    imported, promised, made = set(), set(), set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            made.add(node.name)
        for inner in ast.walk(node) if isinstance(node, ast.ImportFrom | ast.If) else ():
            if isinstance(inner, ast.ImportFrom) and str(inner.module).startswith("infoplane"):
                (imported if inner is node else promised).update(alias.asname or alias.name for alias in inner.names)
    names = list(module.__all__)
    assert names == sorted(names, key=lambda name: (0 if name.isupper() else 1 if name[0].isupper() else 2, name))
    assert len(set(names)) == len(names)
    assert all(hasattr(module, name) for name in names)
    assert {name for name in imported | made if not name.startswith("_")} <= set(names) <= imported | promised | made


def test_the_root_gives_its_names_and_no_others():
    assert dir(ip) == ip.__all__
    for name in ip.__all__:
        assert getattr(ip, name) is getattr(ip, name)
    with pytest.raises(AttributeError, match="no attribute 'mesure'"):
        ip.mesure  # noqa: B018


def python(code: str) -> None:
    """Run `code` in a fresh process that fails on any warning."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("infoplane", ["numpy", "torch", "transformers", "scipy", "pandas", "rich", "infoplane.runs"]),
        ("infoplane.estimators", ["torch", "transformers", "pandas", "datasets", "infoplane.runs"]),
        ("infoplane.runs", ["torch", "transformers", "pandas", "datasets", "infoplane.models"]),
        ("infoplane._cli", ["torch", "transformers", "numpy", "pandas"]),
    ],
)
def test_importing_loads_only_what_it_needs(module, absent):
    python(f"import sys, {module}; loaded = set({absent}) & set(sys.modules); assert not loaded, loaded")


@pytest.mark.parametrize(
    "code",
    [
        "import infoplane.report; import infoplane as ip; run = ip.report",
        "import infoplane as ip; run = ip.report; import infoplane.report; assert ip.report is run",
        "from infoplane.report import report as run",
        "from infoplane import report as run",
        "import infoplane.report as run",
        "import infoplane.report; run = infoplane.report.report",
    ],
)
def test_report_can_be_called_however_it_was_imported(code):
    asked = "inspect.signature(run).parameters"
    python(f"""
import inspect
{code}
from infoplane._errors import RunError
assert list({asked})[:2] == ["run", "other"], {asked}
try:
    run("nowhere")
except RunError as error:
    assert "nowhere" in str(error)
else:
    raise AssertionError("nothing was refused")
""")
