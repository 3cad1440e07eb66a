"""The networks that compiled.py and compile_cost.py measure, as pellucid, PyTorch and JAX train and apply them.

Here: `PROBLEMS`, with the data and the first weights that all engines share; `Run`s of training steps (`of_pellucid`,
`of_torch`, `of_jax`) and of inference (`infer_pellucid`, `infer_torch`, `infer_jax`).
Imports: numpy; an engine when a run of it is made.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

ROWS = 4096  # of the data a minibatch is gathered from
DIFFERENT = 8  # batches that inference takes in turn


def linear(nn: Any, *widths: int) -> Any:
    layers: list[Any] = []
    for a, b in zip(widths, widths[1:], strict=False):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def cnn(nn: Any) -> Any:
    first = nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)
    second = nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)
    return nn.Sequential(*first, *second, nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10))


def vgg(nn: Any) -> Any:
    layers: list[Any] = []
    channels = 3
    for i, width in enumerate((32, 32, 64, 64, 128, 128)):
        layers += [nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] if i % 2 else []
        channels = width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(2048, 10))


PROBLEMS: dict[str, tuple[Callable[[Any], Any], tuple[int, ...], int | None, int]] = {
    "tiny": (lambda nn: linear(nn, 2, 16, 16, 1), (2,), None, 32),  # network, shape of a row, classes, rows a batch
    "mlp": (lambda nn: linear(nn, 784, 128, 10), (784,), 10, 64),
    "deep": (lambda nn: linear(nn, 784, 512, 256, 10), (784,), 10, 128),
    "cnn": (cnn, (1, 28, 28), 10, 64),
    "vgg": (vgg, (3, 32, 32), 10, 128),
}


def data(problem: str) -> tuple[Any, Any, Any]:
    """Rows, targets, and the rows of 64 minibatches; the same for every engine."""
    _, shape, classes, batch = PROBLEMS[problem]
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, *shape)).astype(np.float32)
    y = rng.normal(size=(ROWS, 1)).astype(np.float32) if classes is None else rng.integers(classes, size=ROWS)
    return x, y, rng.integers(0, ROWS, (64, batch))


def start(net: Any) -> dict[str, Any]:
    """Initial weights by name, the same for every engine."""
    rng = np.random.default_rng(1)
    out = {}
    for name, w in net.state_dict().items():
        shape = tuple(w.shape)
        if len(shape) > 1:
            out[name] = rng.normal(scale=(2 / np.prod(shape[1:])) ** 0.5, size=shape).astype(np.float32)
    return out


Run = Callable[[int], float]
"""Takes a number of steps, returns the loss of the last; of inference, the mean size of the last scores."""

# -- training ----------------------------------------------------------------------------------------------------------


def in_pellucid(problem: str) -> Any:
    from pellucid import nn

    net = PROBLEMS[problem][0](nn)
    net.load_state_dict(start(net), strict=False)
    for layer in net.modules():
        if getattr(layer, "bias", None) is not None:
            layer.bias.fill(0)
    return net


def in_torch(problem: str) -> Any:
    import torch
    from torch import nn

    net = PROBLEMS[problem][0](nn)
    net.load_state_dict({k: torch.from_numpy(v) for k, v in start(net).items()}, strict=False)
    for layer in net.modules():
        if getattr(layer, "bias", None) is not None:
            nn.init.zeros_(layer.bias)
    return net


def of_pellucid(problem: str, whole: bool, engine: str | None = "native") -> Run:
    """Compiled steps, one by one or the whole epoch in one call; eager ones where there is no engine."""
    from pellucid import compile, nn, optim

    net, classes = in_pellucid(problem), PROBLEMS[problem][2]
    measure = nn.MSELoss() if classes is None else nn.CrossEntropyLoss()
    optimizer = optim.Adam(net.parameters(), lr=1e-3)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = measure(net(x), y)
        loss.backward()
        optimizer.step()
        return loss

    fast: Any = step if engine is None else compile(step, engine=engine)
    x, y, order = data(problem)

    def run(n: int) -> float:
        rows = order[np.arange(n) % len(order)]
        if whole:
            return float(fast.run_epoch(x, y, order=rows).numpy()[-1])
        for batch in rows:
            loss = fast(x[batch], y[batch])
        return float(loss)

    run.flops = lambda: fast.programs[0].flops  # type: ignore[attr-defined]
    return run


def of_torch(problem: str, how: str) -> Run:
    import torch
    from torch import nn, optim

    net, classes = in_torch(problem), PROBLEMS[problem][2]
    measure = nn.MSELoss() if classes is None else nn.CrossEntropyLoss()
    optimizer = optim.Adam(net.parameters(), lr=1e-3, fused=how != "torch")
    x, y, order = (torch.from_numpy(a) for a in data(problem))
    if how == "torch, channels last":
        net = net.to(memory_format=torch.channels_last)

    def loss_of(batch: Any, targets: Any) -> Any:
        return measure(net(batch), targets)

    if how == "torch, compile":
        loss_of = torch.compile(loss_of)

    def run(n: int) -> float:
        for i in range(n):
            rows = order[i % len(order)]
            batch = x[rows]
            if how == "torch, channels last":
                batch = batch.to(memory_format=torch.channels_last)
            optimizer.zero_grad()
            loss = loss_of(batch, y[rows])
            loss.backward()
            optimizer.step()
        return float(loss.detach())

    return run


def in_jax(problem: str, training: bool) -> tuple[Any, Callable[[Any, Any], Any]]:
    """Weights by name, and scores of weights and rows."""
    import jax
    import jax.numpy as jnp

    from pellucid import nn

    build = PROBLEMS[problem][0]
    layers = list(build(nn))
    weights = {name: jnp.asarray(w) for name, w in start(build(nn)).items()}
    for i, layer in enumerate(layers):
        if getattr(layer, "bias", None) is not None:
            weights[f"{i}.bias"] = jnp.zeros(layer.bias.shape, jnp.float32)
        if isinstance(layer, nn.BatchNorm2d):
            weights[f"{i}.weight"] = jnp.ones(layer.weight.shape, jnp.float32)

    def forward(w: Any, z: Any) -> Any:
        for i, layer in enumerate(layers):
            if isinstance(layer, nn.Linear):
                z = z @ w[f"{i}.weight"].T + w[f"{i}.bias"]
            elif isinstance(layer, nn.Conv2d):
                z = jax.lax.conv_general_dilated(z, w[f"{i}.weight"], (1, 1), "SAME") + w[f"{i}.bias"][:, None, None]
            elif isinstance(layer, nn.BatchNorm2d):
                mean, var = 0.0, 1.0  # no step has been made
                if training:
                    mean, var = z.mean((0, 2, 3), keepdims=True), z.var((0, 2, 3), keepdims=True)
                z = (z - mean) / jnp.sqrt(var + 1e-5) * w[f"{i}.weight"][:, None, None] + w[f"{i}.bias"][:, None, None]
            elif isinstance(layer, nn.MaxPool2d):
                z = jax.lax.reduce_window(z, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
            elif isinstance(layer, nn.Flatten):
                z = z.reshape(len(z), -1)
            else:
                z = jax.nn.relu(z)
        return z

    return weights, forward


def of_jax(problem: str, scan: bool) -> Run:
    import jax
    import jax.numpy as jnp

    weights, forward = in_jax(problem, training=True)
    classes = PROBLEMS[problem][2]

    def loss_of(w: Any, x: Any, y: Any) -> Any:
        z = forward(w, x)
        if classes is None:
            return ((z - y) ** 2).mean()
        return -jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], 1).mean()

    def step(state: Any, rows: Any) -> Any:
        w, m, v, t = state
        t = t + 1
        loss, g = jax.value_and_grad(loss_of)(w, x[rows], y[rows])
        m = jax.tree.map(lambda a, b: 0.9 * a + 0.1 * b, m, g)
        v = jax.tree.map(lambda a, b: 0.999 * a + 0.001 * b * b, v, g)
        c1, c2 = 1 - 0.9**t, 1 - 0.999**t
        w = jax.tree.map(lambda a, b, c: a - 1e-3 * (b / c1) / (jnp.sqrt(c / c2) + 1e-8), w, m, v)
        return (w, m, v, t), loss

    x, y, order = (jnp.asarray(a) for a in data(problem))
    m, v = (jax.tree.map(jnp.zeros_like, weights) for _ in range(2))
    state = [(weights, m, v, jnp.float32(0))]
    single = jax.jit(step, donate_argnums=0)
    many = jax.jit(lambda s, rows: jax.lax.scan(step, s, rows), donate_argnums=0)

    def run(n: int) -> float:
        done = 0
        while scan and n - done >= len(order):
            state[0], losses = many(state[0], order)
            loss, done = losses[-1], done + len(order)
        for i in range(n - done):
            state[0], loss = single(state[0], order[i % len(order)])
        return float(loss)

    return run


# -- inference ---------------------------------------------------------------------------------------------------------


def batches(problem: str, rows: int) -> list[Any]:
    """Different arrays of so many rows."""
    shape = PROBLEMS[problem][1]
    return list(np.random.default_rng(2).normal(size=(DIFFERENT, rows, *shape)).astype(np.float32))


def in_turn(call: Callable[[Any], Any], given: list[Any]) -> Run:
    """Calls with one array after another."""

    def run(n: int) -> float:
        for i in range(n):
            scores = call(given[i % len(given)])
        return float(abs(scores).mean())

    return run


def infer_pellucid(problem: str, rows: int) -> Run:
    from pellucid import compile

    fast = compile(in_pellucid(problem).eval(), engine="native")
    run = in_turn(lambda x: fast(x).numpy(), batches(problem, rows))
    run.flops = lambda: fast.programs[0].flops  # type: ignore[attr-defined]
    return run


def infer_torch(problem: str, rows: int, how: str) -> Run:
    import torch

    form = torch.channels_last if how == "torch, channels last" else torch.contiguous_format
    net = in_torch(problem).eval().to(memory_format=form)
    scores = torch.compile(net) if how == "torch, compile" else net

    def call(x: Any) -> Any:
        with torch.inference_mode():
            return scores(x)

    return in_turn(call, [torch.from_numpy(x).contiguous(memory_format=form) for x in batches(problem, rows)])


def infer_jax(problem: str, rows: int) -> Run:
    import jax
    import jax.numpy as jnp

    weights, forward = in_jax(problem, training=False)
    fast = jax.jit(forward)
    given = [jnp.asarray(x) for x in batches(problem, rows)]
    return in_turn(lambda x: fast(weights, x).block_until_ready(), given)
