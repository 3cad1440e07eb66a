"""Several devices, and several processes, compute what one computes."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("jax", reason="the engine xla needs JAX")

from pellucid.compiler.xla._placement import Placement

TRAINING = """
import json, sys
import jax
import numpy as np
port, process, processes, devices = sys.argv[1], *map(int, sys.argv[2:])
if processes > 1:
    jax.distributed.initialize(f"127.0.0.1:{port}", processes, process)
from pellucid import nn, optim
from pellucid.compiler import trace
from pellucid.compiler.xla._engine import XlaEngine

net = nn.Sequential(nn.Linear(7, 9, seed=0), nn.BatchNorm1d(9), nn.Dropout(0.2, seed=1), nn.Linear(9, 3, seed=2))
optimizer = optim.Adam(net.parameters(), lr=0.01)
def step(x, y):
    optimizer.zero_grad()
    loss = nn.CrossEntropyLoss()(net(x), y)
    loss.backward()
    optimizer.step()
    return loss

rng = np.random.default_rng(0)
x, y = rng.normal(size=(40, 7)).astype(np.float32), rng.integers(0, 3, 40)
losses, whole = [], []
order = np.arange(40).reshape(5, 8)
assert len(jax.devices()) == devices, jax.devices()
traced = trace(step, x[:8], y[:8])
run = XlaEngine(jax.devices()).build(traced.program)
at = dict(zip(traced.arguments, (x, y)))
def given(rows):
    return [traced.cells[v].read() if v in traced.cells else at[v][rows] for v in traced.program.inputs]
place = {v: i for i, v in enumerate(traced.program.inputs)}
made, outputs, updates = run.steps(given(order[0]), {place[v]: a for v, a in at.items()}, order)
assert made == 5
for rows in order:
    answers = run(given(rows))
    losses.append(float(answers.outputs[0]))
    for v, value in zip(traced.program.updates, answers.updates):
        traced.cells[v].write(value)
def part(x):
    return list(x.sharding.shard_shape(x.shape) if hasattr(x, "sharding") else x.shape)
even, odd = (part(run.place.rows(np.zeros((n, 7)))) for n in (8, 9))
weight = net[0].weight.tolist()
print(json.dumps({"losses": losses, "loop": outputs[0].tolist(), "weight": weight, "even": even, "odd": odd}))
"""
SECONDS = 300  # starting JAX and compiling on a machine with much else to do


def started(port: int, process: int, processes: int, devices: int) -> "subprocess.Popen[str]":
    """The training in a process of its own, with its share of `devices`."""
    here = f"--xla_force_host_platform_device_count={devices // processes}"
    source = str(Path(__file__).resolve().parents[3] / "src")
    environment = {**os.environ, "XLA_FLAGS": here, "JAX_PLATFORMS": "cpu", "PYTHONPATH": source}
    command = [sys.executable, "-c", TRAINING, *map(str, (port, process, processes, devices))]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True)


def trained(processes: int, devices: int) -> list[dict[str, Any]]:
    """What each process says of the training."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = [started(port, i, processes, devices) for i in range(processes)]
    found = []
    try:
        for process in running:
            out, error = process.communicate(timeout=SECONDS)
            assert process.returncode == 0, error
            found.append(json.loads(out.splitlines()[-1]))
    finally:
        for process in running:
            process.kill()
    return found


def compare(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """The same losses and weights, but for the order of sums."""
    for name in ("losses", "loop", "weight"):
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_two_devices_share_the_rows_and_train_as_one() -> None:
    (one,), (two,) = trained(1, 1), trained(1, 2)
    assert (one["even"], two["even"], two["odd"]) == ([8, 7], [4, 7], [9, 7])
    compare(two, one)
    np.testing.assert_allclose(one["loop"], one["losses"], rtol=1e-4)


@pytest.mark.slow
def test_two_processes_train_as_one() -> None:
    (one,), (first, second) = trained(1, 1), trained(2, 2)
    assert first["losses"] == second["losses"] and first["even"] == [4, 7]
    compare(first, one)


def test_what_a_device_owns_is_a_copy() -> None:
    x = np.arange(4.0, dtype=np.float32)
    own = Placement(None).own(x)
    x[:] = 9
    assert own.tolist() == [0.0, 1.0, 2.0, 3.0] and Placement(None).fetched([own])[0].tolist() == own.tolist()
