#!/usr/bin/env python3
"""Let Bora and huggingface_hub use one cache: each reads offline what the other fetched, fetches
nothing that the other has, lists the same and waits for the other's locks.

Both fetch from a small hub that this script runs on loopback. Exits with 1 where they differ.

usage: compare_hub_cache.py --bora .build/release/bora
"""
import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlparse

MODEL = "owner/model"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
PATTERNS = ["*.json", "*.safetensors"]


def contents() -> dict[str, bytes]:
    """The files of the repository: a sharded model and what else lies around."""
    numbers = random.Random(1)
    shards = {f"model-0000{n}-of-00002.safetensors": numbers.randbytes(3_000_000) for n in (1, 2)}
    index = {"weight_map": {f"w{i}": name for i, name in enumerate(shards)}}
    return shards | {
        "config.json": b'{"model_type": "llama"}',
        "model.safetensors.index.json": json.dumps(index).encode(),
        "tokenizer.json": b'{"version": "1.0"}',
        "README.md": b"A model.",
    }


FILES = contents()


def is_large(name: str) -> bool:
    return name.endswith(".safetensors")


def tag(name: str) -> str:
    """The entity tag: SHA-256 of a large file, the Git object of a small one."""
    content = FILES[name]
    if is_large(name):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()


class Hub(BaseHTTPRequestHandler):
    """Answers as the hub does, as far as both clients ask it."""

    protocol_version = "HTTP/1.1"
    fetched: list[str] = []

    def log_message(self, *_):
        pass

    def answer(self, status: int, body: bytes = b"", **fields: str):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        path = unquote(urlparse(self.path).path)
        if path.startswith("/blobs/"):
            name = next(n for n in FILES if tag(n) == path.removeprefix("/blobs/"))
            return self.send_file(name, ETag='"of-the-storage"')
        if path.startswith(f"/api/models/{MODEL}"):
            return self.answer(200, json.dumps(self.description(path)).encode(),
                               Content_Type="application/json")
        name = path.removeprefix(f"/{MODEL}/resolve/").split("/", 1)[1]
        if name not in FILES:
            return self.answer(404, X_Error_Code="EntryNotFound")
        if is_large(name):
            host = f"http://localhost:{self.server.server_port}"
            return self.answer(302, Location=f"{host}/blobs/{tag(name)}", X_Repo_Commit=COMMIT,
                               X_Linked_Etag=f'"{tag(name)}"', X_Linked_Size=str(len(FILES[name])))
        return self.send_file(name, X_Repo_Commit=COMMIT, ETag=f'"{tag(name)}"')

    do_HEAD = do_GET

    def send_file(self, name: str, **fields: str):
        content = FILES[name]
        if self.command == "GET":
            self.fetched.append(name)
        wanted = self.headers.get("Range")
        if wanted is None:
            return self.answer(200, content, **fields)
        first, last = wanted.removeprefix("bytes=").split("-")
        first, last = int(first), min(int(last or len(content)), len(content) - 1)
        self.answer(206, content[first:last + 1],
                    Content_Range=f"bytes {first}-{last}/{len(content)}", **fields)

    @staticmethod
    def description(path: str):
        if "/tree/" in path:
            return [
                {"type": "file", "path": name, "size": len(content), "oid": tag(name)}
                | ({"lfs": {"oid": tag(name), "size": len(content), "pointerSize": 134}}
                   if is_large(name) else {})
                for name, content in FILES.items()
            ]
        return {"id": MODEL, "sha": COMMIT, "siblings": [{"rfilename": name} for name in FILES]}


def check(condition: bool, what: str):
    print(f"{'ok' if condition else 'DIFFERS'}: {what}")
    if not condition:
        sys.exit(1)


def bora(program: str, cache: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [program, *arguments, "--hub-cache", str(cache)], capture_output=True, text=True)


def holds_the_model(folder: Path) -> bool:
    wanted = [name for name in FILES if name != "README.md"]
    return all((folder / name).read_bytes() == FILES[name] for name in wanted)


def bora_first(program: str, cache: Path):
    """huggingface_hub uses what Bora fetched."""
    from filelock import FileLock
    from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download

    lock = cache / ".locks" / "models--owner--model" / (tag("config.json") + ".lock")
    lock.parent.mkdir(parents=True)
    with FileLock(lock):
        process = subprocess.Popen(
            [program, "pull", MODEL, "--hub-cache", str(cache)], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        line = next(line for line in process.stderr if "another process" in line)
        check("config.json" in line, "Bora waits for a lock of huggingface_hub")
    output, errors = process.communicate()
    check(process.returncode == 0, f"Bora pulls when the lock is free {errors.strip()}")
    folder = Path(output.strip())
    check(holds_the_model(folder), "what Bora pulled is right")
    found = snapshot_download(
        MODEL, cache_dir=cache, local_files_only=True, allow_patterns=PATTERNS)
    check(Path(found) == folder, "huggingface_hub finds Bora's snapshot offline")
    for name in ["config.json", "model-00001-of-00002.safetensors"]:
        path = hf_hub_download(MODEL, name, cache_dir=cache, local_files_only=True)
        check(Path(path) == folder / name, f"huggingface_hub finds Bora's {name} offline")
    Hub.fetched.clear()
    snapshot_download(MODEL, cache_dir=cache, allow_patterns=PATTERNS)
    check(not Hub.fetched, f"huggingface_hub fetches nothing that Bora has {Hub.fetched}")
    scan = scan_cache_dir(cache)
    check(not scan.warnings, f"huggingface_hub finds the cache in order {scan.warnings}")
    listing = json.loads(bora(program, cache, "list", "--json").stdout)["models"]
    (repository,) = scan.repos
    (revision,) = repository.revisions
    check(
        [(m["id"], m["commit"], m["revisions"], m["files"], m["bytes"]) for m in listing]
        == [(repository.repo_id, revision.commit_hash, sorted(revision.refs),
             len(revision.files), revision.size_on_disk)],
        "both list the same")
    scan.delete_revisions(COMMIT).execute()
    check(bora(program, cache, "pull", MODEL, "--offline").returncode == 1,
          "what huggingface_hub deleted is gone for Bora")


def python_first(program: str, cache: Path):
    """Bora uses what huggingface_hub fetched."""
    from huggingface_hub import scan_cache_dir, snapshot_download

    folder = Path(snapshot_download(MODEL, cache_dir=cache, allow_patterns=PATTERNS))
    check(holds_the_model(folder), "what huggingface_hub fetched is right")
    Hub.fetched.clear()
    offline = bora(program, cache, "pull", MODEL, "--offline")
    check(offline.stdout.strip() == str(folder),
          f"Bora finds huggingface_hub's snapshot offline {offline.stderr.strip()}")
    online = bora(program, cache, "pull", MODEL)
    check(online.stdout.strip() == str(folder) and not Hub.fetched,
          f"Bora fetches nothing that huggingface_hub has {Hub.fetched} {online.stderr.strip()}")
    removed = bora(program, cache, "remove", MODEL, "--yes")
    check(removed.returncode == 0 and not scan_cache_dir(cache).repos,
          f"what Bora removed is gone for huggingface_hub {removed.stderr.strip()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bora", required=True, help="the program")
    program = str(Path(parser.parse_args().bora).resolve())
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # huggingface_hub reads its settings when it is imported.
    os.environ |= {
        "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    with tempfile.TemporaryDirectory() as folder:
        bora_first(program, Path(folder).resolve() / "bora")
        python_first(program, Path(folder).resolve() / "python")


if __name__ == "__main__":
    main()
