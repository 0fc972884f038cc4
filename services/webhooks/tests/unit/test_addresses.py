"""Where webhooks may go: a table of addresses, each with the reason why it is in it."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usageflow_webhooks.domain.addresses import METADATA, Policy, Refusal, embedded_ipv4, judge_address, judge_answers

CLOSED = Policy()
LOCAL = Policy((ip_network("127.0.0.0/8"), ip_network("::1/128")))
WIDE = Policy((ip_network("0.0.0.0/0"), ip_network("::/0")))

PUBLIC = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 93.184.216.34 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0
169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0
198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255
2001:200:: 2001:4860:4860::8888 2003:: 2400:: 2606:4700::1111 2620:4f:7fff:: 2a00:1450:4001::1 3ffe:: 2001:db7:: 2001:db9::
""".split()  # noqa: SIM905 -- a table of addresses, not of quotes

REFUSED = """
0.0.0.0 0.1.2.3 0.255.255.255 10.0.0.0 10.1.2.3 10.255.255.255 100.64.0.0 100.64.0.1 100.127.255.255
127.0.0.0 127.0.0.1 127.1.2.3 127.255.255.255 172.16.0.0 172.16.0.1 172.31.255.255
192.0.0.0 192.0.0.8 192.0.0.9 192.0.0.10 192.0.0.170 192.0.0.255 192.0.2.0 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.0
192.88.99.1 192.168.0.0 192.168.1.1 192.168.255.255 192.175.48.1 198.18.0.0 198.18.0.1 198.19.255.255
198.51.100.0 198.51.100.1 203.0.113.0 203.0.113.255 224.0.0.0 224.0.0.1 232.1.1.1 239.255.255.255 240.0.0.0 250.1.2.3
255.255.255.254 255.255.255.255
:: ::1 ::2 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 ::8.8.8.8 ::ffff:0:127.0.0.1 ::ffff:0:8.8.8.8
64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::8.8.8.8 64:ff9b:1::1 64:ff9b:1:ffff::10.0.0.1 100:: 100::1 100:0:0:1::1
2001:: 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:1::1 2001:1::2 2001:1::3 2001:2::1 2001:3::1 2001:4:112::1
2001:10::1 2001:1f:: 2001:20::1 2001:2f:: 2001:30::1 2001:1ff:ffff:: 2001:db8:: 2001:db8::1 2001:db8:ffff::
2002:: 2002:7f00:1:: 2002:a00:1:: 2002:808:808:: 2002:ffff:ffff:: 2620:4f:8000::1 3fff:: 3fff:fff::1 3fff:0fff:ffff::
4000:: 5f00:: 5f00::1 8000:: fbff:: fc00:: fc00::1 fd00::1 fdff:ffff:: fe00:: fe80:: fe80::1 febf:: fec0:: fec0::1 feff::
ff00:: ff02::1 ff05::2 ff0e::1 ffff::
2606:4700:0:0:0:5efe:127.0.0.1 2606:4700:0:0:200:5efe:10.0.0.1
""".split()  # noqa: SIM905 -- a table of addresses, not of quotes

NEVER = """
169.254.0.1 169.254.169.254 169.254.170.2 169.254.170.23 169.254.169.253 169.254.42.42 100.100.100.200 168.63.129.16
192.0.0.192 fd00:ec2::254 fd00:ec2::23 fd20:ce::254 fd00:c1::a9fe:a9fe fd00:42::42 fe80::a9fe:a9fe
::ffff:169.254.169.254 ::169.254.169.254 ::ffff:0:169.254.169.254 64:ff9b::169.254.169.254 64:ff9b:1::169.254.169.254
2002:a9fe:a9fe:: 2001:0:a9fe:a9fe:: 2001:0:0:0:0:0:5601:5601 2606:4700:0:0:0:5efe:169.254.169.254 ::ffff:100.100.100.200
64:ff9b::168.63.129.16
""".split()  # noqa: SIM905 -- a table of addresses, not of quotes


def test_the_tables_are_long_enough_to_mean_something():
    assert len(REFUSED) + len(NEVER) > 130
    assert len(set(PUBLIC + REFUSED + NEVER)) == len(PUBLIC + REFUSED + NEVER)


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_pass_by_https_alone(text: str):
    assert judge_address(ip_address(text), CLOSED, scheme="https") is None
    assert judge_address(ip_address(text), CLOSED, scheme="http") is Refusal.PLAIN_HTTP


@pytest.mark.parametrize("text", REFUSED)
def test_special_purpose_addresses_are_refused_unless_an_operator_opens_their_network(text: str):
    assert judge_address(ip_address(text), CLOSED, scheme="https") is Refusal.SPECIAL
    assert judge_address(ip_address(text), WIDE, scheme="http") is None


@pytest.mark.parametrize("text", NEVER)
def test_metadata_services_are_refused_whatever_is_open(text: str):
    for policy in (CLOSED, WIDE):
        assert judge_address(ip_address(text), policy, scheme="https") is Refusal.METADATA


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("::2", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::127.0.0.1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_an_open_network_opens_itself_and_no_disguise_of_it(text: str, *, allowed: bool):
    assert (judge_address(ip_address(text), LOCAL, scheme="http") is None) is allowed


@pytest.mark.parametrize("text", ["fe80::1%eth0", "2606:4700::1111%2"])
def test_an_address_with_a_scope_is_refused(text: str):
    assert judge_address(ip_address(text), WIDE, scheme="https") is Refusal.SCOPED


def test_a_name_is_as_good_as_the_worst_of_its_addresses():
    good, bad = ip_address("93.184.216.34"), ip_address("10.0.0.1")
    assert judge_answers([good], CLOSED, scheme="https") is None
    for answers in ([good, bad], [bad, good], [bad]):
        assert judge_answers(answers, CLOSED, scheme="https") is Refusal.SPECIAL


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:{}", "::{}", "64:ff9b::{}", "64:ff9b:1::{}", "::ffff:0:{}"]))
def test_an_embedded_address_is_found(inner: object, form: str):
    outer = ip_address(form.format(inner))
    assert inner in set(embedded_ipv4(outer))  # type: ignore[arg-type]  # an IPv6 address, by the form


@given(st.sampled_from(METADATA).flatmap(lambda network: st.ip_addresses(network=network)))
def test_no_allow_list_opens_any_of_the_metadata_networks(address):
    assert judge_address(address, WIDE, scheme="https") is Refusal.METADATA
