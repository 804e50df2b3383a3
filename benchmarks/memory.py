"""What the service's processes take of the memory. Linux tells it in /proc."""

from pathlib import Path


def processes(parent: int) -> list[int]:
    """A process and all below it."""
    told = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [parent, *(pid for child in told for pid in processes(int(child)))]


def megabytes(parent: int) -> float:
    """PSS of a process and all below it: what they share counts once."""
    return sum(_pss(pid) for pid in processes(parent)) / 1024


def _pss(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
