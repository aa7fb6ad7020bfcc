"""``psi simulate-ni`` as a user starts it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

pytest.importorskip("grpc", reason="needs nidaqmx's gRPC parts: pip install 'psi[ni]'")

import grpc
from nidaqmx import GrpcSessionOptions, Task
from nidaqmx.constants import AcquisitionType
from nidaqmx.errors import DaqError
from nidaqmx.system import System

PSI = [sys.executable, "-m", "psi.application.cli", "simulate-ni"]


def started(*options):
    process = subprocess.Popen(
        [*PSI, "--port", "0", "--json", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return process, json.loads(process.stdout.readline())


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, None])
def test_it_serves_until_it_is_told_to_end(how):
    process, said = started("--with-parent", "--device", "Dev7=PXI-4461", "--device", "Dev1=PCIe-6363")
    assert said["devices"] == ["Dev7", "Dev1"]
    with grpc.insecure_channel(said["address"]) as channel:
        system = System.remote(GrpcSessionOptions(channel, ""))
        assert list(system.devices.device_names) == ["Dev7", "Dev1"]
        assert system.devices["Dev7"].product_type == "PXI-4461"
    if how is not None:
        process.send_signal(how)
        process.wait(60)
    # Standard input ends here at the latest.
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130 if how is signal.SIGINT else 0, "", "")


def test_a_script_says_when_what_breaks(tmp_path):
    script = tmp_path / "faults.json"
    script.write_text(json.dumps([{"at": 0.3, "fault": "unplug", "device": "Dev1"}]))
    process, said = started("--script", str(script))
    with grpc.insecure_channel(said["address"]) as channel, Task(grpc_options=GrpcSessionOptions(channel, "")) as task:
        task.ai_channels.add_ai_voltage_chan("Dev1/ai0")
        task.timing.cfg_samp_clk_timing(1000, sample_mode=AcquisitionType.CONTINUOUS)
        task.start()
        assert len(task.read(100, timeout=30)) == 100
        with pytest.raises(DaqError) as gone:
            task.read(1_000_000, timeout=30)
        assert gone.value.error_code == -201003
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_what_makes_no_sense_is_said_in_a_line_each(tmp_path):
    script = tmp_path / "faults.json"
    script.write_text(
        '[{"at": 1, "fault": "unplugg"}, {"at": -1, "fault": "drop"}, {"at": 1, "fault": "unplug", "on": "Dev1"}]'
    )
    options = ["--device", "x", "--wire", "y", "--source", "z", "--source", "Dev1/ai0=w", "--script", str(script)]
    ended = subprocess.run([*PSI, *options], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert [line.split(": ")[2] for line in ended.stderr.splitlines()] == [str(script)] * 3 + [
        "--source",
        "--device",
        "--wire",
        "--source",
    ]


@pytest.mark.parametrize("part", ["grpc", "nidaqmx"])
def test_without_the_parts_that_it_needs_it_says_which(part):
    start = "from psi.application.cli import main; sys.exit(main(['simulate-ni']))"
    without = f"import sys; sys.modules[{part!r}] = None; {start}"
    ended = subprocess.run([sys.executable, "-c", without], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert "pip install 'psi[ni]'" in ended.stderr


def test_no_port_that_there_is_not():
    ended = subprocess.run([*PSI, "--port", "70000"], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (2, "psi: error: --port: 70000 is no port; give 0 to 65535\n")
