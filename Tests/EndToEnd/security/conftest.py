"""One provider for each test; key pairs are shared by the test session."""

import pytest

from support.tenants import Provider, make_keys


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    make_keys(folder)
    return folder


@pytest.fixture
def provider(tmp_path, keys):
    return Provider(tmp_path, keys)
