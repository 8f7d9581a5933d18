"""TLS on both sides, client certificates, Unix sockets, the PROXY protocol, an HTTP proxy upstream."""

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.gateway import KEY, Gateway, exchange, post, wait_until
from tests.e2e.provider import Provider
from tests.e2e.secured import Authority, TlsProvider

pytestmark = pytest.mark.slow

BODY = json.dumps({"model": "openai/m-1", "messages": []}).encode()
PROVIDERS = """
providers:
  openai:
    base_url: {url}
    api_key: env://PROVIDER_KEY
{more}
"""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Gateway]]:
    running: list[Gateway] = []
    yield running
    for gateway in running:
        assert gateway.stop() == 0


def test_tls_and_client_certificates(
    tmp_path: Path, provider: Provider, authority: Authority, started: list[Gateway]
) -> None:
    provider.reset()
    certificate, key = authority.issue("server")
    tls = f"listen: {{tls: {{certificate: {certificate}, private_key: {key}, client_ca: {authority.file}}}}}"
    gateway = Gateway(tmp_path, PROVIDERS.format(url=f"http://127.0.0.1:{provider.port}/v1", more=tls))
    started.append(gateway.start(is_ready=False))
    context = ssl.create_default_context(cafile=str(authority.file))
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # the test authority is a plain one
    context.load_cert_chain(*authority.issue("client"))

    def status() -> int:
        connection = http.client.HTTPSConnection("localhost", gateway.port, context=context, timeout=5)
        try:
            connection.request("POST", "/v1/chat/completions", BODY, {"authorization": f"Bearer {KEY}"})
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    assert wait_until(lambda: status() == 200)
    anonymous = ssl.create_default_context(cafile=str(authority.file))
    anonymous.verify_flags &= ~ssl.VERIFY_X509_STRICT  # the test authority is a plain one
    connection = http.client.HTTPSConnection("localhost", gateway.port, context=anonymous, timeout=5)

    def ask_anonymously() -> None:
        connection.request("GET", "/health/live")
        connection.getresponse()

    with pytest.raises((OSError, http.client.RemoteDisconnected)):
        ask_anonymously()


@pytest.mark.parametrize("custody", ["split", "merged"])
def test_a_provider_with_a_certificate_of_its_own_authority(
    tmp_path: Path, authority: Authority, started: list[Gateway], custody: str
) -> None:
    provider = TlsProvider(*authority.issue("provider"))
    url = f"https://localhost:{provider.port}/v1"
    config = PROVIDERS.format(url=url, more=f"    ca_file: {authority.file}")
    config += f"  stranger: {{kind: openai, base_url: '{url}', api_key: 'env://PROVIDER_KEY'}}\n"
    gateway = Gateway(tmp_path, config, custody=custody).start()
    started.append(gateway)
    assert gateway.call(BODY)[0] == 200
    status, _, body = gateway.call(BODY.replace(b"openai/", b"stranger/"))
    assert status == 502
    assert b"not trusted" in body


def test_a_unix_socket(tmp_path: Path, provider: Provider, started: list[Gateway]) -> None:
    provider.reset()
    path = tmp_path / "ng.sock"
    more = f"listen: {{unix_socket: {path}}}"
    gateway = Gateway(tmp_path, PROVIDERS.format(url=f"http://127.0.0.1:{provider.port}/v1", more=more)).start()
    started.append(gateway)
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(5)
        sock.connect(str(path))
        sock.sendall(post(BODY))
        assert sock.recv(1000).startswith(b"HTTP/1.1 200")


def test_the_proxy_protocol(tmp_path: Path, provider: Provider, started: list[Gateway]) -> None:
    provider.reset()
    more = "listen: {proxy_protocol: true, trusted_proxies: [127.0.0.1/32]}"
    gateway = Gateway(tmp_path, PROVIDERS.format(url=f"http://127.0.0.1:{provider.port}/v1", more=more))
    started.append(gateway.start(is_ready=False))
    line = b"PROXY TCP4 203.0.113.7 127.0.0.1 1 2\r\n"
    assert wait_until(lambda: "serves on" in gateway.text())
    assert exchange(gateway.port, line + post(BODY), timeout_s=1).startswith(b"HTTP/1.1 200")
    assert wait_until(lambda: gateway.rows("SELECT * FROM usage WHERE client_address = '203.0.113.7'"))
    assert exchange(gateway.port, post(BODY), timeout_s=1) == b""


@pytest.mark.parametrize("custody", ["split", "merged"])
def test_a_provider_behind_an_http_proxy(
    tmp_path: Path, provider: Provider, started: list[Gateway], custody: str
) -> None:
    provider.reset()
    proxy = _ConnectProxy()
    more = f"    proxy: http://127.0.0.1:{proxy.port}"
    url = f"http://127.0.0.1:{provider.port}/v1"
    gateway = Gateway(tmp_path, PROVIDERS.format(url=url, more=more), custody=custody).start()
    started.append(gateway)
    assert gateway.call(BODY)[0] == 200
    assert proxy.asked == [f"CONNECT 127.0.0.1:{provider.port} HTTP/1.1"]


class _ConnectProxy:
    """An HTTP proxy that knows CONNECT."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            sock, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        head = client.recv(65536).decode()
        line = head.split("\r\n", 1)[0]
        self.asked.append(line)
        host, _, port = line.split(" ")[1].rpartition(":")
        server = socket.create_connection((host, int(port)))
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        for source, sink in ((client, server), (server, client)):
            threading.Thread(target=_copy, args=(source, sink), daemon=True).start()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    finally:
        sink.close()
