"""Sets psi up on a machine that has Python, then runs its main job or its tests.

    python3 bootstrap.py run             a simulated session, recorded, and what is in the recording
    python3 bootstrap.py test            the tests; what follows -- goes to pytest
    python3 bootstrap.py setup [EXTRA]   only the environment, with extras (ni, serial, soundcard, docs, test, all)

Everything goes into the folder .venv beside this file (another one: --env DIR, or PSI_ENV). The second time it
starts at once. Nothing but the standard library is used here; pip is asked as it is configured on this machine.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
NEEDED = (3, 11)
STAMP = "psi-setup.json"

#: Debian's packages of the shared libraries that Qt's and PortAudio's wheels leave to the system.
QT_PACKAGES = (
    "libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 "
    "libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libxcb-xkb1"
)
SYSTEM_LIBRARIES = (
    ("PyQt6", "the window", "from PyQt6.QtWidgets import QApplication; QApplication([])", QT_PACKAGES),
    ("sounddevice", "sound cards", "import sounddevice", "libportaudio2"),
)

#: Lists the distributions other than psi that bring an import package of that name.
OTHERS = """
import importlib.metadata, json
def brings_psi(distribution):
    top = (distribution.read_text("top_level.txt") or "").split()
    return "psi" in top or any(file.parts[:2] == ("psi", "__init__.py") for file in distribution.files or ())
names = {found.metadata["Name"] for found in importlib.metadata.distributions() if brings_psi(found)}
print(json.dumps(sorted(names - {"psi"})))
"""


class SetupError(Exception):
    """Something that only the person at the machine can put right; its text says how."""


def say(text):
    print(f"bootstrap: {text}", file=sys.stderr, flush=True)


def env_python(env):
    """The interpreter of the environment in folder ``env``."""
    return env / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def env_script(env, name):
    """The command ``name`` of the environment in folder ``env``."""
    return env / (f"Scripts/{name}.exe" if os.name == "nt" else f"bin/{name}")


def succeeds(python, code):
    """Whether ``code`` runs in ``python`` without a display."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run([str(python), "-c", code], env=environment, capture_output=True, check=False).returncode == 0


def apt_install(packages):
    """Install Debian's ``packages`` when this is Debian and we may; otherwise the one line that does."""
    line = f"apt-get update && apt-get install -y --no-install-recommends {packages}"
    if shutil.which("apt-get") is None:
        return f"install what Debian calls {packages}"
    if os.geteuid() != 0:
        return f"sudo sh -c '{line}'"
    say(f"installing {packages}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(["sh", "-c", line], env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
    return "" if done.returncode == 0 else line


def make_environment(env):
    """Make the environment in folder ``env``, or make it anew when it was left half-made."""
    python = env_python(env)
    if python.exists() and succeeds(python, "import pip"):
        return
    if env.exists() and any(env.iterdir()) and not (env / "pyvenv.cfg").exists():
        raise SetupError(f"{env} holds something else; give another folder with --env")
    if not succeeds(sys.executable, "import ensurepip, venv"):
        line = apt_install("python3-venv") if os.name != "nt" else "repair Python with its installer, pip ticked"
        if line:
            raise SetupError(f"this Python cannot make environments; run\n  {line}\nand start again")
        if not succeeds(sys.executable, "import ensurepip, venv"):
            raise SetupError(f"{sys.executable} cannot make environments (no ensurepip); start with /usr/bin/python3")
    say(f"making an environment in {env}")
    done = subprocess.run([sys.executable, "-m", "venv", "--clear", str(env)], stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise SetupError(f"no environment could be made in {env}; the lines above say why")


def refuse_other_psi(env):
    """Say so when another distribution in ``env`` would be imported as ``psi``."""
    python = env_python(env)
    done = subprocess.run([str(python), "-c", OTHERS], capture_output=True, text=True, cwd=str(env), check=True)
    others = json.loads(done.stdout)
    if others:
        raise SetupError(
            f"{', '.join(others)} in {env} also brings a package called psi, and only one can be there; run\n"
            f"  {python} -m pip uninstall {' '.join(others)}\nor give another folder with --env"
        )


def check_system_libraries(env):
    """Install, or name, the system's libraries that installed packages miss; whether none is missing now."""
    complete = True
    for module, purpose, probe, packages in SYSTEM_LIBRARIES if os.name != "nt" else ():
        python = env_python(env)
        present = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
        if not succeeds(python, present) or succeeds(python, probe):
            continue
        line = apt_install(packages)
        if line or not succeeds(python, probe):
            complete = False
            advice = line or f"look at: {python} -c {probe!r}"
            say(f"{module} does not load; {purpose} will not work, all else will. What helps:\n  {advice}")
    return complete


def set_up(env, extras):
    """Bring the environment in folder ``env`` to what pyproject.toml says, with ``extras``; quick when it is there."""
    described = b"".join((ROOT / name).read_bytes() for name in ("pyproject.toml", "setup.py"))
    key = hashlib.sha256(described + f"{ROOT} {sys.version}".encode()).hexdigest()
    stamp = env / STAMP
    known = json.loads(stamp.read_text(encoding="utf-8")) if stamp.is_file() else {}
    wanted = sorted({*known.get("extras", ()), *extras})
    if known != {"key": key, "extras": wanted, "complete": True}:
        make_environment(env)
        refuse_other_psi(env)
        what = str(ROOT) + (f"[{','.join(wanted)}]" if wanted else "")
        say(f"installing {what} (some minutes the first time)")
        pip = [str(env_python(env)), "-m", "pip", "install", "--quiet", "--editable", what]
        if subprocess.run(pip, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False).returncode != 0:
            raise SetupError("pip could not install psi; its lines above say why. Start again when that is put right")
        complete = check_system_libraries(env)
        text = json.dumps({"key": key, "extras": wanted, "complete": complete})
        stamp.write_text(text, encoding="utf-8")


def run_main_job(env, out):
    """Run a simulated session and show what it left; returns the exit status."""
    folder = Path(out) if out else ROOT / "recordings" / time.strftime("test1_%Y-%m-%d_%H-%M-%S")
    session = "run appetitive_gonogo --rig simulated --subject test1 --trials 20 --speed max --out"
    for arguments in ([*session.split(), str(folder)], ["info", str(folder)]):
        say(f"psi {' '.join(arguments)}")
        status = subprocess.run([str(env_script(env, "psi")), *arguments], check=False).returncode
        if status != 0:
            return status
    return 0


def run_tests(env, arguments):
    """Run the tests with pytest; returns its exit status."""
    return subprocess.run([str(env_python(env)), "-m", "pytest", *arguments], cwd=str(ROOT), check=False).returncode


def parser():
    parser = argparse.ArgumentParser(
        prog="bootstrap.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    env = os.environ.get("PSI_ENV") or str(ROOT / ".venv")
    parser.add_argument("--env", default=env, metavar="DIR", help="folder of the environment (.venv, or PSI_ENV)")
    jobs = parser.add_subparsers(dest="job", required=True)
    run = jobs.add_parser("run", help="set up, then run and show a simulated session")
    run.add_argument("--out", metavar="DIR", help="a new folder for the recording")
    test = jobs.add_parser("test", help="set up, then run the tests")
    test.add_argument("arguments", nargs="*", metavar="PYTEST_ARGUMENT", help="after --")
    setup = jobs.add_parser("setup", help="set up, and no more")
    setup.add_argument("extras", nargs="*", metavar="EXTRA", help="ni, serial, soundcard, docs, test, all")
    return parser


def main(arguments=None):
    if sys.version_info < NEEDED:
        have = ".".join(map(str, sys.version_info[:3]))
        need = ".".join(map(str, NEEDED))
        say(f"psi needs Python {need} or newer, and {sys.executable} is {have}; start this file with a newer one")
        return 2
    chosen = parser().parse_args(arguments)
    env = Path(chosen.env).expanduser().absolute()
    extras = {"run": [], "test": ["test"], "setup": getattr(chosen, "extras", [])}[chosen.job]
    try:
        set_up(env, extras)
    except SetupError as error:
        say(f"error: {error}")
        return 2
    if chosen.job == "run":
        return run_main_job(env, chosen.out)
    if chosen.job == "test":
        return run_tests(env, chosen.arguments)
    say(f"psi is ready: {env_script(env, 'psi')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
