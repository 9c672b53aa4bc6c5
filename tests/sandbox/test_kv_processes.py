"""The KV store under several threads and processes, and under their sudden death."""

import itertools
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sandbox.kv import KeyExists, KVStore

ROOT = Path(__file__).resolve().parents[2]
HERE = ("app", "nobody", "c")
PROCESSES, ROUNDS, BATCH = 4, 40, 5

BEGIN = """
import sys
from pathlib import Path
from sandbox.kv import KVStore, KeyExists
kv, me = KVStore(Path(sys.argv[1])), sys.argv[2]
here = ("app", "nobody", "c")
sys.stdin.readline()
"""
SAVE = (
    BEGIN
    + f"""
for round in range({ROUNDS}):
    kv.batch_save(*here, [{{"_key": f"{{me}}-{{round}}-{{n}}", "who": me}} for n in range({BATCH})])
    kv.insert(*here, {{"who": me}})
"""
)
CONTEST = (
    BEGIN
    + f"""
for number in range({ROUNDS}):
    try:
        kv.insert(*here, {{"_key": str(number), "who": me}})
        print("won", number)
    except KeyExists:
        print("taken", number)
"""
)
ENDLESS = (
    BEGIN
    + """
import itertools
for number in itertools.count():
    keys = kv.batch_save(*here, [{"_key": f"{me}-{number}-{n}", "who": f"{me}-{number}"} for n in range(5)])
    print(number, flush=True)
"""
)


@pytest.fixture
def path(tmp_path):
    """A database with the collection c, accelerated by `who`."""
    store = KVStore(tmp_path / "kv.db")
    store.define("app", "c", {}, {"who": {"who": 1}})
    store.close()
    return tmp_path / "kv.db"


@pytest.fixture
def kv(path):
    store = KVStore(path)
    yield store
    store.close()


@pytest.fixture
def spawn(path):
    """Starts processes that run a program over the database, each waiting for a line to begin."""
    started = []

    def start(program, count=PROCESSES):
        environment = dict(os.environ, PYTHONPATH=str(ROOT))
        for number in range(count):
            started.append(
                subprocess.Popen(
                    [sys.executable, "-c", program, str(path), f"p{number}"],
                    text=True,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env=environment,
                )
            )
        for process in started:
            process.stdin.write("\n")
            process.stdin.flush()
        return started

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_no_write_is_lost_among_processes(kv, spawn):
    """What four processes save at once is all there, in documents and in their acceleration."""
    for process in spawn(SAVE):
        process.communicate(timeout=120)
        assert 0 == process.returncode
    assert PROCESSES * ROUNDS * (BATCH + 1) == len(kv.find(*HERE))
    for number in range(PROCESSES):
        assert ROUNDS * (BATCH + 1) == len(kv.find(*HERE, {"who": f"p{number}"}))


def test_contested_insert_has_one_winner(kv, spawn):
    """Of four processes that insert one key, one wins and three are told that it is taken."""
    answers = []
    for number, process in enumerate(spawn(CONTEST)):
        answers += [
            (line.split()[0], line.split()[1], f"p{number}")
            for line in process.communicate(timeout=120)[0].splitlines()
        ]
    won = {key: who for word, key, who in answers if word == "won"}
    assert ROUNDS == len(won) == sum(word == "won" for word, _, _ in answers)
    assert ROUNDS * (PROCESSES - 1) == sum(word == "taken" for word, _, _ in answers)
    assert won == {each["_key"]: each["who"] for each in kv.find(*HERE)}


def test_acknowledged_writes_outlive_a_kill(path, spawn):
    """After kill -9 in the midst of writing, every acknowledged batch is there whole, and no batch is there in part."""
    processes = spawn(ENDLESS)
    acknowledged = []
    for number, process in enumerate(processes):
        for line in itertools.islice(process.stdout, 20):
            acknowledged.append(f"p{number}-{line.strip()}")
    for process in processes:
        os.kill(process.pid, signal.SIGKILL)
    for number, process in enumerate(processes):
        acknowledged += [f"p{number}-{line.strip()}" for line in process.stdout if line.endswith("\n")]
        process.wait()
    kv = KVStore(path)
    found = {}
    for each in kv.find(*HERE):
        found[each["who"]] = found.get(each["who"], 0) + 1
    assert len(acknowledged) >= PROCESSES * 20
    assert set(acknowledged) <= set(found)
    assert {BATCH} == set(found.values())
    assert all(BATCH == len(kv.find(*HERE, {"who": who})) for who in found)
    kv.close()
    database = sqlite3.connect(str(path))
    assert [("ok",)] == database.execute("PRAGMA integrity_check").fetchall()
    database.close()


def test_threads_share_one_store(kv):
    """Eight threads over one store lose nothing, and a contested key has one winner."""
    wins, errors = [], []

    def work(me):
        try:
            for number in range(20):
                kv.insert(*HERE, {"who": me})
                kv.find(*HERE, {"who": me})
                try:
                    kv.insert(*HERE, {"_key": f"k{number}", "who": "contest"})
                    wins.append(number)
                except KeyExists:
                    continue
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(f"t{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == errors
    assert list(range(20)) == sorted(wins)
    assert 8 * 20 + 20 == len(kv.find(*HERE))


def test_processes_may_create_the_database_together(tmp_path):
    """Four processes that open a database that does not exist yet all get it."""
    program = BEGIN.replace("sys.stdin.readline()", "kv.define('app', 'c')")
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    processes = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "new.db"), "me"], env=environment)
        for _ in range(PROCESSES)
    ]
    assert [0] * PROCESSES == [process.wait(timeout=120) for process in processes]
