"""deploy/k8s: valid, restricted, and told by the code what it cannot know itself (topics, users, settings, who calls whom)."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from objects import MANIFESTS, OVERLAYS, of_kind, problems_of, written

from usageflow_cli.strimzi import kafka_topics, kafka_users
from usageflow_common.settings import BusSettings
from usageflow_local.credentials import kept_credentials
from usageflow_local.environment import Site, environment_of, environment_of_dashboard
from usageflow_local.services import KINDS, SERVICES

NAMES = [service.name for service in SERVICES]
OBJECTS = written()
CONFIG = of_kind(OBJECTS, "ConfigMap")[0]["data"]
RUNNING = of_kind(OBJECTS, "Deployment", "StatefulSet")
MIGRATION = of_kind(OBJECTS, "Job")[0]["spec"]["template"]["spec"]


def labels_of(manifest):
    labels = manifest["metadata"]["labels"]
    return labels["app.kubernetes.io/name"], labels["app.kubernetes.io/component"]


def selects(selector, labels):
    wanted = selector.get("matchLabels", {}).items() <= labels.items()
    return wanted and all(
        labels[each["key"]] not in each["values"]
        for each in selector.get("matchExpressions", [])
        if each["operator"] == "NotIn"
    )


def pod_of(service, kind):
    [found] = [each for each in RUNNING if labels_of(each) == (service, kind)]
    return found["spec"]["template"]["spec"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    credentials = kept_credentials(tmp_path_factory.mktemp("home") / "credentials", NAMES)
    ports = {service.part(kind): service.preferred_port(kind) for service in SERVICES for kind in service.kinds}
    return Site("postgresql://owner", lambda role, _: f"postgresql://{role}", "127.0.0.1:9092", ports, credentials)


@pytest.mark.parametrize("manifest", OBJECTS, ids=lambda each: f"{each['kind']}/{each['metadata']['name']}")
def test_a_cluster_would_take_it(manifest):
    assert problems_of(manifest) == []


def test_an_unknown_field_would_be_noticed():
    broken = json.loads(json.dumps(RUNNING[0]))
    broken["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    topic = {**of_kind(OBJECTS, "KafkaTopic")[0], "spec": {"partitons": 3}}

    assert problems_of(broken)
    assert problems_of(topic)


def test_topics_and_users_are_those_of_the_code():
    settings = BusSettings(
        kafka_bootstrap="none",
        event_partitions=CONFIG["USAGEFLOW_EVENT_PARTITIONS"],
        replication_factor=CONFIG["USAGEFLOW_REPLICATION_FACTOR"],
        min_insync_replicas=CONFIG["USAGEFLOW_MIN_INSYNC_REPLICAS"],
    )

    assert of_kind(OBJECTS, "KafkaTopic") == list(kafka_topics("usageflow", settings)), "run make strimzi"
    assert of_kind(OBJECTS, "KafkaUser") == list(kafka_users("usageflow")), "run make strimzi"


def test_every_service_may_do_what_its_topics_say_and_nothing_else():
    rules = {
        user["metadata"]["name"].removeprefix("usageflow-"): {
            rule["resource"]["name"]: set(rule["operations"])
            for rule in user["spec"]["authorization"]["acls"]
            if rule["resource"]["type"] == "topic"
        }
        for user in of_kind(OBJECTS, "KafkaUser")
    }

    assert {name for name, topics in rules.items() if "Write" in topics.get("invoice.created", ())} == {"invoicer"}
    assert {name for name, topics in rules.items() if "Write" in topics.get("events.raw", ())} == {
        "ingest",
        "aggregator",
        "invoicer",
    }
    assert "usage.aggregated" not in rules["webhooks"]
    assert not any(
        operation in {"All", "Alter", "Delete", "Create"}
        for each in rules.values()
        for one in each.values()
        for operation in one
    )


@pytest.mark.parametrize("service", NAMES)
@pytest.mark.parametrize("kind", [*KINDS, "migrate"])
def test_a_pod_has_the_settings_of_the_process_in_it(site, service, kind):
    if kind == "migrate":
        [container] = [
            each for each in (*MIGRATION["initContainers"], *MIGRATION["containers"]) if each["name"] == service
        ]
    else:
        [container] = pod_of(service, kind)["containers"]
    [secrets] = [
        each for each in of_kind(OBJECTS, "ExternalSecret") if each["metadata"]["name"] == f"{service}-settings"
    ]
    secret = {each["secretKey"] for each in secrets["spec"]["data"]}
    own = {each["name"] for each in container["env"]}
    # Only receivers on the internet are served here, and every process may know where the others are.
    not_here = {"USAGEFLOW_WEBHOOK_ALLOWED_NETWORKS"}
    kafka = {"USAGEFLOW_KAFKA_USERNAME", "USAGEFLOW_KAFKA_PASSWORD"}

    needed = environment_of(service, kind, site).keys() - not_here

    assert needed <= CONFIG.keys() | secret | own
    assert secret <= needed, "a secret that the process does not need"
    assert own <= needed | kafka
    assert container["command"] == ["python", "-m", f"usageflow_{service}", kind]


@pytest.mark.parametrize("workload", [*RUNNING, of_kind(OBJECTS, "Job")[0]], ids=lambda each: each["metadata"]["name"])
def test_pods_are_restricted_and_bounded(workload):
    pod = workload["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for container in (*pod.get("initContainers", []), *pod["containers"]):
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        assert container["resources"]["requests"]["cpu"]


@pytest.mark.parametrize("workload", RUNNING, ids=lambda each: each["metadata"]["name"])
def test_a_workload_survives_the_loss_of_a_node_and_a_store_that_is_away(workload):
    pod = workload["spec"]["template"]["spec"]
    [container] = pod["containers"]
    budgets = [labels_of(each) for each in of_kind(OBJECTS, "PodDisruptionBudget")]
    assert budgets.count(labels_of(workload)) == 1
    assert {each["topologyKey"] for each in pod["topologySpreadConstraints"]} == {
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    }
    # /health looks at nothing but the process.
    alive, ready = ("/healthz", "/healthz") if labels_of(workload)[0] == "dashboard" else ("/health", "/ready")
    assert container["livenessProbe"]["httpGet"]["path"] == container["startupProbe"]["httpGet"]["path"] == alive
    assert container["readinessProbe"]["httpGet"]["path"] == ready
    assert pod["terminationGracePeriodSeconds"] >= 30


def test_network_policies_open_the_calls_that_are_made_and_no_others(site):
    made = {
        (service, other)
        for service in NAMES
        for kind in KINDS
        for other in NAMES
        if f"USAGEFLOW_{other.upper()}_URL" in environment_of(service, kind, site)
    }
    policies = {each["metadata"]["name"]: each["spec"] for each in of_kind(OBJECTS, "NetworkPolicy")}
    opened = {
        tuple(name.split("-to-"))
        for name in policies
        if re.fullmatch(rf"({'|'.join(NAMES)})-to-({'|'.join(NAMES)})", name)
    }
    assert opened == made
    for caller, called in opened:
        rule = policies[f"{caller}-to-{called}"]
        assert rule["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == called
        [ingress] = rule["ingress"]
        assert {peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for peer in ingress["from"]} == {caller}
    assert policies["nothing"]["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in policies["nothing"]
    assert "egress" not in policies["nothing"]


def test_the_dashboard_reaches_the_gateway_and_nothing_else(site):
    with_dashboard = replace(site, ports={**site.ports, "dashboard": 3000})
    [settings] = [each for each in of_kind(OBJECTS, "ConfigMap") if each["metadata"]["name"] == "dashboard"]
    own = {"app.kubernetes.io/name": "dashboard", "app.kubernetes.io/component": "web"}
    policies = {each["metadata"]["name"]: each["spec"] for each in of_kind(OBJECTS, "NetworkPolicy")}
    opening = {
        name
        for name, spec in policies.items()
        if "egress" in spec and selects(spec["podSelector"], {**own, "app.kubernetes.io/part-of": "usageflow"})
    }

    assert settings["data"].keys() == environment_of_dashboard(with_dashboard).keys()
    assert opening == {"to-names", "dashboard-calls"}
    [call] = policies["dashboard-calls"]["egress"]
    assert [peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for peer in call["to"]] == ["gateway"]
    [answer] = policies["dashboard-to-gateway"]["ingress"]
    assert answer["from"] == [{"podSelector": {"matchLabels": own}}]


def test_a_worker_is_scaled_by_the_group_that_it_reads_in():
    partitions = {each["metadata"]["name"]: each["spec"]["partitions"] for each in of_kind(OBJECTS, "KafkaTopic")}
    for scaled in of_kind(OBJECTS, "ScaledObject"):
        service = scaled["spec"]["scaleTargetRef"]["name"].removesuffix("-worker")
        [trigger] = scaled["spec"]["triggers"]
        topic, group = trigger["metadata"]["topic"], trigger["metadata"]["consumerGroup"]
        sources = (MANIFESTS.parents[1] / "services" / service).glob("usageflow_*/worker.py")
        assert any(f'"{group.removesuffix(f".{topic}")}"' in source.read_text() for source in sources), group
        assert scaled["spec"]["maxReplicaCount"] <= partitions[topic]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_names_what_is_there(overlay):
    folder = MANIFESTS / "overlays" / overlay
    text = (folder / "kustomization.yaml").read_text()
    for reference in re.findall(r"\.\./\.\./[\w/-]+|namespace\.yaml", text):
        if not reference.endswith("README"):
            assert (folder / reference).exists(), reference
    assert set(re.findall(r"usageflow/(\w+), newTag", text)) == {*NAMES, "dashboard"}


def test_a_release_migrates_before_its_pods_and_after_what_it_needs():
    wave = "argocd.argoproj.io/sync-wave"
    job = of_kind(OBJECTS, "Job")[0]["metadata"]["annotations"]

    # Before a first installation there is nothing else: a hook that ran ahead of the sync would wait for ever.
    assert job["argocd.argoproj.io/hook"] == "Sync"
    assert {int(each["metadata"]["annotations"][wave]) for each in RUNNING} == {int(job[wave]) + 1}
    assert not any(
        wave in each["metadata"].get("annotations", {}) for each in OBJECTS if each["kind"] in {"ConfigMap", "Cluster"}
    )


def test_the_stores_let_in_nobody_but_those_who_need_them():
    [postgres] = [each for each in of_kind(OBJECTS, "NetworkPolicy") if each["metadata"]["name"] == "postgres"]
    [kafka] = of_kind(OBJECTS, "Kafka")
    [listener] = kafka["spec"]["kafka"]["listeners"]
    ours = {"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "usageflow"}}}

    assert ours in postgres["spec"]["ingress"][0]["from"]
    assert ours in listener["networkPolicyPeers"]
    peers = [peer for rule in postgres["spec"]["ingress"] for peer in rule["from"]] + listener["networkPolicyPeers"]
    assert all(peer.get("podSelector") or peer.get("namespaceSelector") for peer in peers)
