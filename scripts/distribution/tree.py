"""Files to be archived: names, contents and modes, without owners and times of the machine that packs them."""

import dataclasses
import io
import pathlib
import tarfile


@dataclasses.dataclass(frozen=True)
class Entry:
    content: bytes = b""
    mode: int = 0o644
    # The target of a symbolic link.
    link: str | None = None
    is_folder: bool = False


class Tree:
    """A file system below /, in the order of its names."""

    def __init__(self):
        self.entries = {}

    def add(self, path, content, mode=0o644):
        """Adds a file: bytes, text, or the path of a file."""
        if isinstance(content, pathlib.Path):
            content = content.read_bytes()
        self._put(path, Entry(content.encode() if isinstance(content, str) else content, mode))

    def link(self, path, target):
        self._put(path, Entry(link=target))

    def folder(self, path, mode=0o755):
        self._put(path, Entry(mode=mode, is_folder=True))

    def _put(self, path, entry):
        path = str(path).strip("/")
        assert path not in self.entries, f"/{path} is added twice"
        self.entries[path] = entry

    def complete(self):
        """All entries by name, with the folders that nobody added."""
        found = dict(self.entries)
        for path in self.entries:
            for parent in list(pathlib.PurePosixPath(path).parents)[:-1]:
                found.setdefault(str(parent), Entry(mode=0o755, is_folder=True))
        return dict(sorted(found.items()))

    def write_to(self, folder):
        """Writes the entries below a folder."""
        for path, entry in self.complete().items():
            target = pathlib.Path(folder) / path
            if entry.is_folder:
                target.mkdir()
            elif entry.link is not None:
                target.symlink_to(entry.link)
            else:
                target.write_bytes(entry.content)
            if entry.link is None:
                target.chmod(entry.mode)

    def tar(self, moment, prefix=""):
        """A tar archive of root's: the same bytes for the same entries."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT) as made:
            for path, entry in self.complete().items():
                info = tarfile.TarInfo(prefix + path)
                info.mtime, info.mode, info.uname, info.gname = moment, entry.mode, "root", "root"
                if entry.is_folder:
                    info.type = tarfile.DIRTYPE
                elif entry.link is not None:
                    info.type, info.linkname, info.mode = tarfile.SYMTYPE, entry.link, 0o777
                info.size = len(entry.content)
                made.addfile(info, io.BytesIO(entry.content))
        return archive.getvalue()
