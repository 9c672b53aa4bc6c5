"""The package that `package.py build` writes: its exact content, its bytes, and every fault it must refuse.

`files.txt` lists the package without lib/, `lib.txt` the files of lib/. When the app gains or loses a
file on purpose, bring the list up to date and read its difference:

    tar tzf dist/teams_export_guard-*.tgz | grep -v '/$' | cut -d/ -f2- | grep -v ^lib/ > tests/packaging/files.txt
"""
import csv
import gzip
import io
import json
import shutil
import struct
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from sandbox.packaging.libraries import find_python
from sandbox.packaging.plan import APP, MODIFIED, REQUIRED, archive, plan, read_conf

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
PARTS = ("README", "appserver", "bin", "default", "lookups", "metadata", "static", "sandbox/packaging", "build",
         "app.conf", "LICENSE", "README.md", "package.py", "sandbox/__init__.py",
         "sandbox/requirements.txt", "tests/requirements.txt")


@pytest.fixture(scope="module")
def repo(tmp_path_factory):
    """A copy of all that a build reads, with the caches, so that nothing is downloaded."""
    subprocess.run([sys.executable, ROOT / "package.py", "build"], check=True, capture_output=True, timeout=300)
    copy = tmp_path_factory.mktemp("repo")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / part).is_file():
            (copy / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / part, copy / part)
    return copy


def build(repo, python=sys.executable):
    """Run `package.py build` in a copy of the repo."""
    return subprocess.run([python, repo / "package.py", "build"], capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def package(repo):
    """The bytes of the package."""
    done = build(repo)
    assert done.returncode == 0, done.stderr
    return (repo / done.stdout.strip()).read_bytes()


@pytest.fixture(scope="module")
def members(package):
    """The entries of the package by name, below the top folder."""
    with tarfile.open(fileobj=io.BytesIO(package)) as tar:
        return {member.name: member for member in tar}


def content(package, name):
    with tarfile.open(fileobj=io.BytesIO(package)) as tar:
        return tar.extractfile(f"{APP}/{name}").read()


def test_the_app_has_exactly_the_listed_files(members):
    """No file of the app is missing from the package, and none got in by accident."""
    found = [name[len(APP) + 1:] for name, member in members.items() if member.isfile()]
    expected = (HERE / "files.txt").read_text().split("\n")[:-1]
    assert expected == [name for name in found if not name.startswith("lib/")]


def test_lib_has_exactly_the_listed_files(members):
    """The vendored libraries are the listed files on every Python."""
    expected = (HERE / "lib.txt").read_text().split("\n")[:-1]
    assert expected == [name[len(APP) + 1:] for name in members if members[name].isfile() and "/lib/" in name]


def test_everything_lies_in_one_folder_named_by_the_id(members):
    """Splunk unpacks the package into etc/apps as it is."""
    assert {APP} == {name.split("/")[0] for name in members}


def test_entries_are_sorted_and_carry_nothing_of_the_machine(members):
    """Names in order; one time; no owner; files 644 and folders 755, folders before their files."""
    assert sorted(members) == list(members)
    for member in members.values():
        mode = 0o755 if member.isdir() else 0o644
        assert (MODIFIED, 0, 0, "", "", mode) == (
            member.mtime, member.uid, member.gid, member.uname, member.gname, member.mode)
        assert member.isdir() or member.isfile()


def test_the_archive_is_ustar_in_a_gzip_without_name_and_time(package):
    """Any tar can read it, and its header says nothing of when it was made."""
    magic, _method, flags, time = struct.unpack("<2sBBI", package[:8])
    assert (b"\x1f\x8b", 0, 0) == (magic, flags, time)
    assert b"ustar\x0000" == gzip.decompress(package)[257:265]


def test_building_again_gives_the_same_bytes(repo, package):
    """A second build, and files that were touched, change nothing."""
    for path in (repo / "bin").rglob("*.py"):
        path.touch()
    done = build(repo)
    assert package == (repo / done.stdout.strip()).read_bytes()


@pytest.mark.parametrize("minor", ["3.9", "3.11", "3.13"])
def test_every_python_gives_the_same_bytes(repo, package, minor):
    """The Python that builds leaves no trace in the package, nor in the ASN table."""
    python = find_python(minor)
    if python is None:
        pytest.skip(f"Python {minor} is absent")
    for table in (repo / "build").glob("asn-*.bin"):
        table.unlink()
    done = build(repo, python)
    assert done.returncode == 0, done.stderr
    assert package == (repo / done.stdout.strip()).read_bytes()


def test_the_manifest_says_what_app_conf_says(package):
    """app.manifest and default/app.conf agree on id, version, title and author."""
    info = json.loads(content(package, "app.manifest"))["info"]
    conf = read_conf(content(package, "default/app.conf"))
    assert (APP, "Teams Export Guard") == (info["id"]["name"], info["title"])
    assert {info["id"]["version"]} == {conf["launcher"]["version"], conf["id"]["version"]}
    assert conf["launcher"]["author"] == info["author"][0]["name"]
    assert f"{APP}-{info['id']['version']}.tgz" in [path.name for path in (ROOT / "dist").iterdir()]


def test_the_asn_table_in_the_package_is_whole(package):
    """The table opens, its checksum holds, and its licence text lies beside it."""
    from teams_export_guard.asn import AsnTable
    table = AsnTable(content(package, "bin/asn/teams_export_asn.bin"))
    table.verify()
    assert f"Date: {table.date}\n".encode() in content(package, "bin/asn/teams_export_asn.ATTRIBUTION.txt")


def test_the_dashboards_are_told_of_the_table_that_is_in_the_package(package):
    """One row, made by the build from the table itself: name, date, source, credit and size."""
    from teams_export_guard.asn import AsnTable
    table = AsnTable(content(package, "bin/asn/teams_export_asn.bin"))
    (row,) = csv.DictReader(io.StringIO(content(package, "lookups/teams_export_asn_info.csv").decode()))
    assert {"name": table.name, "date": table.date, "source": table.source, "attribution": table.attribution,
            "ipv4_ranges": str(table.ranges.ipv4), "ipv6_ranges": str(table.ranges.ipv6)} == row
    assert "https://db-ip.com" in row["attribution"]


def test_a_table_of_ones_own_comes_with_what_is_said_of_it(repo, tmp_path):
    """`package.py asn` writes the lookup beside the table, so that both can be copied into the app."""
    source, out = tmp_path / "own.csv", tmp_path / "out" / "own.bin"
    source.write_text("1.1.1.0,1.1.1.255,64496,Example Net\n")
    command = [sys.executable, repo / "package.py", "asn", source, "-o", out, "--name", "Own", "--date", "2026-01-02"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    (row,) = csv.DictReader(out.with_name("teams_export_asn_info.csv").read_text().splitlines())
    assert ("Own", "2026-01-02", "1") == (row["name"], row["date"], row["ipv4_ranges"])


CONF = (b"[launcher]\nversion = 1.2.3\n[id]\nname = teams_export_guard\nversion = 1.2.3\n"
        b"[package]\nid = teams_export_guard\n")
GOOD = {**dict.fromkeys(REQUIRED, b""), "default/app.conf": CONF, "bin/run.py": b"",
        "default/commands.conf": b"[run]\nfilename = run.py\n",
        "default/transforms.conf": b"[it]\nfilename = it.csv\n[kv]\nexternal_type = kvstore\n", "lookups/it.csv": b""}


def test_a_good_set_of_files_has_no_fault():
    """What the tests of faults start from is faultless, and gains the manifest."""
    files, version, faults = plan(GOOD)
    assert ([], "1.2.3") == (faults, version)
    assert {*GOOD, "app.manifest"} == set(files)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_file_is_a_fault(name):
    """Each file that the app cannot do without is missed by name."""
    assert f"{name} is missing." in plan({key: GOOD[key] for key in GOOD if key != name}).faults


@pytest.mark.parametrize("name", ["bin/run.py", "lookups/it.csv"])
def test_a_file_that_a_conf_names_must_be_there(name):
    """A command without its script, and a lookup without its table, are faults."""
    faults = plan({key: GOOD[key] for key in GOOD if key != name}).faults
    assert 1 == len(faults)
    assert faults[0].startswith(f"{name} is missing, which [")


@pytest.mark.parametrize("change, fault", [
    ((b"[launcher]\nversion = 1.2.3", b"[launcher]\nversion = 1.2.4"), "'1.2.3' in [id], but '1.2.4' in [launcher]"),
    ((b"1.2.3", b"1.2"), "one like 1.2.3 is needed"),
    ((b"version = 1.2.3", b""), "version = '' in [launcher]"),
    ((b"\nid = teams_export_guard", b"\nid = other"), "id = 'other' in [package]"),
    ((b"\nname = teams_export_guard", b"\nname = other"), "name = 'other' in [id]"),
])
def test_ids_and_versions_must_agree(change, fault):
    """Top folder, [package], [id], [launcher] and the manifest speak of one app and one version."""
    faults = plan({**GOOD, "default/app.conf": CONF.replace(*change)}).faults
    assert 1 == len(faults)
    assert fault in faults[0]


@pytest.mark.parametrize("name", [
    "lib/pkg/native.so", "lib/pkg/native.cpython-39-x86_64-linux-gnu.so", "bin/tool.exe", "lib/pkg/native.pyd",
    "bin/library.whl", "default/passwords.conf", "default/limits.conf", "default/data/local/x.conf", "bin/a.py.orig",
])
def test_a_forbidden_file_is_a_fault(name):
    """Native code, archives, secrets and leftovers are refused wherever they lie."""
    assert [f"{name} must not be in the package."] == plan({**GOOD, name: b""}).faults


@pytest.mark.parametrize("name", ["lookups/ä.csv", "bin/" + "x" * 80 + ".py", "lookups/a\nb.csv"])
def test_a_name_that_is_not_portable_is_a_fault(name):
    """Names that another system or an old tar cannot hold are refused."""
    faults = plan({**GOOD, name: b""}).faults
    assert 1 == len(faults)
    assert "is no portable name" in faults[0]


@pytest.mark.parametrize("name", [
    "bin/.hidden", "bin/.git/config", "bin/__pycache__/run.cpython-39.pyc", "lib/x/run.pyc", "metadata/local.meta",
    "lookups/asn/asn.tsv.xz", "lookups/asn/ATTRIBUTION.txt", "bin/requirements.txt", "default/.DS_Store",
])
def test_what_a_developer_leaves_behind_is_left_out(name):
    """Such files are no fault and not in the package."""
    files, _version, faults = plan({**GOOD, name: b"x"})
    assert ([], False) == (faults, name in files)


def test_a_conf_line_may_be_continued():
    """A backslash joins lines; comments and lines before the first stanza are read as Splunk reads them."""
    assert {"default": {"x": "1"}, "a b": {"search": "index=x  | stats count", "y": ""}} == read_conf(
        b"x = 1\n# z = 2\n[a b]\nsearch = index=x \\\n | stats count\r\ny =\n")


def test_the_archive_keeps_content_and_adds_folders():
    """Each folder is an entry of its own before its files."""
    packed = archive({"b/c.txt": b"sea", "a.txt": b""})
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        assert [APP, f"{APP}/a.txt", f"{APP}/b", f"{APP}/b/c.txt"] == tar.getnames()
        assert b"sea" == tar.extractfile(f"{APP}/b/c.txt").read()


def test_all_faults_are_said_at_once_and_nothing_is_written(repo, tmp_path):
    """A build with three faults names the three, one sentence a line, exits with 1 and writes no package."""
    broken = tmp_path / "repo"
    shutil.copytree(repo, broken)
    shutil.rmtree(broken / "dist")
    (broken / "LICENSE").unlink()
    (broken / "bin/native.so").write_bytes(b"")
    conf = broken / "app.conf"
    conf.write_text(conf.read_text().replace("version = 0.1.0", "version = 0.1.1", 1))
    done = build(broken)
    assert (1, "", False) == (done.returncode, done.stdout, (broken / "dist").exists())
    for words in ("LICENSE is missing.", "bin/native.so must not be in the package.", "in [launcher]"):
        assert 1 == sum(words in line for line in done.stderr.splitlines())
