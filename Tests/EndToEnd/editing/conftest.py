import pytest

from support.work import Work


@pytest.fixture
def work(tmp_path):
    return Work(tmp_path)
