"""The demo: its verdict, its folder, and the whole of it through the built package."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import urllib.request
from pathlib import Path

import pytest

from sandbox import demo, demo_home, sample
from sandbox.demo_replay import DETECT, RISK, Firing
from sandbox.demo_verdict import differences

ROOT = Path(__file__).resolve().parents[2]
EXPECTED = sample.expected()


# --- the verdict ---


def as_expected():
    """A ledger and hand-overs that are exactly those of the expected list."""
    ledger = [dict(alert, matched_variations=json.dumps(alert["matched_variations"])) for alert in EXPECTED["alerts"]]
    firings = [Firing(0, DETECT, dict(alert, alert_state=state)) for alert in ledger for state in alert["notifies_as"]]
    for alert in EXPECTED["alerts"]:
        firings += [Firing(0, RISK, dict(alert, matched_variation=name)) for name in alert["matched_variations"]]
    return ledger, firings


def test_the_expected_ledger_is_as_expected():
    """No difference is found where there is none, whether multivalues are JSON text or lists."""
    assert [] == differences(*as_expected())


def test_a_missing_alert_is_named():
    """An alert that is not in the ledger is named by its pattern."""
    ledger, firings = as_expected()
    assert ["Missing: %s" % ledger[0]["pattern"]] == [d.partition(" (")[0] for d in differences(ledger[1:], firings)]


def test_a_difference_is_exit_code_1():
    """The demo succeeds only without any difference."""
    assert [0, 1] == [demo.exit_code([]), demo.exit_code(["Missing: base."])]


def test_an_alert_of_a_negative_is_named():
    """An alert too many is a difference, and says what the negative is."""
    ledger, firings = as_expected()
    negative = EXPECTED["negatives"][0]
    found = differences(ledger + [dict(ledger[0], alert_id="other", entity=negative["entity"])], firings)
    assert [True] == [negative["what"] in sentence for sentence in found]


@pytest.mark.parametrize("name", sorted({*EXPECTED["alerts"][0]} - {"pattern", "what", "alert_id", "notifies_as"}))
def test_a_different_figure_is_named(name):
    """Every figure of an alert is compared."""
    ledger, firings = as_expected()
    ledger[0][name] = 7 if isinstance(ledger[0][name], int) else ["x"] if name == "first_seen_asn" else "x"
    assert [True] == [(" has %s " % name) in sentence for sentence in differences(ledger, firings)]


def test_notifying_twice_or_never_is_a_difference():
    """Each alert that is more than base notifies once."""
    ledger, firings = as_expected()
    assert ["Notified"] == [found.partition(":")[0] for found in differences(ledger, firings + firings[:1])]
    assert ["Notified"] == [found.partition(":")[0] for found in differences(ledger, firings[1:])]


def test_a_base_alert_that_notifies_is_a_difference():
    """It only adds risk."""
    ledger, firings = as_expected()
    base = next(alert for alert in ledger if alert["variation"] == "base")
    (found,) = differences(ledger, firings + [Firing(0, DETECT, base)])
    assert found.startswith("Notified: alert %s came 1 times as new, expected 0" % base["alert_id"])


def test_risk_that_is_counted_twice_or_never_is_a_difference():
    """Each variation of each alert counts once."""
    ledger, firings = as_expected()
    assert ["Risk"] == [found.partition(":")[0] for found in differences(ledger, firings + firings[-1:])]
    assert ["Risk"] == [found.partition(":")[0] for found in differences(ledger, firings[:-1])]


def test_some_alerts_notify_and_some_only_add_risk():
    """Both kinds are planted, and one that is base at first notifies when it escalates."""
    notifies = {alert["pattern"]: alert["notifies_as"] for alert in EXPECTED["alerts"]}
    assert {"all-three": ["new"], "base": [], "late-part": ["escalated"]}.items() <= notifies.items()


# --- its folder ---


def test_folders_of_dead_runs_are_removed(tmp_path):
    """A folder of a process that is gone is removed; one of a living process stays; our own is gone at the end."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait(timeout=60)
    for number in (dead.pid, os.getppid()):
        (tmp_path / (demo_home.PREFIX + str(number)) / "etc").mkdir(parents=True)
    with demo_home.fresh_home(tmp_path) as home:
        assert {home.name, demo_home.PREFIX + str(os.getppid())} == {path.name for path in tmp_path.iterdir()}
        (home / "file").write_text("x")
    assert not home.exists()


# --- the whole of it ---


@pytest.fixture
def start(package):
    """Starts a module of the sandbox with the built package, as package.py does."""
    started = []

    def run(module, *arguments):
        command = [sys.executable, "-m", module, "--package", str(package), *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started.append(subprocess.Popen(command, cwd=str(ROOT), encoding="utf-8", **pipes))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.communicate(timeout=60)


def test_the_sample_gives_the_expected_alerts_after_a_kill(start):
    """Killed amid the 10-minute steps and started again, the demo gives exactly the expected alerts, each once."""
    first = start("sandbox.demo", "--json")
    assert any("every 10 minutes" in line for line in first.stderr)
    first.send_signal(signal.SIGKILL)
    first.wait(timeout=60)
    left = demo_home.BUILD / (demo_home.PREFIX + str(first.pid))
    assert left.exists()
    again = start("sandbox.demo", "--json")
    out, err = again.communicate(timeout=1200)
    shown = json.loads(out)
    assert (0, [], True) == (again.returncode, shown["differences"], shown["as_expected"]), err
    assert [alert["alert_id"] for alert in EXPECTED["alerts"]] == [alert["alert_id"] for alert in shown["alerts"]]
    assert 144 <= shown["searches"]["Teams Export - Detect"]
    assert not left.exists()


def planted_records(first_day, last_day):
    """The records of two planted people and of all applications, with their copies."""
    first, last = (sample.START + day * sample.DAY for day in (first_day, last_day))
    for event in sample.events():
        if first <= event.time < last and ("wanda.quist@" in event.raw.lower() or "ClientAppId" in event.raw):
            yield event.raw


def test_an_export_is_judged_alone(start, tmp_path):
    """Of 20 days in a .gz, 14 are activation; alerts are those of the rest, and what is missing is said."""
    path = tmp_path / "export.json.gz"
    path.write_bytes(gzip.compress("\n".join([*planted_records(18, 38), "oops"]).encode("utf-8")))
    done = start("sandbox.demo", "--json", str(path))
    out, err = done.communicate(timeout=600)
    assert 0 == done.returncode, err
    shown = json.loads(out)
    assert {"not JSON"} == set(shown["files"][0]["not_usable"])
    assert (14, 20) == (shown["activation_days"], shown["days"])
    seen = {alert["user"]: alert["variation"] for alert in shown["alerts"]}
    assert "first_seen_asn" == seen["wanda.quist@harbourline.example"]
    assert any("OrganizationId is missing" in text for _, text in shown["messages"])
    assert any("role data" in sentence for sentence in shown["limits"])


def test_a_short_export_is_judged_without_activation(start, tmp_path):
    """Of 2 days in an array everything is judged, and shown as a table with reasons."""
    path = tmp_path / "export.json"
    path.write_text("[%s]" % ",".join(raw for raw in planted_records(35, 37) if raw[-1] == "}"), encoding="utf-8")
    done = start("sandbox.demo", str(path))
    out, err = done.communicate(timeout=600)
    assert 0 == done.returncode, err
    for text in ("wanda.quist", "exported 120 messages", "is switched off", "Repeats within a day", "Where to look"):
        assert text in out


def test_a_search_that_fails_is_exit_code_1(package, start, tmp_path):
    """A command that ends without a word is one sentence that names the search, and exit code 1."""
    broken = tmp_path / "broken.tgz"
    with tarfile.open(package) as whole, tarfile.open(broken, "w:gz") as part:
        for member in whole:
            content = whole.extractfile(member).read() if member.isfile() else b""
            if member.name.endswith("bin/teamsexport.py"):
                content = b"raise SystemExit(3)\n"
            member.size = len(content)
            part.addfile(member, io.BytesIO(content))
    (tmp_path / "export.json").write_text('{"Id": "x", "CreationTime": "2026-03-10T09:00:00"}')
    done = start("sandbox.demo", "--package", str(broken), str(tmp_path / "export.json"))
    out, err = done.communicate(timeout=600)
    assert (1, "") == (done.returncode, out), err
    assert "'backtest' failed at 2026-03-10 09:00" in err.splitlines()[-1]


@pytest.mark.parametrize("content", (None, b"Id,Operation\n"), ids=("missing", "broken"))
def test_a_file_that_cannot_be_used_is_exit_code_2(content, start, tmp_path):
    """A missing or broken file is one sentence on standard error, nothing on standard output, and exit code 2."""
    path = tmp_path / "export.csv"
    if content is not None:
        path.write_bytes(content)
    done = start("sandbox.demo", str(path))
    out, err = done.communicate(timeout=600)
    assert (2, "", 1) == (done.returncode, out, err.count("\n"))
    assert str(path) in err


def test_the_sandbox_serves_until_interrupted(start):
    """It prints its address and its password, logs in whoever gives them, and ends well when interrupted."""
    serving = start("sandbox.serve")
    said = serving.stdout.readline()
    login = ("username=admin&password=" + said.partition(" password ")[2].partition(";")[0]).encode()
    with urllib.request.urlopen(said.split()[0] + "/services/auth/login", login, timeout=60) as reply:  # noqa: S310
        assert b"<sessionKey>" in reply.read()
    serving.send_signal(signal.SIGINT)
    out, err = serving.communicate(timeout=600)
    assert (0, "") == (serving.returncode, err), out
    assert out.endswith("ended\n")


def test_the_networks_of_the_sample_are_those_of_the_shipped_table(installed):
    """The AS numbers that the sample counts on are what the app's own table says of its addresses."""
    from sandbox.sample.networks import NETWORKS, address
    from teams_export_guard.asn import AsnTable

    table = AsnTable((installed.path / "bin" / "asn" / "teams_export_asn.bin").read_bytes())
    for name, network in NETWORKS.items():
        if network.asn:
            assert {network.asn} == {table.lookup(address(name, "test", number)) for number in range(50)}, name
