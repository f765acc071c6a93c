"""Files are found in the stated order, verified wherever they lie, downloaded once, and errors are one clear line."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from filelock import FileLock

from tasks.fetch import DataError, DataFile, data_folders, find, offline, read_bytes

CONTENT = b"sixty thousand digits"
SUM = hashlib.sha256(CONTENT).hexdigest()
UNREACHABLE = "http://127.0.0.1:9/"  # the discard port, where nothing listens


@dataclass
class Folders:
    user: Path
    cache: Path


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    """The two folders that are looked through, not made yet; no test sees the real ones."""
    places = Folders(tmp_path / "user", tmp_path / "cache")
    monkeypatch.setenv("GUMBEL_BENCH_DATA", str(places.user))
    monkeypatch.setattr("pooch.os_cache", lambda name: places.cache)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return places


@dataclass
class Mirrors:
    """A server on this machine.

    Attributes:
        pages: by path.
        asked: the paths that were asked for, in order.
        wait: is called before each answer.
    """

    address: str
    pages: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    wait: Callable[[], object] = lambda: None


@pytest.fixture
def mirrors() -> Iterator[Mirrors]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            served.wait()
            page = served.pages.get(self.path)
            self.send_response(404 if page is None else 200)
            self.send_header("Content-Length", str(len(page or b"")))
            self.end_headers()
            self.wfile.write(page or b"")

        def log_message(self, format: str, *args: object) -> None:
            """Keeps the output of the tests quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Mirrors(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield served
    server.shutdown()
    server.server_close()
    thread.join()


def data_file(*mirrors: str) -> DataFile:
    return DataFile("mnist/digits.gz", SUM, mirrors or (UNREACHABLE,))


def put(folder: Path, content: bytes = CONTENT) -> Path:
    path = folder / "mnist" / "digits.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


def message(file: DataFile) -> str:
    """The error of looking for the file, after a check that it is one line."""
    with pytest.raises(DataError) as caught:
        find(file)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_users_folder_comes_before_the_cache(folders: Folders) -> None:
    put(folders.cache)
    path = put(folders.user)
    assert find(data_file()) == path


def test_a_tilde_in_the_users_folder_is_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GUMBEL_BENCH_DATA", "~/data")
    assert next(data_folders()) == tmp_path / "data"


def test_the_cache_is_used_where_the_users_folder_lacks_the_file(folders: Folders) -> None:
    path = put(folders.cache)
    assert find(data_file()) == path


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT.upper(), b""], ids=["truncated", "altered", "empty"])
@pytest.mark.parametrize("place", ["user", "cache"])
def test_a_damaged_file_is_named_and_neither_used_nor_replaced(
    folders: Folders, mirrors: Mirrors, place: str, content: bytes
) -> None:
    path = put(getattr(folders, place), content)
    mirrors.pages["/digits.gz"] = CONTENT
    text = message(data_file(f"{mirrors.address}/"))
    assert str(path) in text
    assert SUM[:12] in text
    assert "replace it" in text
    assert path.read_bytes() == content
    assert mirrors.asked == []


def test_a_file_may_be_known_by_its_git_id(folders: Folders, mirrors: Mirrors) -> None:
    git_id = "git:0f635663492a8ddfbf3980d07919a003fa8ec91a"
    mirrors.pages["/digits.gz"] = CONTENT
    file = DataFile("mnist/digits.gz", git_id, (f"{mirrors.address}/",))
    assert find(file).read_bytes() == CONTENT
    put(folders.user, CONTENT[:-1])
    assert "20 bytes with git id git:" in message(file)


def test_a_directory_in_the_place_of_a_file_is_named(folders: Folders) -> None:
    path = folders.user / "mnist" / "digits.gz"
    path.mkdir(parents=True)
    text = message(data_file())
    assert str(path) in text
    assert "directory" in text


def _deny(path: Path) -> None:
    raise PermissionError(13, "Permission denied", str(path))


@pytest.mark.parametrize("method", ["exists", "read_bytes"], ids=["folder", "file"])
def test_what_may_not_be_read_is_named(folders: Folders, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    path = put(folders.user)
    monkeypatch.setattr(Path, method, _deny)
    text = message(data_file())
    assert str(path) in text
    assert "Permission denied" in text
    assert "GUMBEL_BENCH_DATA" in text


def test_reading_a_file_that_has_gone_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone.*cannot be read"):
        read_bytes(tmp_path / "gone")


def test_without_a_network_the_error_says_what_to_put_where(folders: Folders) -> None:
    text = message(data_file())
    for part in ("digits.gz", str(folders.user), str(folders.cache), UNREACHABLE, "mnist/digits.gz", "data=mnist5k"):
        assert part in text


def test_a_failure_without_a_text_is_named_by_its_type(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> None:
        raise TimeoutError

    monkeypatch.setattr("pooch.retrieve", fail)
    assert f"{UNREACHABLE} (TimeoutError)" in message(data_file())


def test_a_cache_that_cannot_be_written_is_named(folders: Folders, mirrors: Mirrors) -> None:
    folders.cache.write_text("a file in the place of the folder")
    text = message(data_file(f"{mirrors.address}/"))
    assert str(folders.cache) in text
    assert "GUMBEL_BENCH_DATA" in text


def test_mirrors_are_tried_in_turn_until_one_has_the_right_file(folders: Folders, mirrors: Mirrors) -> None:
    mirrors.pages |= {"/altered/digits.gz": CONTENT.upper(), "/good/digits.gz": CONTENT, "/spare/digits.gz": CONTENT}
    file = data_file(UNREACHABLE, *(f"{mirrors.address}/{name}/" for name in ("lacks", "altered", "good", "spare")))
    path = find(file)
    assert path == folders.cache / "mnist" / "digits.gz"
    assert path.read_bytes() == CONTENT
    assert mirrors.asked == ["/lacks/digits.gz", "/altered/digits.gz", "/good/digits.gz"]


def test_a_download_is_kept_for_the_next_time(folders: Folders, mirrors: Mirrors) -> None:
    mirrors.pages["/digits.gz"] = CONTENT
    file = data_file(f"{mirrors.address}/")
    assert find(file) == find(file)
    assert len(mirrors.asked) == 1


def test_cells_that_start_together_download_once(
    folders: Folders, mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no answer before all of them have found that the file is not there."""
    together = threading.Barrier(5)

    def lock(path: str) -> FileLock:
        waiting.submit(together.wait)
        return FileLock(path)

    monkeypatch.setattr("tasks.fetch.FileLock", lock)
    mirrors.pages["/digits.gz"], mirrors.wait = CONTENT, together.wait
    file = data_file(f"{mirrors.address}/")
    with ThreadPoolExecutor(4) as waiting, ThreadPoolExecutor(4) as pool:
        paths = {run.result() for run in [pool.submit(find, file) for _ in range(4)]}
    assert paths == {folders.cache / "mnist" / "digits.gz"}
    assert len(mirrors.asked) == 1


def test_nothing_is_asked_for_where_nothing_may_be_downloaded(folders: Folders, mirrors: Mirrors) -> None:
    with offline(), pytest.raises(DataError, match="nothing is downloaded here"):
        find(data_file(f"{mirrors.address}/"))
    assert mirrors.asked == []
