"""Names to files to classes, in folders made for each test."""

import os
import sys

import pytest
from enaml.workbench.api import PluginManifest

from psi.assembly import discovery
from psi.assembly.discovery import find, listing
from psi.assembly.loading import load, manifest_class
from psi.core.errors import ConfigurationError

PLAIN = """from enaml.workbench.api import Extension, PluginManifest

enamldef {name}(PluginManifest):
    id = '{id}'
"""


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def user(tmp_path, monkeypatch):
    """The user's own root, and no other beside what is shipped."""
    root = tmp_path / "user"
    monkeypatch.setattr(discovery.platformdirs, "user_data_path", lambda *a, **k: root)
    monkeypatch.delenv("PSI_PATH", raising=False)
    return root


@pytest.fixture
def room(tmp_path, monkeypatch, user):
    """A root on PSI_PATH, after a first one that is empty."""
    empty, root = tmp_path / "empty", tmp_path / "room"
    empty.mkdir()
    root.mkdir()
    monkeypatch.setenv("PSI_PATH", os.pathsep.join(["", str(empty), str(root)]))
    return root


@pytest.fixture(autouse=True)
def no_modules_left():
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("psi_user_"):
            del sys.modules[name]


def test_what_is_shipped_is_listed(user):
    assert {"appetitive_gonogo", "record"} <= {thing.name for thing in listing("paradigm")}
    assert {"simulated", "simulated_array"} <= {thing.name for thing in listing("rig")}
    assert {"room_light", "pellet_dispenser"} <= {thing.name for thing in listing("manifest")}
    assert {thing.origin for thing in listing("rig")} == {"psi"}


def test_listing_imports_nothing(room):
    write(room / "paradigms" / "boom.enaml", "raise SystemExit(1)\n")
    write(room / "paradigms" / "deep" / "manifest.enaml", "raise SystemExit(1)\n")
    before = set(sys.modules)
    assert {"boom", "deep"} <= {thing.name for thing in listing("paradigm")}
    assert set(sys.modules) == before


def test_only_sources_are_listed(room):
    folder = room / "paradigms"
    write(folder / "__enamlcache__" / "old.enaml-py311-cv1.enamlc", "")
    write(folder / "__init__.py", "")
    write(folder / "_draft.enaml", "")
    write(folder / "helper.py", "")
    write(folder / "notes" / "readme.txt", "")
    assert [thing.name for thing in listing("paradigm") if thing.origin == "PSI_PATH"] == []


def test_psi_path_wins_over_the_user_and_the_user_over_what_is_shipped(room, user):
    mine = write(room / "paradigms" / "record.enaml", "")
    users = write(user / "paradigms" / "record.enaml", "")
    assert find("paradigm", "record") == mine
    shown = [thing for thing in listing("paradigm", hidden=True) if thing.name == "record"]
    assert [thing.origin for thing in shown] == ["PSI_PATH", "user", "psi"]
    mine.unlink()
    assert find("paradigm", "record") == users


def test_a_path_is_taken_as_it_is(tmp_path, user):
    path = write(tmp_path / "here" / "my.enaml", "")
    folder = write(tmp_path / "mine" / "manifest.enaml", "")
    assert find("rig", str(path)) == path
    assert find("rig", str(folder)) == folder
    assert find("rig", str(folder.parent)) == folder


@pytest.mark.parametrize(
    ("kind", "name", "says"),
    [
        ("paradigm", "appetitve_gonogo", "there is no paradigm 'appetitve_gonogo'; did you mean 'appetitive_gonogo'?"),
        ("rig", "simulatd", "there is no rig 'simulatd'; did you mean 'simulated'"),
        ("rig", "nowhere/rig.enaml", "there is no rig file .*nowhere.rig.enaml"),
        ("manifest", __file__, "is no .enaml file"),
    ],
)
def test_what_is_not_there_is_said_with_the_nearest(user, kind, name, says):
    with pytest.raises(ConfigurationError, match=says):
        find(kind, name)


def test_a_root_that_is_no_folder_is_said(user, monkeypatch, tmp_path):
    monkeypatch.setenv("PSI_PATH", str(tmp_path / "gone"))
    with pytest.raises(ConfigurationError, match="PSI_PATH: .*gone' is no folder"):
        listing("rig")


def offer(tmp_path, monkeypatch, target):
    """Another distribution, on the path, with an entry point for paradigms."""
    site = tmp_path / "site"
    info = site / "booth-1.0.dist-info"
    write(info / "METADATA", "Metadata-Version: 2.1\nName: booth\nVersion: 1.0\n")
    write(info / "entry_points.txt", f"[psi.paradigms]\nall = {target}\n")
    monkeypatch.syspath_prepend(site)
    return site


def test_another_distribution_offers_its_folder_and_keeps_its_package(tmp_path, monkeypatch, user):
    site = offer(tmp_path, monkeypatch, "booth_tasks")
    write(site / "booth_tasks" / "__init__.py", "")
    path = write(site / "booth_tasks" / "sniff.enaml", PLAIN.format(name="Sniff", id="booth.sniff"))
    (thing,) = [thing for thing in listing("paradigm") if thing.name == "sniff"]
    assert (thing.origin, thing.path) == ("booth", path)
    assert "booth_tasks" not in sys.modules
    assert load(path).__name__ == "booth_tasks.sniff"
    del sys.modules["booth_tasks.sniff"], sys.modules["booth_tasks"]


def test_an_entry_point_that_leads_nowhere_names_the_distribution(tmp_path, monkeypatch, user):
    offer(tmp_path, monkeypatch, "gone_tasks.paradigms")
    with pytest.raises(ConfigurationError, match="booth: its entry point 'all' names 'gone_tasks.paradigms'"):
        listing("paradigm")


def test_a_file_is_imported_once_and_gives_its_class(room):
    path = write(room / "manifests" / "lamp.enaml", PLAIN.format(name="Lamp", id="room.lamp"))
    module = load(path)
    assert load(path) is module
    cls = manifest_class(module)
    assert issubclass(cls, PluginManifest)
    assert cls().id == "room.lamp"


def test_files_of_one_name_in_two_rooms_are_two_modules(tmp_path, user):
    paths = [
        write(tmp_path / room / "manifests" / "lamp.enaml", PLAIN.format(name="Lamp", id=room)) for room in ("a", "b")
    ]
    assert [manifest_class(load(path))().id for path in paths] == ["a", "b"]


@pytest.mark.parametrize("source", ["manifests/light/manifest.enaml", "manifests/light.enaml"])
def test_python_and_enaml_beside_a_manifest_are_imported_from_the_dot(room, source):
    text = "from .commands import ID\nfrom .parts import Part\n" + PLAIN.format(name="Light", id="x")
    path = write(room / source, text.replace("'x'", "ID"))
    write(path.parent / "commands.py", "ID = 'room.light'\n")
    write(path.parent / "parts.enaml", PLAIN.format(name="Part", id="part"))
    assert manifest_class(load(path))().id == "room.light"


@pytest.mark.skipif(os.name == "nt", reason="folders are made read-only by their mode here")
def test_a_folder_that_cannot_be_written_will_do(room):
    path = write(room / "manifests" / "lamp.enaml", PLAIN.format(name="Lamp", id="room.lamp"))
    # A file in the cache's place keeps the cache from being written, for root too.
    write(path.parent / "__enamlcache__", "")
    path.parent.chmod(0o500)
    assert manifest_class(load(path))().id == "room.lamp"
    path.parent.chmod(0o700)


FAULTS = {
    "enamldef A(PluginManifest):\n    id = = 3\n": ":2: cannot be read: invalid syntax",
    "enamldef A(PluginManifest):\n    id = 'x\n": ":2: cannot be read",
    "from enaml.workbench.api import PluginManifst\n": (
        ":1: cannot import name 'PluginManifst' from 'enaml.workbench.api'; did you mean 'PluginManifest'"
    ),
    "import nowhere_at_all\n": ":1: imports 'nowhere_at_all', which is not there",
    "from beside import x\n": ":1: imports 'beside', which stands beside it; write 'from .beside import ...'",
    "from .gone import x\n": ":1: imports '.*gone', which is not there",
    PLAIN.format(name="A", id="x") + "    Extensio:\n        pass\n": (
        ":5: name 'Extensio' is not defined; did you mean 'Extension'?"
    ),
    PLAIN.format(name="A", id="x") + "    Extension:\n        pont = 'y'\n": (
        ":6: Extension has no 'pont'; did you mean 'point'?"
    ),
    PLAIN.format(name="A", id="x") + "    idd = 'y'\n": ":5: PluginManifest has no 'idd'; did you mean 'id'?",
    PLAIN.format(name="A", id="x") + "    int:\n        pass\n": ":5: TypeError: 'int' is not a Declarative type",
}


@pytest.mark.parametrize(("text", "says"), FAULTS.items(), ids=range(len(FAULTS)))
def test_a_fault_in_a_source_is_one_line_with_its_place(room, text, says):
    path = write(room / "manifests" / "lamp.enaml", text)
    write(room / "manifests" / "beside.py", "x = 1\n")
    with pytest.raises(ConfigurationError, match=r"lamp\.enaml" + says) as caught:
        load(path)
    assert len(str(caught.value).splitlines()) == 1


def test_a_source_put_right_loads(room):
    path = write(room / "manifests" / "lamp.enaml", "enamldef :\n")
    with pytest.raises(ConfigurationError):
        load(path)
    write(path, PLAIN.format(name="Lamp", id="room.lamp"))
    assert manifest_class(load(path))().id == "room.lamp"


def test_what_psi_itself_raises_below_a_manifest_is_not_blamed_on_it(room):
    path = write(room / "manifests" / "lamp.enaml", "import json\nX = json.loads('{')\n")
    with pytest.raises(ValueError, match="Expecting property name"):
        load(path)


def test_of_several_classes_the_one_with_the_files_name_is_meant(room):
    text = (
        PLAIN + "\nenamldef RoomLamp(PluginManifest):\n    id = 'lamp'\n\nenamldef Other(PluginManifest):\n    pass\n"
    )
    path = write(room / "manifests" / "room_lamp.enaml", text.format(name="First", id="x"))
    assert manifest_class(load(path)).__name__ == "RoomLamp"


def test_else_the_one_that_no_other_builds_upon(room):
    text = PLAIN + "\nenamldef Second(First):\n    id = 'second'\n"
    path = write(room / "manifests" / "lamp.enaml", text.format(name="First", id="x"))
    assert manifest_class(load(path)).__name__ == "Second"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("X = 1\n", "lamp.enaml: defines no PluginManifest; write 'enamldef SomeName"),
        (PLAIN.format(name="A", id="a") + PLAIN.format(name="B", id="b"), "lamp.enaml: defines A, B; .* name, 'lamp'"),
    ],
)
def test_no_class_or_no_telling_which_is_refused(room, text, says):
    module = load(write(room / "manifests" / "lamp.enaml", text))
    with pytest.raises(ConfigurationError, match=says):
        manifest_class(module)
