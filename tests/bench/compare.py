"""Runs the benchmarks and their peers in turn and prints a table of ratios. tests/bench/run builds
them and starts this; it needs nothing but Python's standard library.

In every round each contestant runs once, pinned to one core. A ratio is taken within a round, so
that a clock that drifts or a busy neighbour touches both its sides; the table shows medians."""

import argparse
import importlib.util
import json
import os
import pathlib
import statistics
import subprocess
import sys

top = pathlib.Path(__file__).resolve().parents[2]
programs = top / "build/release/tests"
peers = top / "build/release/peers"
sources = top / "tests/bench/peers"
memory_of_adamw = "AdamW's memory alone"  # the bound that its row names
losses = {"S": (4.19851, 2.67086), "M": (4.24027, 2.02146)}  # at steps 0 and 10
# Operations in a step's products outside of attention: 6 per token and weight of a matrix.
operations = {"S": 12 * 64 * 6 * (4 * 12 * 128**2 + 65 * 128),
              "M": 4 * 256 * 6 * (6 * 12 * 384**2 + 65 * 384)}

flags = argparse.ArgumentParser()
flags.add_argument("--quick", action="store_true")
flags.add_argument("--rounds", type=int)
flags.add_argument("--core", type=int, default=0)
flags.add_argument("--readme", action="store_true")
flags = flags.parse_args()
num_rounds = flags.rounds or (1 if flags.quick else 5)

try:
    cpu_info = pathlib.Path("/proc/cpuinfo").read_text()
except OSError:
    cpu_info = ""
widest = {"ATEN_CPU_CAPABILITY": "avx512"} if " avx512f" in cpu_info else {}
has_torch = importlib.util.find_spec("torch") is not None

# figures[work][contestant]: one per round; seconds, unless the name of the work says otherwise.
figures = {}
shares = {}  # of the peak, by product; one per round
peaks = []
machine = {}


def note(work, contestant, figure):
    figures.setdefault(work, {}).setdefault(contestant, []).append(figure)


def run(*command, cores=(flags.core,), **environment):
    """What a program prints, as text. One thread per core."""
    threads = str(len(cores))
    environment = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads,
                   **widest, **environment}
    pin = (lambda: os.sched_setaffinity(0, cores)) if hasattr(os, "sched_setaffinity") else None
    command = [str(word) for word in command]
    done = subprocess.run(command, env=environment, preexec_fn=pin, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def lines_of(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def train(config, steps):
    python = [sys.executable, sources / "gpt_step.py", config, "--steps", steps]
    contestants = {"locus": [programs / "gpt_step", "--config", config, "--steps", steps]}
    if (peers / "gpt_step").exists():
        contestants["PyTorch, C++"] = [peers / "gpt_step", config, steps]
    if has_torch:
        contestants["PyTorch, Python"] = python
        contestants["PyTorch, Python, foreach"] = python + ["--foreach"]
    for contestant, command in contestants.items():
        (result,) = lines_of(run(*command))
        for step, loss in zip(("first_loss", "loss_10"), losses[config]):
            if abs(result[step] - loss) > 5e-4:
                sys.exit(f"{contestant}, {config}: {step} must be {loss}, got {result[step]}.")
        note(f"training step {config}", contestant, result["ms_per_step"] * 1e-3)
        note(f"peak memory of {config}", contestant, result["peak_rss_mb"])
        if contestant == "locus":
            note(f"requests for memory of {config} after step 3", contestant,
                 result["requests_after_step_3"])
        elif "version" in result:
            machine["PyTorch"] = result["version"]


def train_on_two_cores(config, steps):
    cores = (flags.core, (flags.core + 1) % (os.cpu_count() or 1))
    if cores[0] == cores[1]:
        return
    command = [programs / "gpt_step", "--config", config, "--steps", steps, "--threads", 2]
    (result,) = lines_of(run(*command, cores=cores))
    note(f"training step {config}, 2 threads", "locus", result["ms_per_step"] * 1e-3)


def multiply(samples, suffix="", *only, **environment):
    context, *results = lines_of(run(programs / "gemm", "--json", "--samples", samples, *only,
                                     **environment))
    machine.setdefault("context", context)
    for result in results:
        batch = f"{result['batch']} x " if result["batch"] > 1 else ""
        shape = f"{batch}{result['m']}x{result['n']}x{result['k']} {result['layout']}"
        work = f"matmul {result['product']}{suffix}"
        machine.setdefault("shapes", {})[work] = shape
        note(work, result["impl"], result["us"] * 1e-6)
        if result["impl"] == "locus":
            shares.setdefault(work, []).append(result["share"])
            if not suffix:
                peaks.append(result["peak"])


def time_ops(seconds_per_op):
    if (programs / "ops").exists():
        results = json.loads(run(programs / "ops", f"--benchmark_min_time={seconds_per_op}",
                                 "--benchmark_format=json"))
        for result in results["benchmarks"]:  # names end in how they were measured
            note(result["name"].split("/")[0], "locus in ops", result["real_time"] * 1e-6)
    if has_torch:
        for result in lines_of(run(sys.executable, sources / "ops.py", seconds_per_op)):
            note(result["op"], "PyTorch, Python", result["us"] * 1e-6)
    if (peers / "overhead").exists():
        for result in lines_of(run(peers / "overhead")):
            note(result["op"], "PyTorch, C++", result["us"] * 1e-6)


def ours(work, beside=""):
    """Locus itself; a product beside PyTorch as a tensor, beside the others on plain arrays."""
    contestants = figures[work]
    if beside.startswith("PyTorch") and "locus in ops" in contestants:
        return contestants["locus in ops"]
    return contestants.get("locus") or contestants.get("locus in ops")


def ratio(work, peer):
    """How many times as long as Locus the fastest of a peer's ways takes; "" if there is none."""
    ways = {name: times for name, times in figures[work].items() if name.startswith(peer)}
    if not ways or not ours(work, peer):
        return ""
    fastest = min(ways, key=lambda name: statistics.median(ways[name]))
    pairs = zip(ways[fastest], ours(work, peer))
    return f"{statistics.median(theirs / own for theirs, own in pairs if own > 0):.2f}×"


def duration(seconds):
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def figure_of(work):
    middle = statistics.median(ours(work))
    if work.startswith("peak memory"):
        return f"{middle:.0f} MB"
    if work.startswith("requests"):
        return f"{max(ours(work)):.0f}"
    if work.startswith("chain of 1000"):
        return f"{duration(middle / 1000)} per op"
    text = duration(middle)
    if work.endswith(", 2 threads"):
        one = ours(work.removesuffix(", 2 threads"))
        text += f", {statistics.median(a / b for a, b in zip(one, ours(work))):.2f}× one thread"
    if work.startswith("AdamW 0.8M"):
        bound = ours(memory_of_adamw)
        text += f", {statistics.median(a / b for a, b in zip(ours(work), bound)):.2f}× its memory"
    return text


# The rows of the main README.
chosen = ("training step S", "training step M", "matmul 1024",
          "layer_norm 768x128, forward and backward", "chain of 1000 adds, backward")


def table(works=None):
    """Of these works, or of all and with the limits of both models."""
    def cells(work):
        name = f"{work}, {machine['shapes'][work]}" if work in machine["shapes"] else work
        share = f"{statistics.median(shares[work]):.0%}" if work in shares else ""
        return [name, figure_of(work), share, *(ratio(work, peer) for peer in columns)]

    def limit(config):
        """What no program can go below: the step's products alone, at the peak."""
        least = operations[config] / (statistics.median(peaks) * 1e9)
        ways = [statistics.median(times) for name, times in figures[f"training step {config}"].items()
                if name.startswith("PyTorch")]
        share = f"{least / statistics.median(ours(f'training step {config}')):.0%} of ours"
        return ["its products alone, at the peak", duration(least), share,
                f"{min(ways) / least:.2f}×" if ways else "", *[""] * (len(columns) - 1)]

    columns = [peer for peer in ("PyTorch", "OpenBLAS", "oneDNN")
               if any(name.startswith(peer) for row in figures.values() for name in row)]
    rows = []
    for work in works or figures:
        if ours(work) and work != memory_of_adamw:
            rows.append(cells(work))
        if not works and work in ("training step S", "training step M"):
            rows.append(limit(work[-1]))
    head = ["work", "Locus", "of the peak", *columns]
    rule = ["---", "---:", "---:"] + ["---:"] * len(columns)
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *rows])


def description():
    model = [line.split(":", 1)[1].strip() for line in cpu_info.splitlines() if "model name" in line]
    context = machine["context"]
    versions = [context["peers"]] if context["peers"] else []
    if "PyTorch" in machine:
        versions.insert(0, f"PyTorch {machine['PyTorch']} (the faster of C++ and Python)")
    return (f"{model[0] if model else os.uname().machine}, {os.cpu_count()} cores, "
            f"{context['kernels']} kernels; peak of a core in between {statistics.median(peaks):.0f} "
            f"GFLOP/s ({min(peaks):.0f} to {max(peaks):.0f}). {context['compiler']}"
            f"{'; ' if versions else ''}{', '.join(versions)}. One core pinned, {num_rounds} "
            f"round{'s' if num_rounds > 1 else ''} in turn, medians. 1.50×: takes 1.5 times as "
            "long, or as much, as Locus.")


def parts_of(path):
    """What stands before, between and after the markers."""
    begin, end = "<!-- speed: begin -->\n", "<!-- speed: end -->\n"
    text = path.read_text()
    if text.find(begin) < 0 or text.find(end) < text.find(begin):
        sys.exit(f"{path}: the table stands between the lines\n{begin}{end}Put them where it belongs.")
    before, rest = text.split(begin, 1)
    between, after = rest.split(end, 1)
    return before + begin, between, end + after


readmes = {top / "README.md": chosen, top / "tests/bench/README.md": None}


for path in readmes if flags.readme else ():
    parts_of(path)  # says now, not after ten minutes, when there is no place for the table
if os.getloadavg()[0] > 0.5:
    print("Other programs are running; figures will be noisy.", file=sys.stderr)
for number in range(num_rounds):
    print(f"round {number + 1} of {num_rounds}", file=sys.stderr)
    train("S", 10 if flags.quick else 40)
    train("M", 1 if flags.quick else 8)
    train_on_two_cores("M", 1 if flags.quick else 8)
    multiply(3 if flags.quick else 9)
    if machine["context"]["kernels"] == "avx512":
        multiply(3 if flags.quick else 9, ", AVX2 alone", "--only", "512", LOCUS_KERNELS="avx2",
                 OPENBLAS_CORETYPE="Haswell", ONEDNN_MAX_CPU_ISA="AVX2")
    time_ops(0.02 if flags.quick else 0.1)
(top / "build/release/bench.json").write_text(
    json.dumps({"machine": machine, "peaks": peaks, "shares": shares, "figures": figures}, indent=1))
print(table() + "\n\n" + description())
for path, works in readmes.items() if flags.readme else ():
    before, _, after = parts_of(path)
    path.write_text(f"{before}{table(works)}\n\n{description()}\n{after}")
