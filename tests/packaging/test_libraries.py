"""Where the libraries come from: pins, environments, interpreters and the content of lib/."""
import base64
import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.packaging.errors import PackagingError
from sandbox.packaging.libraries import APP_LIST, OTHER_LISTS, PIN, environment, find_python, vendor, version_of

ROOT = Path(__file__).resolve().parents[2]
LISTS = [ROOT / name for name in (APP_LIST, *OTHER_LISTS)]
HOSTS = re.compile(r"https?:|--(extra-)?index-url|--find-links")


def digest(content):
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


@pytest.fixture
def site(tmp_path):
    """A site-packages folder with one installed library, `a-lib` 1.0."""
    folder = tmp_path / "site"
    files = {"a_lib/__init__.py": b"code", "a_lib/data.json": b"{}", "a_lib/tests/test_it.py": b"", "a_lib/it.pyi": b"",
             "a_lib-1.0.dist-info/METADATA": b"Name: a-lib", "a_lib-1.0.dist-info/licenses/LICENSE": b"free",
             "a_lib-1.0.dist-info/INSTALLER": b"pip", "splunklib/results.py": b""}
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    rows = [f"{name},{digest(content)},{len(content)}" for name, content in files.items()]
    rows += ["../../../bin/a-tool,sha256=x,1", "a_lib/__pycache__/it.cpython-39.pyc,,", "a_lib-1.0.dist-info/RECORD,,"]
    (folder / "a_lib-1.0.dist-info/RECORD").write_text("\n".join(rows))
    return folder


def test_lib_is_the_library_without_tests_stubs_programs_and_notes(site, tmp_path):
    """Code, data, metadata and licence of the pinned library, nothing else."""
    vendor(tmp_path / "lib", "# a comment\na-lib==1.0 \\\n    --hash=sha256:0\n", site)
    found = sorted(path.relative_to(tmp_path / "lib").as_posix()
                   for path in (tmp_path / "lib").rglob("*") if path.is_file())
    assert ["a_lib-1.0.dist-info/METADATA", "a_lib-1.0.dist-info/licenses/LICENSE",
            "a_lib/__init__.py", "a_lib/data.json"] == found


def test_two_builds_at_once_do_not_disturb_each_other(site, tmp_path):
    """The one that comes second leaves the folder of the first, and nothing of its own."""
    for _ in range(2):
        vendor(tmp_path / "lib", "a-lib==1.0\n", site)
    assert ["lib", "site"] == sorted(path.name for path in tmp_path.iterdir())


def test_a_library_that_was_changed_after_its_installation_is_refused(site, tmp_path):
    """A file that differs from pip's record stops the build, and leaves no lib/ behind."""
    (site / "a_lib/__init__.py").write_bytes(b"other code")
    with pytest.raises(PackagingError, match=r"a_lib/__init__\.py was changed"):
        vendor(tmp_path / "lib", "a-lib==1.0\n", site)
    assert not (tmp_path / "lib").exists()


def test_a_library_that_is_not_installed_is_refused(site, tmp_path):
    """A pin that the environment does not have stops the build in one sentence."""
    with pytest.raises(PackagingError, match=r"b-lib 2\.0 is not installed"):
        vendor(tmp_path / "lib", "b-lib==2.0\n", site)


def test_every_library_is_pinned_once_with_one_hash_and_without_an_address():
    """Three disjoint lists; each entry has a version and one SHA-256; no place to download from is named."""
    text = "".join(path.read_text() for path in LISTS)
    requirements = [line for line in text.splitlines() if line and line[0] not in "# "]
    names = [name for name, _version in PIN.findall(text)]
    assert len(names) == len(set(names)) == len(requirements)
    assert len(names) == len(re.findall(r"^    --hash=sha256:[0-9a-f]{64}$", text, re.MULTILINE))
    assert not HOSTS.search(text)


def test_the_lists_are_complete():
    """pip finds no dependency missing among the installed libraries, though it was told to look for none."""
    done = subprocess.run([sys.executable, "-m", "pip", "check", "--disable-pip-version-check"],
                          capture_output=True, text=True, timeout=120)
    assert 0 == done.returncode, done.stdout


def test_lib_imports_without_anything_else(tmp_path):
    """What the app uses of lib/ imports in a Python that has nothing but lib/ and the standard library."""
    lib = sorted((ROOT / "build").glob("lib-*"), key=lambda path: path.stat().st_mtime)[-1]
    code = ("import sys; sys.path[:0] = [sys.argv[1]]; import splunklib.client, splunklib.searchcommands, jsonschema, "
            "requests; jsonschema.Draft202012Validator({'type': 'object'}).validate({}); "
            "print(all(m.__file__.startswith(sys.argv[1]) for m in (splunklib, jsonschema, requests)))")
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code, str(lib)], capture_output=True, text=True,
                          timeout=60, cwd=tmp_path)
    assert ("True\n", 0) == (done.stdout, done.returncode), done.stderr


def test_an_environment_is_made_once_for_each_state_of_the_lists(tmp_path):
    """The second call finds it ready; a changed list makes it anew."""
    for name in (APP_LIST, *OTHER_LISTS):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    python = tmp_path / "python"
    python.write_text(f'''#!/bin/sh
case "$*" in
    -c*) echo 3.9.99 ;;
    "-m venv"*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python" && echo made >> {tmp_path}/log ;;
esac
''')
    python.chmod(0o755)
    for lines, change in (("made\n", ""), ("made\n", ""), ("made\nmade\n", "# another")):
        (tmp_path / APP_LIST).write_text(change)
        assert str(tmp_path / "env/bin/python") == environment(str(python), tmp_path / "env", tmp_path)
        assert lines == (tmp_path / "log").read_text()


def test_an_environment_that_cannot_be_made_is_one_clear_sentence(tmp_path):
    """A Python without venv is told with the step that failed and Debian's remedy."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'ensurepip is not available'; exit 7\n")
    python.chmod(0o755)
    with pytest.raises(PackagingError, match=r"python3-venv.*exit code 7\): ensurepip is not available"):
        environment(str(python), tmp_path / "env", ROOT)


def test_a_network_that_is_away_is_said(tmp_path):
    """pip's retries in vain become words of their own, its errors follow, its warnings do not."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'WARNING: after connection broken by X'\necho 'ERROR: none found'; exit 1\n")
    python.chmod(0o755)
    with pytest.raises(PackagingError, match=r"; the package index did not answer: ERROR: none found$"):
        environment(str(python), tmp_path / "env", ROOT)


def test_a_library_that_cannot_be_installed_is_one_clear_sentence(tmp_path):
    """pip's own last words follow the list that failed; the unfinished environment is not taken for ready."""
    for name in (APP_LIST, *OTHER_LISTS):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"pytest @ file://{tmp_path}/none.whl --hash=sha256:{'0' * 64}\n")
    with pytest.raises(PackagingError, match=r"Installing sandbox/requirements\.txt .* failed \(exit code 1\): "):
        environment(sys.executable, tmp_path / "env", tmp_path)
    assert (tmp_path / "env" / "pyvenv.cfg").exists()
    assert not (tmp_path / "env" / "made-from").exists()


def test_a_shim_without_its_python_is_passed_over(tmp_path, monkeypatch):
    """A command on PATH that cannot start does not count; the Python of pyenv does."""
    shim = tmp_path / "bin" / "python3.9"
    real = tmp_path / "pyenv" / "versions" / "3.9.99" / "bin" / "python"
    for path, text in ((shim, "#!/bin/sh\nexit 127\n"), (real, "#!/bin/sh\necho 3.9.99\n")):
        path.parent.mkdir(parents=True)
        path.write_text(text)
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    assert (None, "3.9.99") == (version_of(str(shim)), version_of(str(real)))
    assert str(real) == find_python("3.9")
    assert find_python("3.99") is None
