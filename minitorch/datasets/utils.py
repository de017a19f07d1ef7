"""Fetching files: checked, resumed where they were interrupted, and whole or not there at all."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import os
import shutil
import tarfile
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tqdm import tqdm

_TRIES = 3
_CHUNK = 1 << 16
_TIMEOUT = 30.0  # seconds without a byte
_LOST = (OSError, http.client.HTTPException)


def calculate_md5(fpath: str | Path, chunk_size: int = 1024 * 1024) -> str:
    """The MD5 checksum of a file."""
    md5 = hashlib.md5(usedforsecurity=False)
    with open(fpath, "rb") as file:
        while chunk := file.read(chunk_size):
            md5.update(chunk)
    return md5.hexdigest()


def check_md5(fpath: str | Path, md5: str, **kwargs: Any) -> bool:
    """Whether a file has an MD5 checksum."""
    return md5 == calculate_md5(fpath, **kwargs)


def check_integrity(fpath: str | Path, md5: str | None = None) -> bool:
    """Whether there is a file, with this checksum if one is given."""
    return os.path.isfile(fpath) and (md5 is None or check_md5(fpath, md5))


def download_url(
    url: str,
    root: str | Path,
    filename: str | Path | None = None,
    md5: str | None = None,
    max_redirect_hops: int = 3,
) -> None:
    """Fetch a file into the folder `root`, unless it is there with this checksum.

    What has come is kept in `filename.part`, and an interrupted download goes on from there. The
    file gets its name when it is whole and its checksum is right.

    Raises:
        RuntimeError: what came has another checksum.
        urllib.error.URLError: nothing came, or not all of it.
    """
    root = os.path.expanduser(root)
    name = filename or os.path.basename(urllib.parse.urlsplit(url).path)
    target = os.path.join(root, name)
    if check_integrity(target, md5):
        return
    os.makedirs(root, exist_ok=True)
    part = f"{target}.part"
    resumed = os.path.exists(part)
    _fetch(url, part)
    if md5 is not None and not check_md5(part, md5):
        os.remove(part)
        if not resumed:
            raise RuntimeError(
                f"File not found or corrupted: {url} has not the MD5 checksum {md5}, so that it "
                "is not the published file"
            )
        download_url(url, root, filename, md5, max_redirect_hops)  # what was kept may be to blame
    else:
        os.replace(part, target)


def _fetch(url: str, part: str) -> None:
    """The whole of a file, going on when the connection is lost on the way."""
    for attempt in range(1, _TRIES + 1):
        before = _size(part)
        try:
            if _fetch_rest(url, part):
                return
            problem = f"the connection was lost after {_size(part):,} bytes"
        except urllib.error.HTTPError:
            raise
        except _LOST as error:
            if _size(part) == before and attempt == _TRIES:
                raise
            problem = str(error)
        if attempt < _TRIES:
            time.sleep(0.1 * attempt)
    raise urllib.error.URLError(f"{problem}; what came is kept, and the next try goes on there")


def _fetch_rest(url: str, part: str) -> bool:
    """Add what is missing of a file; whether all has come."""
    have = _size(part)
    headers = {"User-Agent": "minitorch", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        response = urllib.request.urlopen(
            urllib.request.Request(url, headers=headers), timeout=_TIMEOUT
        )
    except urllib.error.HTTPError as error:
        if error.code != 416:  # nothing lies beyond what is there: its checksum will tell
            raise
        return True
    with response:
        if response.status != 206:  # the server begins anew, and so does the file
            have = 0
        length = response.headers.get("Content-Length")
        total = have + int(length) if length is not None else None
        with open(part, "ab" if have else "wb") as file, _bar(url, have, total) as bar:
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                bar.update(len(chunk))
    return total is None or _size(part) >= total


def _bar(url: str, have: int, total: int | None) -> Any:
    name = os.path.basename(urllib.parse.urlsplit(url).path)
    return tqdm(desc=name, initial=have, total=total, unit="B", unit_scale=True, unit_divisor=1024)


def _size(path: str) -> int:
    return os.path.getsize(path) if os.path.exists(path) else 0


def download_from(urls: Iterable[str], root: str | Path, filename: str, md5: str | None) -> None:
    """Fetch a file from the first of several places that has it.

    Raises:
        RuntimeError: none has it; the text tells what each one said and where to put the file.
    """
    errors = []
    for url in urls:
        try:
            return download_url(url, root, filename, md5)
        except (*_LOST, RuntimeError) as error:
            errors.append(f"  {url}: {getattr(error, 'reason', None) or error}")
    raise RuntimeError(
        "\n".join(
            [
                f"Error downloading {filename}:",
                *errors,
                f"Without a network, put the file into {os.path.abspath(root)}"
                + (f" (its MD5 checksum is {md5})." if md5 else "."),
            ]
        )
    )


def extract_archive(
    from_path: str | Path, to_path: str | Path | None = None, remove_finished: bool = False
) -> str:
    """Unpack a .tar(.gz/.bz2/.xz), .zip or .gz file beside it or into a folder; where it is."""
    source = os.fspath(from_path)
    folder = os.fspath(to_path) if to_path is not None else os.path.dirname(source)
    if tarfile.is_tarfile(source):
        with tarfile.open(source) as tar:
            safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
            tar.extractall(folder, **safely)  # type: ignore[arg-type]
    elif zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            archive.extractall(folder)
    elif source.endswith(".gz"):
        name = os.path.basename(source)[: -len(".gz")]
        folder = (
            folder
            if to_path is not None and not os.path.isdir(folder)
            else os.path.join(folder, name)
        )
        _gunzip(source, folder)
    else:
        raise RuntimeError(
            f"Unknown compression or archive type: {os.path.basename(source)!r} is neither a "
            "tar, a zip nor a .gz file"
        )
    if remove_finished:
        os.remove(source)
    return folder


def _gunzip(source: str, target: str) -> None:
    part = f"{target}.part"
    with gzip.open(source) as packed, open(part, "wb") as file:
        shutil.copyfileobj(packed, file)
    os.replace(part, target)


def download_and_extract_archive(
    url: str,
    download_root: str | Path,
    extract_root: str | Path | None = None,
    filename: str | Path | None = None,
    md5: str | None = None,
    remove_finished: bool = False,
) -> None:
    """Fetch an archive and unpack it, in the same folder if no other is given."""
    download_root = os.path.expanduser(download_root)
    name = filename or os.path.basename(urllib.parse.urlsplit(url).path)
    download_url(url, download_root, name, md5)
    extract_archive(
        os.path.join(download_root, name), extract_root or download_root, remove_finished
    )
