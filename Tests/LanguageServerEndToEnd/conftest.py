import shutil

import pytest
from editor import ROOT, Editor


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "repo"
    shutil.copytree(ROOT / "sample-repo", folder)
    return folder


@pytest.fixture
def editor(repository):
    with Editor(repository) as running:
        running.start()
        yield running
