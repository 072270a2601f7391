"""A wall clock of one program, which can be wrong."""

import pathlib
import subprocess


class Clock:
    """Shifts the clock of a program that is started with its `environment`."""

    def __init__(self, folder, seconds=0):
        self.file = pathlib.Path(folder) / "clock"
        library = pathlib.Path(folder) / "clock.so"
        source = pathlib.Path(__file__).parent / "clock.c"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source, "-ldl"], check=True)
        self.environment = {"LD_PRELOAD": str(library), "WPEX_TEST_CLOCK": str(self.file)}
        self.shift(seconds)

    def shift(self, seconds):
        new = self.file.with_suffix(".new")
        new.write_text(f"{seconds}\n")
        new.replace(self.file)
