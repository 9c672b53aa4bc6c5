"""The tree of errors: what is caught with what, and what the user reads."""

import pytest

from teams_export_guard import errors


@pytest.mark.parametrize("name",
"SettingsError TriageRefused ExceptionRefused ActionPayloadError SecretUnavailable TableError AsnTableError StoreError StoreUnavailable "
"LeaseHeld LeaseLost".split())
def test_every_error_is_of_the_app(name):
    """Whatever the app explains itself is caught as TeamsExportError."""
    assert issubclass(getattr(errors, name), errors.TeamsExportError)


@pytest.mark.parametrize("name", "StoreUnavailable LeaseHeld LeaseLost".split())
def test_troubles_of_the_store_are_store_errors(name):
    """Marking and releasing, which may fail, catch all that the store can do by one name."""
    assert issubclass(getattr(errors, name), errors.StoreError)


def test_table_faults_are_no_store_errors():
    """A bad table is not taken for a trouble of the store, which would pass."""
    assert not issubclass(errors.AsnTableError, errors.StoreError)
    assert issubclass(errors.AsnTableError, errors.TableError)


def test_settings_error_keeps_every_fault():
    """All faults stand in the text, and one by one in ``faults``."""
    error = errors.SettingsError(["a=1: no", "b=2: no"])
    assert ("a=1: no", "b=2: no") == error.faults
    assert "a=1: no; b=2: no" == str(error)


def test_settings_error_takes_any_sequence_once():
    """A generator of faults is not used up by the text."""
    assert ("x",) == errors.SettingsError(fault for fault in ["x"]).faults
