"""No module needs itself: whoever reads one can go down from there, and comes to an end."""

from __future__ import annotations

import graphlib

import grimp


def test_no_modules_import_each_other() -> None:
    graph = grimp.build_graph("psi", exclude_type_checking_imports=True, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    # An engine's declaration makes its driver, which reads it: import it late, so that listing rigs needs no driver.
    for module, imported in imports.items():
        if module.startswith("psi.engines.") and module.endswith(".engine"):
            imports[module] = {name for name in imported if not name.endswith("driver")}
    # Raises CycleError with the path.
    tuple(graphlib.TopologicalSorter(imports).static_order())
