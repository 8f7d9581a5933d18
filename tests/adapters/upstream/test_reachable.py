"""Only the public internet's addresses are public, however they are written."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.adapters.upstream.reachable import is_address, is_chosen, is_public


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.100.100.200", "0.0.0.0"),
        *("169.254.169.254", "169.254.170.2", "192.0.0.192", "198.18.0.1", "224.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "fc00::1", "ff02::1", "2001:db8::1", "2001::1"),
        *("::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "64:ff9b:1::1", "::a9fe:a9fe"),
        *("", "junk", "169.254.169.254.", "0x7f.1", "2852039166"),
    ],
)
def test_these_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "8.8.8.8", "104.18.7.192", "172.15.0.1", "172.32.0.1", "2606:4700::6812:7c0", "64:ff9b::808:808"],
)
def test_these_are_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_changes_nothing(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    wrapped = [f"::ffff:{address}", str(ipaddress.IPv6Address((0x64FF9B << 96) | number))]
    wrapped.append(str(ipaddress.IPv6Address((0x2002 << 112) | (number << 80))))
    assert {is_public(one) for one in wrapped} == {is_public(str(address))}


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified:
        assert not is_public(str(address))


def test_an_address_or_localhost_is_chosen_and_a_name_is_not() -> None:
    assert all(map(is_chosen, ("127.0.0.1", "::1", "localhost", "LOCALHOST.", "10.0.0.1")))
    assert not any(map(is_chosen, ("ollama", "api.example", "localhost.example", "127.0.0.1.nip.io")))
    assert not is_address("localhost")
