

import pytest

from support.editor import Editor
from support.sample import copy_sample


@pytest.fixture
def repository(tmp_path):
    return copy_sample(tmp_path / "repo")


@pytest.fixture
def editor(repository):
    with Editor(repository) as running:
        running.start()
        yield running
