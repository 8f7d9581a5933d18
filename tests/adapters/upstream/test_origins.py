import json

from narrowgate.adapters.upstream.origins import read_origins

ENTRY = {
    "name": "p",
    "scheme": "https",
    "host": "api.example",
    "port": 443,
    "path_prefix": "/v1/",
    "headers": [["authorization", "Bearer sk-secret"]],
    "ca_file": "",
    "proxy": "",
    "max_connections": 5,
    "connect_timeout_s": 2.5,
}


def test_head_lines_are_ready_to_send() -> None:
    origin = read_origins(json.dumps([ENTRY]).encode())[0]
    assert origin.head_lines == b"host: api.example\r\nauthorization: Bearer sk-secret\r\n"
    assert (origin.path_prefix, origin.connect_timeout_s) == (b"/v1/", 2.5)


def test_an_unusual_port_and_an_address_are_written_as_hosts() -> None:
    origin = read_origins(json.dumps([ENTRY | {"host": "::1", "port": 8443}]).encode())[0]
    assert origin.head_lines.startswith(b"host: [::1]:8443\r\n")


def test_a_table_shows_no_key() -> None:
    assert "secret" not in repr(read_origins(json.dumps([ENTRY]).encode()))


def test_private_addresses_are_not_allowed_unless_said() -> None:
    table = read_origins(json.dumps([ENTRY, ENTRY | {"allow_private": True}]).encode())
    assert [origin.allow_private for origin in table] == [False, True]
