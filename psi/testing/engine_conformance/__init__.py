"""What every engine promises a run, as tests: subclass :class:`EngineConformance` and say how to make the engine.

::

    class TestLightBox(EngineConformance):
        @pytest.fixture
        def make_engine(self, tmp_path):
            def make():
                box = LightBox(name='box', port=str(tmp_path / 'box.txt'))
                SerialChannel(channel='L1', name='light').set_parent(box)
                return box
            return make

        def level(self, bench, channel):
            ...  # what stands in the file
"""

from psi.testing.engine_conformance.bench import BenchSupply, EngineBench
from psi.testing.engine_conformance.course import Course
from psi.testing.engine_conformance.inputs import Inputs
from psi.testing.engine_conformance.needs import MakeEngine, Wire
from psi.testing.engine_conformance.outputs import Outputs

__all__ = ["BenchSupply", "EngineBench", "EngineConformance", "MakeEngine", "Wire"]


class EngineConformance(Course, Inputs, Outputs):
    """The suite. A case that does not apply to an engine is skipped and says why.

    A subclass defines the fixture ``make_engine``: it returns a function that makes the engine, declared alike each
    time. What else it says lets further cases run: ``wires``, ``level``, ``lose_device``, ``shorten_write``.
    """
