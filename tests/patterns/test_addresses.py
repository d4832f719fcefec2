from ipaddress import ip_address

import pytest

from patterns.addresses import AllowList, is_public


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:4700::1111", True),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::5db8:d822", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::7f00:1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::1", False),
        ("2002:7f00:1::", False),
        ("2002:a00:1::1", False),
        ("2001:0:4136:e378:8000:63bf:80ff:fffe", False),
        ("2001:db8::1", False),
        ("fc00::1", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("ff02::1", False),
    ],
)
def test_an_address_is_public_only_if_all_that_it_carries_is(address, public):
    assert is_public(ip_address(address)) is public


@pytest.mark.parametrize(
    ("allow", "host", "port", "address", "allowed"),
    [
        ("", "x", 80, "10.0.0.1", False),
        ("", "x", 80, "93.184.216.34", True),
        ("10.0.0.0/8", "x", 80, "10.9.9.9", True),
        ("10.0.0.0/8:8080", "x", 80, "10.9.9.9", False),
        ("10.0.0.0/8:8080", "x", 8080, "10.9.9.9", True),
        ("::1", "x", 80, "::1", True),
        ("[::1]:8080", "x", 8080, "::1", True),
        ("[::1]:8080", "x", 80, "::1", False),
        ("fd00::/8", "x", 80, "fd12::1", True),
        ("erp.internal", "ERP.internal.", 80, "10.0.0.1", True),
        ("erp.internal", "evil-erp.internal", 80, "10.0.0.1", False),
        ("erp.internal:443", "erp.internal", 80, "10.0.0.1", False),
        (" erp.internal:443 ,, ", "erp.internal", 443, "10.0.0.1", True),
        ("0.0.0.0/0", "x", 80, "::1", False),
    ],
)
def test_the_allow_list_names_hosts_and_networks_with_ports(allow, host, port, address, allowed):
    assert AllowList(allow).allows(host, port, ip_address(address)) is allowed
