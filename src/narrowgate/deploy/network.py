"""Who may connect to the gateway in a cluster, and whom it may: from the configured origins.

A NetworkPolicy knows addresses, not names. So a name becomes "its port, anywhere outside private networks";
Cilium's own policy can say the name itself. Sources:
https://kubernetes.io/docs/concepts/services-networking/network-policies/ and
https://docs.cilium.io/en/stable/security/policy/language/ (read November 2026).
"""

from collections.abc import Iterator, Mapping

from narrowgate.deploy.manifest import Manifest
from narrowgate.deploy.site import End, Site

# A namespace with this label may call the gateway.
CLIENT_LABEL = "narrowgate/client"
_NAMESPACE_LABEL = "kubernetes.io/metadata.name"
_CILIUM_NAMESPACE = "k8s:io.kubernetes.pod.namespace"
# Private, carrier-grade, link-local with the clouds' metadata, loopback.
_PRIVATE_V4 = ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
_PRIVATE_V6 = ("::1/128", "fc00::/7", "fe80::/10")
_CLUSTER_SUFFIX = (".svc", ".svc.cluster.local")
_DNS = 53

Object = dict[str, object]


def network_policies(site: Site, namespace: str, labels: Mapping[str, str], port: int) -> tuple[Manifest, ...]:
    """Return a policy that shuts the namespace, and one that opens what the gateway needs. `port` is the pod's."""
    metadata = {"name": "default-deny", "namespace": namespace}
    kind = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    shut = kind | {"metadata": metadata, "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}}
    clients = {"namespaceSelector": {"matchLabels": {CLIENT_LABEL: "true"}}}
    spec = {
        "podSelector": {"matchLabels": dict(labels)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": [clients], "ports": [_port("TCP", port)]}],
        "egress": [*_dns(site), *_egress(_outside(site))],
    }
    metadata = {"name": "narrowgate", "namespace": namespace}
    return (
        Manifest(shut),
        Manifest(kind | {"metadata": metadata, "spec": spec}, tuple(_comments(site))),
    )


def cilium_policy(site: Site, namespace: str, labels: Mapping[str, str], port: int) -> Manifest:
    """Return Cilium's policy, which says names. Selecting the pod shuts everything that is not listed."""
    clients = {f"k8s:io.cilium.k8s.namespace.labels.{CLIENT_LABEL}": "true"}
    names = sorted({name for end in _outside(site) if end.address is None for name in _asked(end)})
    asked = [{"matchName": name} for name in names]
    dns = {
        "toEndpoints": [{"matchLabels": {_CILIUM_NAMESPACE: "kube-system", "k8s:k8s-app": "kube-dns"}}],
        "toPorts": [{"ports": [{"port": str(_DNS), "protocol": "ANY"}], "rules": {"dns": asked}}],
    }
    spec = {
        "endpointSelector": {"matchLabels": dict(labels)},
        "ingress": [{"fromEndpoints": [{"matchLabels": clients}], "toPorts": [_cilium_port(port)]}],
        "egress": [*([dns] if site.asks_names else []), *(_cilium_egress(end) for end in _outside(site))],
    }
    metadata = {"name": "narrowgate", "namespace": namespace}
    content = {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": metadata, "spec": spec}
    return Manifest(content, tuple(_local_comments(site)))


def _comments(site: Site) -> Iterator[str]:
    names = [end for end in _outside(site) if end.address is None and not _service_of(end)]
    if names:
        yield "A NetworkPolicy cannot hold names. These become their port, to any address:"
        for end in names:
            where = "private or public" if end.may_be_private else "public"
            yield f"  {end.host}:{end.port} ({', '.join(end.of)}), {where}"
        yield "With Cilium, `narrowgate deploy kubernetes --cilium` writes a policy that holds the names themselves."
    for end in _outside(site):
        if _service_of(end):
            yield f"{end.host}: the pods behind the service must listen on {end.port} too, policies see their port."
    yield from _local_comments(site)


def _local_comments(site: Site) -> Iterator[str]:
    for end in site.ends:
        if end.is_local:
            yield f"{end.host}:{end.port} ({', '.join(end.of)}) is in the pod itself; no policy is asked about it."


def _outside(site: Site) -> list[End]:
    return [end for end in site.ends if not end.is_local]


def _service_of(end: End) -> tuple[str, ...]:
    """Return (name, namespace) of the service in this cluster that a host name means, nothing when it is none."""
    host = _plain(end.host)
    for suffix in _CLUSTER_SUFFIX:
        parts = tuple(host.removesuffix(suffix).split("."))
        if host.endswith(suffix) and len(parts) == 2:
            return parts
    return ()


def _dns(site: Site) -> Iterator[Object]:
    if site.asks_names:
        server = {
            "namespaceSelector": {"matchLabels": {_NAMESPACE_LABEL: "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }
        yield {"to": [server], "ports": [_port("UDP", _DNS), _port("TCP", _DNS)]}


def _egress(ends: list[End]) -> Iterator[Object]:
    """Yield a rule for each set of peers, with all ports that are open to it."""
    rules: list[tuple[list[Object], set[int]]] = []
    for end in ends:
        peers = _peers(end)
        known = next((ports for others, ports in rules if others == peers), None)
        if known is None:
            rules.append((peers, known := set()))
        known.add(end.port)
    for peers, ports in rules:
        yield {"to": peers, "ports": [_port("TCP", port) for port in sorted(ports)]}


def _peers(end: End) -> list[Object]:
    if (address := end.address) is not None:
        return [{"ipBlock": {"cidr": f"{address}/{address.max_prefixlen}"}}]
    if service := _service_of(end):
        return [{"namespaceSelector": {"matchLabels": {_NAMESPACE_LABEL: service[1]}}}]
    if end.may_be_private:
        return [{"ipBlock": {"cidr": "0.0.0.0/0"}}, {"ipBlock": {"cidr": "::/0"}}]
    return [
        {"ipBlock": {"cidr": "0.0.0.0/0", "except": list(_PRIVATE_V4)}},
        {"ipBlock": {"cidr": "::/0", "except": list(_PRIVATE_V6)}},
    ]


def _cilium_egress(end: End) -> Object:
    ports = [_cilium_port(end.port)]
    if (address := end.address) is not None:
        return {"toCIDR": [f"{address}/{address.max_prefixlen}"], "toPorts": ports}
    if service := _service_of(end):
        # Not toServices: https://github.com/cilium/cilium/issues/37057, it goes with no port before 1.17.
        return {"toEndpoints": [{"matchLabels": {_CILIUM_NAMESPACE: service[1]}}], "toPorts": ports}
    return {"toFQDNs": [{"matchName": _plain(end.host)}], "toPorts": ports}


def _asked(end: End) -> Iterator[str]:
    """Yield the names that name servers are asked for; a service's short name with what it is short for."""
    yield _plain(end.host)
    if service := _service_of(end):
        yield f"{'.'.join(service)}.svc.cluster.local"


def _plain(host: str) -> str:
    return host.rstrip(".").lower()


def _port(protocol: str, port: int) -> Object:
    return {"protocol": protocol, "port": port}


def _cilium_port(port: int) -> Object:
    return {"ports": [{"port": str(port), "protocol": "TCP"}]}
