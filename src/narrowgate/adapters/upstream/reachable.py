"""Which addresses a name may lead to: the public internet's, not this machine's or network's. Standard library only.

Source: https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry (read November 2026).
"""

import ipaddress

# Written out: what `ipaddress` calls global differs between patch releases of Python. Clouds serve
# credentials at 169.254.169.254, fd00:ec2::254 (both AWS) and 100.100.100.200 (Alibaba).
_NOT_PUBLIC = tuple(
    map(
        ipaddress.IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
            *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        ),
    )
)
# Of IPv6 only what is given out to the world, less these, and NAT64's way to public IPv4.
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_V4 = 0xFFFF_FFFF


def is_chosen(host: str) -> bool:
    """Whether a configured host is an address itself, or `localhost`: then private is what is meant."""
    return host.lower().rstrip(".") == "localhost" or is_address(host)


def is_address(host: str) -> bool:
    """Whether a host is an address, which no resolver is asked about."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_public(address: str) -> bool:
    """Whether an address, as the resolver gives it, is one of the public internet's."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return _is_public_v4(found)
    inner = _inner(found)
    if inner is not None:
        return _is_public_v4(inner)
    return found in _GLOBAL_V6 and not any(found in network for network in _NOT_PUBLIC_V6)


def _is_public_v4(address: ipaddress.IPv4Address) -> bool:
    return not any(address in network for network in _NOT_PUBLIC)


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address only wraps."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & _V4)
    if address in _SIX_TO_FOUR:
        return ipaddress.IPv4Address(int(address) >> 80 & _V4)
    return None
