"""Which network addresses are public."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address

_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")
_ISATAP = 0x5EFE
"""In the middle of an address that leads to an IPv4 one within a site, RFC 5214."""
_ALSO_SPECIAL = (
    ip_network("3fff::/20"),  # documentation, RFC 9637
    ip_network("5f00::/16"),  # segment routing, RFC 9602
    ip_network("192.0.0.0/24"),  # protocol assignments, RFC 6890
    ip_network("192.88.99.0/24"),  # relays of 6to4, RFC 7526
)
"""Special addresses that older versions of Python take for public."""


def is_public(address: Address) -> bool:
    """Returns whether an address belongs to the public internet.

    An IPv6 address that leads to an IPv4 one is as public as that one.
    """
    if isinstance(address, IPv6Address) and (inner := _within(address)):
        return is_public(inner)
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    if isinstance(address, IPv6Address) and (address.is_site_local or _within_a_site(address)):
        return False
    return address.is_global and not special and not any(address in net for net in _ALSO_SPECIAL)


def _within_a_site(address: IPv6Address) -> bool:
    """Returns whether routers of a site take an address for an IPv4 one that is not public."""
    # Of the first half of its interface's part, one bit tells whether the other is unique.
    leads = int(address) >> 32 & 0xFDFF_FFFF == _ISATAP
    return leads and not is_public(IPv4Address(int(address) & 0xFFFF_FFFF))


def _within(address: IPv6Address) -> IPv4Address | None:
    """Returns the IPv4 address that an IPv6 one stands for, if any."""
    if address in _NAT64 or address in _COMPATIBLE:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
