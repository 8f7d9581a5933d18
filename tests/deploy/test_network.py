"""Who may connect, and whom the gateway may: from the configured origins."""

from narrowgate.deploy.network import cilium_policy, network_policies
from narrowgate.deploy.site import End, Site
from tests.deploy.sites import listening, site

LABELS = {"app": "narrowgate"}


def rules(at: Site) -> list[dict[str, object]]:
    spec = network_policies(at, "ns", LABELS, 4000)[1].content["spec"]
    assert isinstance(spec, dict)
    found: list[dict[str, object]] = spec["egress"]
    return found


def blocks(rule: dict[str, object]) -> list[str]:
    peers = rule["to"]
    assert isinstance(peers, list)
    return [peer["ipBlock"]["cidr"] for peer in peers if "ipBlock" in peer]


def ports(rule: dict[str, object]) -> list[int]:
    found = rule["ports"]
    assert isinstance(found, list)
    return [port["port"] for port in found]


def test_everything_is_shut_first() -> None:
    shut = network_policies(site(), "ns", LABELS, 4000)[0].content
    assert shut["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_an_address_is_let_through_alone() -> None:
    only = rules(listening(End("10.0.0.5", 8000), End("fd00::5", 8000)))
    assert [(blocks(rule), ports(rule)) for rule in only] == [(["10.0.0.5/32"], [8000]), (["fd00::5/128"], [8000])]


def test_name_servers_are_let_through_only_when_there_are_names() -> None:
    assert len(rules(listening(End("10.0.0.5", 8000)))) == 1
    first, second = rules(listening(End("api.example", 443)))
    assert ports(first) == [53, 53]
    assert ports(second) == [443]


def test_a_public_name_opens_no_private_network() -> None:
    rule = rules(listening(End("a.example", 443), End("b.example", 443), End("c.example", 8443)))[1]
    assert ports(rule) == [443, 8443], "hosts alike share a rule"
    peers = rule["to"]
    assert isinstance(peers, list)
    assert {"10.0.0.0/8", "169.254.0.0/16"} <= set(peers[0]["ipBlock"]["except"])
    assert "fc00::/7" in peers[1]["ipBlock"]["except"]


def test_a_name_that_may_be_private_opens_all_addresses_at_its_port() -> None:
    rule = rules(listening(End("llm.corp.example", 443, may_be_private=True)))[1]
    assert rule["to"] == [{"ipBlock": {"cidr": "0.0.0.0/0"}}, {"ipBlock": {"cidr": "::/0"}}]


def test_a_service_of_the_cluster_opens_its_namespace() -> None:
    for host in ("vllm.models.svc", "vllm.models.svc.cluster.local."):
        rule = rules(listening(End(host, 8000)))[1]
        assert rule["to"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "models"}}}]


def test_what_the_policy_cannot_say_stands_above_it() -> None:
    said = "\n".join(network_policies(site(), "ns", LABELS, 4000)[1].comments)
    assert "cannot hold names" in said
    assert "api.openai.com:443 (openai), public" in said
    assert "llm.corp.example:443 (corp), private or public" in said
    assert "localhost:11434 (beside) is in the pod itself" in said
    assert "vllm.models.svc: the pods behind the service" in said


def test_only_labelled_namespaces_come_in() -> None:
    spec = network_policies(site(), "ns", LABELS, 4000)[1].content["spec"]
    assert isinstance(spec, dict)
    clients = {"namespaceSelector": {"matchLabels": {"narrowgate/client": "true"}}}
    assert spec["ingress"] == [{"from": [clients], "ports": [{"protocol": "TCP", "port": 4000}]}]


def test_cilium_holds_the_names_themselves() -> None:
    spec = cilium_policy(site(), "ns", LABELS, 4000).content["spec"]
    assert isinstance(spec, dict)
    dns, *others = spec["egress"]
    asked = [one["matchName"] for one in dns["toPorts"][0]["rules"]["dns"]]
    assert "api.openai.com" in asked
    assert "vllm.models.svc.cluster.local" in asked
    assert "localhost" not in asked
    named = [rule["toFQDNs"][0]["matchName"] for rule in others if "toFQDNs" in rule]
    assert named == ["api.groq.com", "api.openai.com", "llm.corp.example", "proxy.corp.example"]
    assert [rule["toCIDR"] for rule in others if "toCIDR" in rule] == [["10.0.0.5/32"], ["fd00::5/128"]]
    assert all(rule["toPorts"] for rule in others)


def test_cilium_asks_no_name_server_for_addresses() -> None:
    spec = cilium_policy(listening(End("10.0.0.5", 80)), "ns", LABELS, 4000).content["spec"]
    assert isinstance(spec, dict)
    assert [list(rule) for rule in spec["egress"]] == [["toCIDR", "toPorts"]]
