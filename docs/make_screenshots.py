"""Make the pictures in ``docs/images``: a real launch on the simulated rig, its window drawn without a display.

python docs/make_screenshots.py [--seconds S]

The windows are psi's own chooser and console in processes of their own, as always; here they also take pictures of
themselves.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

IMAGES = Path(__file__).resolve().parent / "images"

#: What is typed into the fields of Start.
SESSION = {
    "experimenter": "Okafor, Ada",
    "lab": "Hearing Lab",
    "weight": "62.4",
    "species": "Meriones unguiculatus",
    "sex": "F",
    "birth_date": "2026-03-02",
    "baseline_weight": "70",
    "minimum_weight": "85",
}

#: How the launch tells the console's process how long to run before the pictures.
SECONDS = "PSI_SCREENSHOTS_SECONDS"


def story(console) -> Iterator[bool]:
    """What is done before each picture; whoever goes through it lets Qt work between its steps, which are waits."""
    from qtpy.QtWidgets import QApplication, QWidget

    from psi.experiment.look_view import dress
    from psi.experiment.strips.header_view import HeaderView
    from psi.experiment.theme import DARK, LIGHT

    def wait(holds) -> Iterator[bool]:
        while not holds():
            yield False

    def pause(seconds: float) -> Iterator[bool]:
        end = time.monotonic() + seconds
        return wait(lambda: time.monotonic() > end)

    def windows() -> list[QWidget]:
        return [widget for widget in QApplication.topLevelWidgets() if widget.objectName() == "window"]

    def header() -> HeaderView:
        return windows()[0].findChild(HeaderView)

    def save(name: str, widget=None) -> None:
        # What has been written but not been laid out yet would be cut.
        QApplication.sendPostedEvents()
        (widget or windows()[0]).grab().save(str(IMAGES / f"{name}.png"))

    def start() -> Iterator[bool]:
        header().start()
        dialog = header().dialog
        for name, text in SESSION.items():
            dialog.form.form.type(name, text)
            dialog.form.typed.emit(name)
        dialog.form.show_texts()
        yield from wait(lambda: dialog.heading.text() and "Looking" not in dialog.heading.text())
        yield from pause(1)
        save("start", dialog)
        dialog.confirm.click()

    seconds = float(os.environ[SECONDS])
    yield from wait(lambda: console.draft.texts and windows())
    # The screen that is none is small.
    windows()[0].resize(1400, 900)
    if console.get("buttons"):
        console.request("want", condition="running")
        yield from wait(lambda: console.status.get("condition") == "running" and console.rows.n_trials > 1)
        save("toolbar", header())
        console.request("quit")
        return
    console.request("want", condition="monitoring")
    yield from wait(lambda: console.status.get("condition") == "monitoring")
    yield from pause(4)
    save("monitoring")
    yield from start()
    yield from wait(lambda: console.status.get("condition") == "running")
    yield from pause(seconds)
    save("running_dark")
    dress(console, LIGHT)
    yield from pause(1)
    save("running_light")
    dress(console, DARK)
    console.request("quit")


def choose(given) -> int:
    """Be the chooser's process."""
    from qtpy.QtCore import QTimer

    from psi.application import chooser as application
    from psi.experiment import look_view
    from psi.experiment.start import chooser_view
    from psi.experiment.theme import DARK

    class Pictured(chooser_view.ChooserDialog):
        def __init__(self, chooser, poll) -> None:
            super().__init__(chooser, poll)
            chooser.choose("paradigm", "appetitive_gonogo")
            chooser.choose("rig", "simulated")
            self.subject.setCurrentText("G-0412")
            self._picture = QTimer(self)
            self._picture.timeout.connect(self._take)
            self._picture.start(50)

        def _take(self) -> None:
            # Once it is known of every rig whether it has what the paradigm needs.
            if self.chooser.next_check() is None:
                self._picture.stop()
                self.grab().save(str(IMAGES / "chooser.png"))
                self.chooser.launch()

    chooser_view.ChooserDialog = Pictured
    look_view.follow_system = lambda dialog: look_view.dress(dialog, DARK)
    return application.run_chooser(given)


def show() -> int:
    """Be the process of a window: of the one that the first line is for."""
    told = json.loads(sys.stdin.readline())
    return watch(told) if "port" in told else choose(told)


def watch(greeting) -> int:
    """Be the console's process."""
    from qtpy.QtCore import QTimer
    from qtpy.QtWidgets import QApplication

    from psi.application import console as application
    from psi.experiment import look_view
    from psi.experiment.theme import DARK

    def follow(console) -> None:
        # Dark at first, whatever the system is, so that the pictures are the same everywhere.
        look_view.dress(console, DARK)
        steps = story(console)
        timer = QTimer(QApplication.instance())
        timer.timeout.connect(lambda: next(steps, True) and timer.stop())
        timer.start(50)

    look_view.follow_system = follow
    return application.run_console(greeting)


def cue_light(folder: Path) -> Path:
    """The manifest of the guide to commands, which has buttons, as a file in ``folder``."""
    guide = (IMAGES.parent / "how-to" / "send-commands.md").read_text("utf-8")
    text = guide.split("cue_light.enaml -->", 1)[1].split("```enaml\n", 1)[1].split("```", 1)[0]
    path = folder / "cue_light.enaml"
    path.write_text(text, "utf-8")
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=40.0, help="how long the run goes on before its pictures")
    options = parser.parse_args()
    from psi.application.commands.launch_command import launch
    from psi.application.run_options import LaunchOptions

    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        # The console's process finds this module, draws without a display, and remembers nothing.
        paths = [str(Path(__file__).resolve().parent), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        os.environ.update(
            {
                "PYTHONPATH": os.pathsep.join(filter(None, paths)),
                "QT_QPA_PLATFORM": "offscreen",
                "PSI_CONFIG_DIR": folder,
                SECONDS: str(options.seconds),
            }
        )
        # Both are chosen; as many trials as make a curve.
        common = {"rig_sets": ("fs=20e3",), "speed": 6.0, "seed": 7, "out": Path(folder) / "recordings"}
        whole = LaunchOptions(paradigm="", rig="", manifests=("reward_count",), **common)
        light = cue_light(Path(folder))
        buttons = LaunchOptions(
            paradigm="appetitive_gonogo", rig="simulated", subject="G-0412", manifests=(str(light),), **common
        )
        return max(launch(asked, console="make_screenshots", chooser="make_screenshots") for asked in (whole, buttons))


if __name__ == "__main__":
    sys.exit(show() if SECONDS in os.environ else main())
