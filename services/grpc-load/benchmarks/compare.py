"""Compare the CPU time per request of grpc-load, h2load and ghz on one server, in turn.

Standard library only. Each round runs every load once, in random order, on the same pinned server,
so that a drift of the machine falls on all of them. Nothing is asserted: figures are printed with
their spread. From the repository's root, after `./lab run` or `./lab test` built what is needed:

    python3 services/grpc-load/benchmarks/compare.py --rounds 5
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
METHOD = "ml.ClusteringService/Predict"
TICKS = os.sysconf("SC_CLK_TCK")
STARTS_WITHIN = 30.0
MICROSECONDS = 1e6


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One load: requests that were answered, CPU seconds of both sides, the send delay (s)."""

    answered: int
    seconds: float
    generator_cpu: float
    server_cpu: float
    send_delay: Mapping[str, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a load is called in the table, and its command with `{port}` and `{seconds}`."""

    kind: str
    name: str
    command: Sequence[str]


def main() -> None:
    """Run the benchmark, and print a table in Markdown."""
    options = _options()
    data = ROOT / "data"
    with tempfile.TemporaryDirectory() as scratch, _server(options) as (server, port):
        body = Path(scratch) / "body.bin"
        body.write_bytes(_body(data / "observations.json"))
        loads = _loads(options, Path(scratch), body)
        figures: dict[tuple[str, str], list[Figure]] = defaultdict(list)
        for number in range(options.rounds):
            for load in random.sample(loads, len(loads)):
                sys.stderr.write(f"round {number + 1}: {load.kind}, {load.name}\n")
                figure = _run(load, server, port, options, Path(scratch))
                figures[load.kind, load.name].append(figure)
        sys.stdout.write(_table(loads, figures) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    build = ROOT / ".lab" / "build"
    own = build / "grpc-load" / "bin" / "grpc-load"
    parser.add_argument("--grpc-load", default=str(own), help="its path")
    parser.add_argument("--ghz", default=shutil.which("ghz", path=str(build)))
    parser.add_argument("--h2load", default=shutil.which("h2load"))
    parser.add_argument(
        "--server", default=str(build / "rust-tonic" / "bin" / "rust-tonic"), help="its path"
    )
    parser.add_argument("--server-cpu", default="0")
    parser.add_argument("--generator-cpu", default="1")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--seconds",
        type=int,
        default=3,
        help="of each load, the first of which is no part of the send delay",
    )
    parser.add_argument("--rates", type=int, nargs="*", default=[20_000, 100_000, 150_000])
    parser.add_argument("--quantum", default="50us")
    return parser.parse_args()


def _loads(options: argparse.Namespace, scratch: Path, body: Path) -> list[Load]:
    own = [
        options.grpc_load, "127.0.0.1:{port}", METHOD, "--proto", f"{ROOT}/protos/centroids.proto",
        "--data", f"{ROOT}/data/observations.json", "--duration", "{seconds}s", "--drop", "1s",
        "--quiet", "--output", f"{scratch}/own.json",
    ]  # fmt: skip
    found = []
    for connections, concurrency in ((8, 256), (8, 800), (64, 64)):
        kind = f"closed, {connections} x {concurrency // connections}"
        shape = ["--connections", str(connections), "--concurrency", str(concurrency)]
        found.append(Load(kind=kind, name="grpc-load", command=[*own, *shape]))
        if options.h2load:
            command = [
                options.h2load, "--clients", str(connections), "--max-concurrent-streams",
                str(concurrency // connections), "--duration", "{seconds}s",
                "--header", "te: trailers", "--header", "content-type: application/grpc",
                "--data", str(body), f"http://127.0.0.1:{{port}}/{METHOD}",
            ]  # fmt: skip
            found.append(Load(kind=kind, name="h2load", command=command))
        if options.ghz:
            command = [
                options.ghz, "--insecure", "--proto", f"{ROOT}/protos/centroids.proto",
                "--call", METHOD.replace("/", "."), "--data-file", f"{ROOT}/data/observations.json",
                "--disable-template-functions", "--disable-template-data",
                "--duration-stop", "wait",
                "--connections", str(connections), "--concurrency", str(concurrency),
                "--duration", "{seconds}s", "--format", "json", "--output", f"{scratch}/ghz.json",
                "127.0.0.1:{port}",
            ]  # fmt: skip
            found.append(Load(kind=kind, name="ghz", command=command))
    for rate in options.rates:
        for quantum in ("0", options.quantum):
            open_loop = ["--rate", str(rate), "--send-quantum", quantum]
            name = "grpc-load" if quantum == "0" else f"grpc-load, quantum {quantum}"
            kind = f"open, Poisson {rate:,}/s"
            found.append(Load(kind=kind, name=name, command=[*own, *open_loop]))
    return found


def _run(load: Load, server: int, port: int, options: argparse.Namespace, scratch: Path) -> Figure:
    words = [word.format(port=port, seconds=options.seconds) for word in load.command]
    before = _cpu_of(server)
    began = time.monotonic()
    done = subprocess.Popen(
        ["taskset", "--cpu-list", options.generator_cpu, *words],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert done.stdout is not None
    printed = done.stdout.read()
    _, status, usage = os.wait4(done.pid, 0)
    done.returncode = os.waitstatus_to_exitcode(status)
    if done.returncode not in {0, 3}:  # 3: grpc-load says that its figures are spoiled
        sys.exit(f"{' '.join(words)}: exit status {done.returncode}\n{printed}")
    answered, delay = _read(load.name, printed, scratch)
    return Figure(
        answered=answered,
        seconds=time.monotonic() - began,
        generator_cpu=usage.ru_utime + usage.ru_stime,
        server_cpu=_cpu_of(server) - before,
        send_delay=delay,
    )


def _read(name: str, printed: str, scratch: Path) -> tuple[int, Mapping[str, float] | None]:
    """Return how many requests were answered, and the send delay where there is one."""
    if name.startswith("grpc-load"):
        result = json.loads((scratch / "own.json").read_text())
        return result["all"]["ok"], result.get("send_delay")
    if name == "ghz":
        return int(json.loads((scratch / "ghz.json").read_text())["count"]), None
    found = re.search(r"(\d+) succeeded", printed)
    return (int(found[1]) if found else 0), None


def _table(loads: Sequence[Load], figures: Mapping[tuple[str, str], Sequence[Figure]]) -> str:
    columns = ["load", "generator", "responses/s", "generator's CPU, us per request"]
    columns += ["server busy", "send delay p50, p99 (us)"]
    lines = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    for load in loads:
        found = figures[load.kind, load.name]
        delays = [figure.send_delay for figure in found if figure.send_delay]
        sent = ", ".join(
            _spread([delay[share] * MICROSECONDS for delay in delays], 0)
            for share in ("p50", "p99")
        )
        cells = [
            load.kind,
            load.name,
            _spread([figure.answered / figure.seconds for figure in found], 0),
            _spread([figure.generator_cpu / figure.answered * MICROSECONDS for figure in found], 2),
            _spread([figure.server_cpu / figure.seconds * 100 for figure in found], 0) + "%",
            sent if delays else "",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _spread(values: Sequence[float], digits: int) -> str:
    """Write the median, and the smallest and the largest of several."""
    if not values:
        return ""
    middle = f"{statistics.median(values):,.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


@contextmanager
def _server(options: argparse.Namespace) -> Iterator[tuple[int, int]]:
    """Start the server on its CPU; give its process and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {
        "SERVER_HOST": "127.0.0.1",
        "SERVER_PORT": str(port),
        "SERVER_MODEL": str(ROOT / "data" / "model.json"),
    }
    started = subprocess.Popen(
        ["taskset", "--cpu-list", options.server_cpu, options.server],
        env={**os.environ, **variables},
        stdout=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.1)
        else:
            sys.exit(f"{options.server} did not listen within {STARTS_WITHIN:g} s")
        yield started.pid, port
    finally:
        started.terminate()
        started.wait()


def _cpu_of(process: int) -> float:
    """Return the CPU time that a process has used (s)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _body(observations: Path) -> bytes:
    """Return the first observation as a framed PredictRequest, for h2load."""
    features = json.loads(observations.read_text())[0]["features"]
    packed = struct.pack(f"<{len(features)}d", *features)
    message = bytes([0x0A, len(packed)]) + packed
    return struct.pack(">BI", 0, len(message)) + message


if __name__ == "__main__":
    main()
