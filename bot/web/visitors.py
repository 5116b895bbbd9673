"""Visitors of the page: they have no name and are distinguished by their addresses."""

import hashlib
from ipaddress import IPv6Address, ip_address, ip_network

from bot.visitors import Visitor

_IPV6_HOME = 64
"""Bits that the addresses of one household share."""
_BEYOND_TELEGRAM = 1 << 60
"""Ids of people and chats on Telegram are smaller."""


def visitor_at(host: str | None) -> Visitor:
    """Returns the visitor at an address; the address itself is not kept.

    Args:
        host: an IP address; None or anything else where it is not known.
    """
    digest = hashlib.sha256(_household(host or "").encode("utf-8", "replace")).digest()
    number = -_BEYOND_TELEGRAM - int.from_bytes(digest[:7])
    return Visitor(number, number)


def _household(host: str) -> str:
    """Returns what one person cannot change at will: the first half of an IPv6 address."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        address = IPv6Address(int(address))  # without its zone
        return str(ip_network((address, _IPV6_HOME), strict=False))
    return str(address)
