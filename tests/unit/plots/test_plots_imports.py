"""Models of plots need neither a display nor what is slow to load."""

import subprocess
import sys

MODELS = "envelope traces marks logic_graph psychometric palette ticks source".split()


def test_models_import_neither_qt_nor_scipy() -> None:
    code = (
        f"import importlib, sys\nfor name in {MODELS!r}: importlib.import_module('psi.plots.' + name)\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'PyQt6', 'qtpy', 'pyqtgraph', 'scipy'}))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
