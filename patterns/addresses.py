"""Which network addresses a pattern may reach: public ones, and those that the operator allows."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that is assigned for the public IPv6 internet
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether an address, and every IPv4 address it carries, is one of the public internet."""
    return all(_is_public(inner) for inner in _carried(address))


def _carried(address: Address) -> Iterator[Address]:
    """The addresses that a packet to `address` may end up at: translators and tunnels unwrap what is inside."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
    elif address.ipv4_mapped:
        yield address.ipv4_mapped
    elif address in NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    else:
        yield address
        yield from address.teredo or ()
        if address.sixtofour:
            yield address.sixtofour


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        # Teredo (2001::/32) is not global in itself; what it carries is judged in its place.
        return address in GLOBAL_UNICAST and (address.is_global or address.teredo is not None)
    return address.is_global and not address.is_multicast and not address.is_reserved


@dataclass(frozen=True)
class _Rule:
    """One entry of the allow list: a network or a host name, at one port or at all."""

    network: Network | None
    host: str
    port: int | None

    def allows(self, host: str, port: int, address: Address) -> bool:
        if self.port not in (None, port):
            return False
        if self.network is None:
            return host.lower().rstrip(".") == self.host
        return address in self.network


class AllowList:
    """Hosts and networks, comma separated, that may be reached although they are private.

    An entry is a host name, an address or a network (CIDR), each with `:port` behind it or without.
    """

    def __init__(self, text: str) -> None:
        self._rules = [_rule(entry.strip().lower()) for entry in text.split(",") if entry.strip()]

    def allows(self, host: str, port: int, address: Address) -> bool:
        """Whether `host`, which resolved to `address`, may be reached at `port`."""
        plain = getattr(address, "ipv4_mapped", None) or address
        return is_public(address) or any(rule.allows(host, port, plain) for rule in self._rules)


def _rule(entry: str) -> _Rule:
    network = _network(entry)
    host, colon, port = entry.rpartition(":")
    if network is None and colon and port.isdecimal():
        return _Rule(_network(host), host.rstrip("."), int(port))
    return _Rule(network, entry.rstrip("."), None)


def _network(text: str) -> Network | None:
    is_bracketed = text.startswith("[") and text.endswith("]")
    try:
        return ipaddress.ip_network(text[1:-1] if is_bracketed else text, strict=False)
    except ValueError:
        return None
