"""Draws how time and memory grow: `draw.py RESULTS PICTURE`. The same results give the same bytes."""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({
    "svg.hashsalt": "teams_export_guard", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": "#dddddd",
})

from matplotlib import pyplot, ticker  # noqa: E402 - behind the settings

CURVES = ("rows", "entities", "chats", "baseline")
COLOURS = ("#1f6fb2", "#d1632a", "#3b8f4e")  # one for each Python


def by_version(case):
    """The version as numbers, the oldest Python first."""
    return [int(part) for part in case["python"].split(".")]


def numbers(axis, subs):
    """Ticks at these multiples of the powers of ten, as plain numbers."""
    axis.set_major_locator(ticker.LogLocator(subs=subs))
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: format(value, ",g")))
    axis.set_minor_locator(ticker.NullLocator())


def main(results, picture):
    """A column for each curve: CPU seconds above, MiB below; a line for each Python, its slope in the legend."""
    cases = json.loads(Path(results).read_text(encoding="utf-8"))["cases"]
    figure, axes = pyplot.subplots(2, len(CURVES), figsize=(15, 7), squeeze=False)
    for column, name in enumerate(CURVES):
        drawn = sorted((one for one in cases if one["case"] == "growth-" + name), key=by_version)
        for row, (label, slope) in enumerate((("CPU seconds", "time_slope"), ("peak MiB", "memory_slope"))):
            panel = axes[row][column]
            for colour, one in zip(COLOURS, drawn):
                points = one["figures"]["points"]
                panel.plot(
                    [point[0] for point in points], [point[row + 1] for point in points], marker="o", color=colour,
                    label="Python %s, slope %.2f" % (one["python"], one["figures"][slope]),
                )
            panel.set(xscale="log", yscale="log", ylabel=label)
            if drawn:
                panel.legend(frameon=False, loc="upper left")
                panel.set_xlabel(drawn[0]["figures"]["grows"])
            numbers(panel.xaxis, (1,))
            numbers(panel.yaxis, (1, 2, 5))
            low, high = panel.get_ylim()
            panel.set_ylim(low, high * (high / low) ** 0.35)  # room for the legend
    figure.tight_layout()
    figure.savefig(picture, format="svg", metadata={"Date": None, "Creator": "tests/bench/commands/draw.py"})


if __name__ == "__main__":
    main(*sys.argv[1:])
