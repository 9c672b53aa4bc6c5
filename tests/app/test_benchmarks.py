"""README's figures of speed and size are those of docs/benchmarks.json, and that file is complete."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.bench import readme

ROOT = Path(__file__).resolve().parents[2]
RESULTS = json.loads((ROOT / "docs" / "benchmarks.json").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("## Speed and size\n")[2].partition("\n## ")[0]


def test_its_tables_are_those_of_the_results():
    """What stands between the marks is what the results say; `tests/bench/run.py --report` brings it up to date."""
    shown = SECTION.partition(readme.BEGIN)[2].partition(readme.END)[0]
    assert readme.section(RESULTS) == shown


def test_an_unmet_goal_is_said():
    """Each case whose goal was not met is marked so, once for each Python."""
    unmet = [one for one in RESULTS["cases"] if one["met"] is False]
    assert SECTION.count("**not met**") == len(unmet)


def test_what_is_met_follows_from_the_figure():
    """No entry claims a goal that its own figure does not reach."""
    for one in RESULTS["cases"]:
        if one["goal"]:
            name, asked = re.fullmatch(r"(\w+) (?:at most|is) (\w+|[0-9.]+)", one["goal"]).groups()
            assert one["met"] == (one["figures"][name] <= float(one["figures"].get(asked, asked))), one["case"]


def test_every_case_with_a_goal_is_in_the_table():
    """A case that has a goal is one that README speaks of, and both Pythons of Splunk were measured."""
    assert {one["case"] for one in RESULTS["cases"] if one["goal"]} <= set(readme.SAID)
    for case in {one["case"] for one in RESULTS["cases"]}:
        versions = {one["python"].rpartition(".")[0] for one in RESULTS["cases"] if one["case"] == case}
        assert {"3.9", "3.13"} <= versions, case


def test_every_size_says_how_it_came_about():
    """Each figure of a tenant is measured, computed or assumed."""
    tenants = [one["figures"] for one in RESULTS["cases"] if one["case"].startswith("sizing-")]
    assert {1_000, 20_000, 200_000} == {tenant["people"] for tenant in tenants}
    said = {figure["how"] for tenant in tenants for figure in tenant.values() if isinstance(figure, dict)}
    assert said == {"measured", "computed", "assumed"}
