"""What the tests of this plugin share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A place of their own for weights that are joined and for remembered hashes; the user's cache is left as it is."""
    folder = tmp_path_factory.mktemp("voicebridge-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEBRIDGE_HOME", str(folder))
        yield
    shutil.rmtree(folder, ignore_errors=True)  # the weights of base are large, and pytest would keep them for three runs
