"""URLs that webhooks may and may not have."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from usageflow_webhooks.domain.targets import REFUSED_PORTS, TargetRefused, parse_target


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://example.com", "example.com", 443),
        ("https://example.com/hooks?a=b", "example.com", 443),
        ("https://EXAMPLE.com:8443/", "example.com", 8443),
        ("https://example.com./", "example.com.", 443),
        ("http://receiver/", "receiver", 80),
        ("https://my_host.example/", "my_host.example", 443),
        ("https://b\u00fccher.example/", "xn--bcher-kva.example", 443),
        ("https://1.example/", "1.example", 443),
        ("https://1e100.net/", "1e100.net", 443),
        ("https://0x7f.example/", "0x7f.example", 443),
        ("https://example.com/%20path", "example.com", 443),
    ],
)
def test_names_are_taken(url: str, host: str, port: int):
    target = parse_target(url)
    assert (target.host, target.port, target.literal) == (host, port, None)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://93.184.216.34/", "93.184.216.34"),
        ("http://127.0.0.1:9000/", "127.0.0.1"),
        ("https://[2606:4700::1111]/", "2606:4700::1111"),
        ("https://[::FFFF:7f00:1]/", "::ffff:127.0.0.1"),
        ("https://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1"),
        ("https://\uff11\uff12\uff17.0.0.1/", "127.0.0.1"),
        ("https://127\u30020.0.1/", "127.0.0.1"),
    ],
)
def test_literal_addresses_are_recognised(url: str, address: str):
    assert parse_target(url).literal == ip_address(address)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "javascript:alert(1)",
        "https://",
        "https:///hooks",
        "https://?a",
        "https://user@example.com/",
        "https://user:password@example.com/",
        "https://@example.com/",
        "https://example.com@10.0.0.1/",
        "https://example.com/#part",
        "https://example.com\\@10.0.0.1/",
        "https://exam ple.com/",
        " https://example.com/",
        "https://example.com/\r\nhost: other",
        "https://example.com/\x00",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://example.com:port/",
        "https://-example.com/",
        "https://example..com/",
        "https://.example.com/",
        "https://exa%6dple.com/",
        "https://127%2e0.0.1/",
        "https://exa$mple.com/",
        "https://" + "a" * 64 + ".com/",
        "https://" + "a." * 127 + "com/",
        "https://example.com/" + "a" * 2048,
        "https://[fe80::1%25eth0]/",
        "https://[::1",
        "https://[v1.fe80]/",
        "https://[127.0.0.1]/",
        # numbers that some resolver or other would take for 127.0.0.1 or worse
        "http://127.1/",
        "http://127.0.1/",
        "http://0x7f.1/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://017700000001/",
        "http://0177.0.0.1/",
        "http://127.0.0.01/",
        "http://127.0.0.1./",
        "http://127.0.0.0x1/",
        "http://0/",
        "http://0x/",
        "http://256.1.1.1/",
        "http://1.2.3.4.5/",
        "http://a.127.0.0.1/",
        "http://4294967296/",
    ],
)
def test_other_urls_are_refused(url: str):
    with pytest.raises(TargetRefused):
        parse_target(url)


@pytest.mark.parametrize("port", [22, 25, 53, 465, 587, 1433, 3306, 5432, 6379, 9042, 11211, 27017])
def test_ports_of_mail_ssh_dns_and_databases_are_refused(port: int):
    assert port in REFUSED_PORTS
    with pytest.raises(TargetRefused):
        parse_target(f"https://example.com:{port}/")


@pytest.mark.parametrize("port", [80, 443, 3000, 8000, 8080, 8443, 9000, 65535])
def test_ports_of_receivers_are_taken(port: int):
    assert parse_target(f"https://example.com:{port}/").port == port
