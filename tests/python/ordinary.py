"""The ordinary operations of three Python clients on a served cluster; KUBECONFIG names it. Fails with the first that does not work."""


NAMESPACE = "python"

CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": "1"}}


def deployment(name, replicas):
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]},
            },
        },
    }


def official():
    from kubernetes import client, config, dynamic, utils, watch
    from kubernetes.client.rest import ApiException

    config.load_kube_config()
    core, apps = client.CoreV1Api(), client.AppsV1Api()
    assert client.VersionApi().get_code().major == "1"
    core.create_namespace({"metadata": {"name": NAMESPACE}})
    core.create_namespaced_config_map(NAMESPACE, CONFIG)
    patched = core.patch_namespaced_config_map("settings", NAMESPACE, {"data": {"b": "2"}})
    assert patched.data == {"a": "1", "b": "2"}, patched.data
    patched.data["a"] = "3"
    replaced = core.replace_namespaced_config_map("settings", NAMESPACE, patched)
    assert replaced.data["a"] == "3"
    try:
        core.replace_namespaced_config_map("settings", NAMESPACE, patched)
        raise AssertionError("an old version was taken")
    except ApiException as refusal:
        assert refusal.status == 409, refusal
    try:
        core.read_namespaced_pod("nobody", NAMESPACE)
        raise AssertionError("nobody is there")
    except ApiException as refusal:
        assert refusal.status == 404 and "not found" in refusal.body, refusal

    utils.create_from_dict(client.ApiClient(), deployment("web", 2))
    seen = watch.Watch()
    for event in seen.stream(apps.list_namespaced_deployment, NAMESPACE, timeout_seconds=60):
        if event["object"].status.available_replicas == 2:
            seen.stop()
    pods = core.list_namespaced_pod(NAMESPACE, label_selector="app=web")
    assert [it.status.phase for it in pods.items] == ["Running"] * 2
    assert "nginx" in core.read_namespaced_pod_log(pods.items[0].metadata.name, NAMESPACE)
    scale = apps.patch_namespaced_deployment_scale("web", NAMESPACE, {"spec": {"replicas": 3}})
    assert scale.spec.replicas == 3
    first = core.list_namespaced_pod(NAMESPACE, limit=1)
    assert first.metadata._continue and len(first.items) == 1
    eviction = {"metadata": {"name": pods.items[0].metadata.name, "namespace": NAMESPACE}}
    core.create_namespaced_pod_eviction(pods.items[0].metadata.name, NAMESPACE, eviction)
    assert core.list_namespaced_event(NAMESPACE).items
    review = {"spec": {"resourceAttributes": {"verb": "create", "resource": "pods"}}}
    review = client.AuthorizationV1Api().create_self_subject_access_review(review)
    assert review.status.allowed
    found = dynamic.DynamicClient(client.ApiClient())
    found = found.resources.get(api_version="apps/v1", kind="Deployment")
    applied = found.server_side_apply(deployment("web", 1), field_manager="python", force_conflicts=True)
    assert applied.spec.replicas == 1
    core.delete_collection_namespaced_config_map(NAMESPACE, label_selector="!kept")
    apps.delete_namespaced_deployment("web", NAMESPACE, propagation_policy="Foreground")


def kr8s_():
    import kr8s
    from kr8s.objects import ConfigMap, Deployment, Pod

    config = ConfigMap({**CONFIG, "metadata": {"name": "kr8s", "namespace": NAMESPACE}})
    config.create()
    config.patch({"data": {"c": "4"}})
    config.refresh()
    assert config.data["c"] == "4"
    web = Deployment(deployment("kr8s", 1))
    web.create()
    web.wait("condition=Available", timeout=60)
    pods = list(kr8s.get("pods", namespace=NAMESPACE, label_selector={"app": "kr8s"}))
    assert len(pods) == 1 and pods[0].ready()
    assert any("nginx" in line for line in pods[0].logs())
    web.scale(2)
    web.annotate({"note": "seen"})
    assert Pod.get(pods[0].name, namespace=NAMESPACE).exists()
    web.delete()
    config.delete()
    assert not config.exists()


def lightkube():
    from lightkube import ApiError, Client
    from lightkube.models.meta_v1 import ObjectMeta
    from lightkube.resources.apps_v1 import Deployment
    from lightkube.resources.core_v1 import ConfigMap, Pod

    client = Client(field_manager="lightkube")
    client.create(ConfigMap(metadata=ObjectMeta(name="light", namespace=NAMESPACE), data={"a": "1"}))
    client.patch(ConfigMap, "light", {"data": {"b": "2"}}, namespace=NAMESPACE)
    assert client.get(ConfigMap, "light", namespace=NAMESPACE).data == {"a": "1", "b": "2"}
    applied = client.apply(Deployment.from_dict(deployment("light", 1)))
    assert applied.spec.replicas == 1
    client.wait(Deployment, "light", for_conditions=["Available"], namespace=NAMESPACE)
    pods = list(client.list(Pod, namespace=NAMESPACE, labels={"app": "light"}))
    assert len(pods) == 1
    assert any("nginx" in line for line in client.log(pods[0].metadata.name, namespace=NAMESPACE))
    client.delete(Deployment, "light", namespace=NAMESPACE)
    try:
        client.get(ConfigMap, "missing", namespace=NAMESPACE)
        raise AssertionError("it is not there")
    except ApiError as refusal:
        assert refusal.status.code == 404


def end():
    """The namespace goes with all that is in it."""
    from kubernetes import client, config, watch

    config.load_kube_config()
    core = client.CoreV1Api()
    core.delete_namespace(NAMESPACE)
    seen = watch.Watch()
    for event in seen.stream(core.list_namespace, timeout_seconds=120):
        if event["type"] == "DELETED" and event["object"].metadata.name == NAMESPACE:
            seen.stop()
    assert NAMESPACE not in [it.metadata.name for it in core.list_namespace().items]


if __name__ == "__main__":
    for step in (official, kr8s_, lightkube, end):
        step()
        print(step.__name__, "works", flush=True)
