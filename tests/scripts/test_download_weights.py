"""A tag's weights come over HTTP from a hub: here one that this test serves on this machine."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save

from radfuse.features.backbone import timm

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow" / "scripts"
ARCHITECTURE, TAG = "test_resnet", "r160_in1k"
DOWNLOAD = """
import json, sys, time
from pathlib import Path
time.sleep = lambda seconds: None  # the library tries again and again, waiting longer each time
from download_weights import main
from radfuse.errors import StudyError
try:
    main(json.loads(sys.argv[1]), sys.argv[2])
except StudyError as error:
    sys.exit("\\n".join(error.problems))
"""


class Hub(ThreadingHTTPServer):
    """Serves one file as a model hub does: its digest as ETag, the commit, its size."""

    def __init__(self, content: bytes) -> None:
        self.content, self.asked = content, []
        super().__init__(("127.0.0.1", 0), Answer)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self.server.asked.append((self.command, self.path))
        known = self.path == f"/timm/{ARCHITECTURE}.{TAG}/resolve/main/model.safetensors"
        self.send_response(200 if known else 404)
        if known:
            self.send_header("ETag", f'"{hashlib.sha256(self.server.content).hexdigest()}"')
            self.send_header("X-Repo-Commit", "0" * 40)
            self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        self.wfile.write(self.server.content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    torch.manual_seed(3)
    return timm.create_model(ARCHITECTURE, pretrained=False)


@pytest.fixture(scope="module")
def hub(network) -> Iterator[Hub]:
    server = Hub(save(network.state_dict()))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def download(address: str, place: Path, sha256: str | None = None) -> subprocess.CompletedProcess:
    backbone = {"architecture": ARCHITECTURE, "weights": TAG, "sha256": sha256}
    return subprocess.run(
        [sys.executable, "-c", DOWNLOAD, json.dumps(backbone), str(place / "w.safetensors")],
        env={
            **{k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")},
            "PYTHONPATH": str(SCRIPTS),
            "HF_ENDPOINT": address,
            "HF_HOME": str(place / "hub"),
            "HF_HUB_DISABLE_TELEMETRY": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_hub_s_weights_are_saved_without_the_classifier(hub, network, tmp_path):
    completed = download(hub.address, tmp_path)
    assert completed.returncode == 0, completed.stderr
    assert ("GET", f"/timm/{ARCHITECTURE}.{TAG}/resolve/main/model.safetensors") in hub.asked
    saved = load_file(tmp_path / "w.safetensors")
    theirs = {name: t for name, t in network.state_dict().items() if not name.startswith("fc.")}
    assert set(saved) == set(theirs) and len(theirs) > 10
    assert all(torch.equal(saved[name], theirs[name]) for name in theirs)


def test_weights_of_another_digest_are_refused(hub, tmp_path):
    completed = download(hub.address, tmp_path, sha256="0" * 64)
    assert completed.returncode != 0 and "E32 backbone" in completed.stderr


def test_a_hub_that_does_not_answer_is_an_error_and_no_random_weights(hub, tmp_path):
    completed = download("http://127.0.0.1:9", tmp_path)
    assert completed.returncode != 0
    expected = f"E30 backbone: the weights of {ARCHITECTURE}.{TAG} could not be downloaded"
    assert expected in completed.stderr
    assert not (tmp_path / "w.safetensors").exists()
