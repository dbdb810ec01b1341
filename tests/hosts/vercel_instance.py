"""One instance under Vercel's own Python runtime, talked to as the platform does.

The runtime connects to a unix socket and announces itself there in JSON objects that end with a NUL; requests come over
HTTP to the port that it names, with the invocation's ids in headers.
"""

import base64
import itertools
import json
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

PATIENCE = 30


class VercelInstance:
    """Starts `module`'s `app` from a bundle; stops it as the platform does, by SIGTERM."""

    def __init__(self, bundle: Path, environment: dict[str, str], module: str = "api.index") -> None:
        self._bundle = bundle
        self._module = module
        self._environment = environment
        self._invocations = itertools.count(1)
        self._arrived = threading.Condition()
        self.messages: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        path = self._bundle / "ipc.sock"
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(1)
        self._listener.settimeout(PATIENCE)
        entry = self._module.replace(".", "/") + ".py"
        self._process = subprocess.Popen(
            [sys.executable, "-c", "import vercel_runtime.vc_init"],
            cwd=self._bundle,
            env={
                **self._environment,
                "VERCEL_IPC_PATH": str(path),
                "PYTHONDONTWRITEBYTECODE": "1",
                "__VC_HANDLER_MODULE_NAME": self._module,
                "__VC_HANDLER_ENTRYPOINT": entry,
                "__VC_HANDLER_ENTRYPOINT_ABS": str(self._bundle / entry),
                "__VC_HANDLER_VENDOR_DIR": "_vendor",
                "__VC_HANDLER_VARIABLE_NAME": "app",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._platform, _ = self._listener.accept()
        self._reader = threading.Thread(target=self._read_messages)
        self._reader.start()
        started = self.wait_for("server-started", "unrecoverable-error")
        assert started["type"] == "server-started", self.log()
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{started['payload']['httpPort']}", timeout=PATIENCE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self.stop()

    def request(
        self, method: str, path: str, *, content: bytes = b"", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """One invocation, as it comes out of Vercel's proxy."""
        number = str(next(self._invocations))
        internal = {"x-vercel-internal-invocation-id": number, "x-vercel-internal-request-id": number}
        forwarded = {
            "host": "drumbeat-1a2b3c-team.vercel.app",
            "x-forwarded-proto": "https",
            "x-forwarded-for": "203.0.113.7",
        }
        return self._http.request(method, path, content=content, headers={**internal, **forwarded, **(headers or {})})

    def wait_for(self, *types: str, number: int = 1) -> dict[str, Any]:
        """The message of one of these types that came as the `number`th of them."""

        def came() -> list[dict[str, Any]]:
            return [message for message in self.messages if message["type"] in types]

        with self._arrived:
            assert self._arrived.wait_for(lambda: len(came()) >= number, timeout=PATIENCE), f"no {types}: {self.log()}"
        return came()[number - 1]

    def stop(self) -> int:
        """SIGTERM, and the process's exit status; everything it has printed is in `log` afterwards.

        The status is -15: the runtime shuts the app down and then lets the signal have its way.
        """
        self._process.send_signal(signal.SIGTERM)
        printed, _ = self._process.communicate(timeout=PATIENCE)
        self._reader.join(PATIENCE)
        self.messages.append({"type": "log", "payload": {"message": base64.b64encode(printed).decode()}})
        for opened in (self._http, self._platform, self._listener):
            opened.close()
        return self._process.returncode

    def log(self) -> str:
        """All that the platform would show in its log."""
        lines = [json.dumps(message) for message in self.messages if message["type"] != "log"]
        encoded = [message["payload"]["message"] for message in self.messages if message["type"] == "log"]
        return "\n".join(lines + [base64.b64decode(line).decode() for line in encoded])

    def _read_messages(self) -> None:
        unfinished = b""
        while chunk := self._platform.recv(65536):
            *whole, unfinished = (unfinished + chunk).split(b"\0")
            with self._arrived:
                self.messages += [json.loads(message) for message in whole]
                self._arrived.notify_all()
