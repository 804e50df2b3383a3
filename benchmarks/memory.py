"""What the service's processes take of the memory. Linux tells it in /proc."""

from pathlib import Path


def processes(parent: int) -> list[int]:
    """A process and all below it, which may be gone by now."""
    told = _told(f"/proc/{parent}/task/{parent}/children").split()
    return [parent, *(pid for child in told for pid in processes(int(child)))]


def megabytes(parent: int) -> float:
    """PSS of a process and all below it: what they share counts once."""
    return sum(_pss(pid) for pid in processes(parent)) / 1024


def _pss(pid: int) -> int:
    lines = _told(f"/proc/{pid}/smaps_rollup").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _told(file: str) -> str:
    """Nothing of a process that has ended."""
    try:
        return Path(file).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
