"""Splunk AppInspect, the vetting of Splunk Cloud, on the package as built and on the same without lib/.

Twice, because AppInspect overlooks faults of our own code where `requests` is vendored beside it. It runs in an
environment of its own. Its exit code alone says little: a package-level fault skips most checks.
"""

import gzip
import io
import json
import re
import subprocess
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox.packaging.libraries import APPINSPECT_LIST, environment
from tests.conftest import ROOT

TAGS = ("cloud", "private_victoria", "future")
SECONDS = 600  # a run takes about 15
BAD = ("error", "failure", "future_failure", "skipped")
#: Check -> (what each of its warnings must say, why it stays). What is not listed fails, and so does what is not seen.
WARNINGS = {
    "check_for_python_script_existence": (
        r"Python files found", "AppInspect counts Python files; ours run on Python 3.9 and 3.13"),
    "check_collections_conf": (
        r"App contains collections\.conf", "the baseline, the ledger and triage live in the KV store"),
    "check_python_sdk_version": (
        r"outdated version of the Splunk SDK for Python \(2\.1\.1\)", "3.0.0 and newer need Python 3.13, Splunk 9.3 has 3.9"),
    "check_for_optional_operating_system_services": (
        r"`mmap\.mmap`.*bin/teams_export_guard/asn_file\.py", "mmap in read mode is on every system that Splunk runs on"),
    "check_for_custom_mako_templates": (
        r"appserver/templates/setup\.html", "the set-up page's frame, as documented for Splunk 9.3 to 10.x; deprecated in 10.4"),
    "check_hostnames_and_ips": (
        r"lib/urllib3|bin/teams_export_guard/asn_check\.py",
        "examples in texts of urllib3, and addresses that are looked up in a new network table; nothing connects to them"),
}


def changed(package, target, change):
    """A copy of the package: ``change`` gets each (name, content) and gives the content, or None to leave it out."""
    with tarfile.open(package) as old, gzip.open(target, "wb") as packed, tarfile.open(fileobj=packed, mode="w") as new:
        for member in old.getmembers():
            content = change(member.name, old.extractfile(member).read()) if member.isfile() else b""
            if content is not None:
                member.size = len(content)
                new.addfile(member, io.BytesIO(content))
    return target


def without_lib(name, content):
    return None if name.startswith("teams_export_guard/lib/") else content


def inspect(python, package):
    """{check: (result, [warning and failure texts])} of one run."""
    report = Path(package).with_suffix(".json")
    command = [
        str(Path(python).with_name("splunk-appinspect")), "inspect", str(package), "--mode", "precert", "--ci",
        *(word for tag in TAGS for word in ("--included-tags", tag)), "--skip-trusted-libraries-update",
        "--max-messages", "all", "--data-format", "json", "--output-file", str(report),
    ]  # fmt: skip
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS)
    assert report.is_file(), done.stdout[-2000:]
    checks = [check for group in json.loads(report.read_text())["reports"][0]["groups"] for check in group["checks"]]
    return {
        one["name"]: (one["result"], [text["message"] for text in one["messages"] if text["result"] == one["result"]])
        for one in checks
    }


@pytest.fixture(scope="module")
def python():
    return environment(sys.executable, ROOT / ".venv-appinspect", ROOT, [APPINSPECT_LIST])


@pytest.fixture(scope="module")
def reports(python, package, tmp_path_factory):
    """The checks of both packages, by what they are called in the tests."""
    folder = tmp_path_factory.mktemp("appinspect")
    packages = {
        "whole": changed(package, folder / "whole.tgz", lambda name, content: content),
        "without lib": changed(package, folder / "bare.tgz", without_lib),
    }
    with ThreadPoolExecutor() as pool:
        return dict(zip(packages, pool.map(lambda one: inspect(python, one), packages.values())))


def worst(checks):
    return {name: texts for name, (result, texts) in checks.items() if result in BAD}


@pytest.mark.parametrize("which", ["whole", "without lib"])
def test_vetting_finds_no_fault(reports, which):
    """0 errors, failures, future failures and skipped checks, of more than 200 checks."""
    assert len(reports[which]) > 200
    assert {} == worst(reports[which])


@pytest.mark.parametrize("which", ["whole", "without lib"])
def test_every_warning_has_a_reason(reports, which):
    """Each warning is of a check on the list and says what the list expects of it."""
    warned = {name: texts for name, (result, texts) in reports[which].items() if result == "warning"}
    unexpected = {
        name: [text for text in texts if name not in WARNINGS or not re.search(WARNINGS[name][0], text)]
        for name, texts in warned.items()
    }
    assert {} == {name: texts for name, texts in unexpected.items() if texts}


def test_every_reason_is_needed(reports):
    """The list has no check that no longer warns of the whole package."""
    assert set(WARNINGS) == {name for name, (result, _) in reports["whole"].items() if result == "warning"}


def test_the_gate_sees_a_fault(python, package, tmp_path):
    """Without verification of TLS in our own code, the run without lib/ fails; a command without its Pythons too."""

    def spoilt(name, content):
        if name.endswith("bin/teamsexport.py"):
            content += b"\nimport requests\nrequests.get('https://splunk.example', verify=False)\n"
        if name.endswith("default/commands.conf"):
            content = content.replace(b"python.required = 3.9, 3.13\n", b"")
        return without_lib(name, content)

    found = inspect(python, changed(package, tmp_path / "spoilt.tgz", spoilt))
    assert {"failure", "future_failure"} <= {result for result, _ in found.values()}
