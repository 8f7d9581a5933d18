"""What is said about the listener can be meant."""

import pytest

from narrowgate.config.listening import listen_complaints
from narrowgate.config.schema import Cors, Listen, Tls


def test_a_sensible_listener_has_no_complaints() -> None:
    listen = Listen(
        host="::",
        unix_socket="/run/narrowgate/api.sock",
        tls=Tls("cert.pem", "key.pem"),
        cors=Cors(("https://app.example", "http://localhost:3000", "*")),
        trusted_proxies=("10.0.0.0/8", "192.168.1.1", "fd00::/8"),
    )
    assert list(listen_complaints(listen)) == []
    assert list(listen_complaints(Listen())) == []


@pytest.mark.parametrize(
    ("listen", "path"),
    [
        (Listen(host=""), "listen.host"),
        (Listen(host="http://x"), "listen.host"),
        (Listen(unix_socket="/" + "x" * 120), "listen.unix_socket"),
        (Listen(tls=Tls("", "key.pem")), "listen.tls.certificate"),
        (Listen(tls=Tls("cert.pem", "")), "listen.tls.private_key"),
        (Listen(trusted_proxies=("10.0.0.0/8", "proxy")), "listen.trusted_proxies[1]"),
        (Listen(trusted_proxies=("10.1.2.3/8",)), "listen.trusted_proxies[0]"),
        (Listen(cors=Cors(("app.example",))), "listen.cors.origins[0]"),
        (Listen(cors=Cors(("https://app.example/",))), "listen.cors.origins[0]"),
        (Listen(cors=Cors(("https://App.example",))), "listen.cors.origins[0]"),
        (Listen(cors=Cors(("https://[x",))), "listen.cors.origins[0]"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_place(listen: Listen, path: str) -> None:
    (complaint,) = listen_complaints(listen)
    assert complaint.path == path


def test_an_address_within_a_network_is_answered_with_the_network() -> None:
    (complaint,) = listen_complaints(Listen(trusted_proxies=("10.1.2.3/8",)))
    assert complaint.fix == "write 10.0.0.0/8"
