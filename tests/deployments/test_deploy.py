"""Deploying: the draft becomes the next version, live at once, or nothing happens."""

from functools import partial
from typing import Any

import pytest

from deployments.actions import deploy, pause, undeploy
from deployments.models import Deployment, Version
from dragops_site.errors import CompileRefused, NotDeployed, PatternNotFound
from patterns.actions import create_pattern, delete_pattern, save_pattern
from patterns.models import Pattern, Snapshot
from tests.graphs import graph, node
from tests.patterns.graphs import started_by_hand, started_by_webhook
from tests.threads import at_once

BROKEN = graph("one: OnStart", "two: OnStart", "three: NoSuchNode")


def _deployment(pattern: Pattern) -> Deployment:
    return Deployment.objects.get(pk=pattern.pk)


@pytest.mark.django_db
def test_deploy_makes_the_draft_version_one_and_live(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders", graph=started_by_webhook("lastNode"))
    version = deploy(pattern, editor)
    live = _deployment(pattern)
    assert (live.version, live.status, live.deployed_at >= version.created_at) == (version, "active", True)
    assert (version.number, version.created_by, version.snapshot.graph) == (1, editor, pattern.graph)
    assert (version.trigger_type, version.trigger_node, version.response_mode) == ("OnWebhook", "hook", "lastNode")


@pytest.mark.django_db
def test_deploy_keeps_the_webhook_id_of_the_pattern(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders", graph=started_by_webhook())
    deploy(pattern, editor)
    deploy(pattern, editor)
    assert Pattern.objects.get(pk=pattern.pk).webhook_id == pattern.webhook_id


@pytest.mark.django_db
def test_deploy_takes_the_draft_as_it_is_stored_not_as_it_was_read(editor: Any) -> None:
    read = create_pattern(editor, "Orders")
    save_pattern(read.pk, 1, graph=started_by_webhook())
    assert deploy(read, editor).trigger_type == "OnWebhook"


@pytest.mark.django_db
def test_deploy_of_an_unchanged_graph_is_a_new_version_of_the_same_snapshot(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    first, second = deploy(pattern, editor), deploy(pattern, None)
    assert (first.number, second.number, second.created_by) == (1, 2, None)
    assert first.snapshot == second.snapshot
    assert _deployment(pattern).version == second


@pytest.mark.django_db
def test_deploy_leaves_the_older_version_as_it_was(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders", graph=started_by_hand())
    first = deploy(pattern, editor)
    deploy(save_pattern(pattern.pk, 1, graph=started_by_webhook()), editor)
    stored = Version.objects.get(pk=first.pk)
    assert (stored.number, stored.trigger_type, stored.snapshot.graph) == (1, "OnStart", started_by_hand())


@pytest.mark.django_db
def test_deploy_refuses_a_graph_with_errors_and_leaves_what_is_live(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    live = deploy(pattern, editor)
    save_pattern(pattern.pk, 1, graph=BROKEN)
    with pytest.raises(CompileRefused) as refused:
        deploy(pattern, editor)
    assert len([problem for problem in refused.value.details if problem["severity"] == "error"]) >= 2
    assert _deployment(pattern).version == live
    assert (Version.objects.count(), Snapshot.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_deploy_refuses_a_first_graph_with_errors_and_makes_no_deployment(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders", graph=BROKEN)
    with pytest.raises(CompileRefused):
        deploy(pattern, editor)
    assert not Deployment.objects.exists()


@pytest.mark.django_db
def test_deploy_takes_a_node_id_that_the_database_could_not_store_as_it_is(editor: Any) -> None:
    odd = graph(node("a\x00\ud800" + "x" * 190, "OnStart"))
    try:
        version = deploy(create_pattern(editor, "Odd", graph=odd), editor)
    except CompileRefused:
        return
    assert version.trigger_node.startswith("a\\x00\\ud800xxx")


@pytest.mark.django_db
def test_deploy_makes_a_paused_deployment_active(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    deploy(pattern, editor)
    pause(_deployment(pattern), editor, "Too many errors")
    deploy(pattern, editor)
    assert (_deployment(pattern).status, _deployment(pattern).pause_reason) == ("active", "")


@pytest.mark.django_db
def test_deploy_goes_on_counting_after_an_undeploy_and_keeps_the_settings(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    deploy(pattern, editor)
    Deployment.objects.update(time_limit_s=7)
    undeploy(pattern, editor)
    assert deploy(pattern, editor).number == 2
    live = _deployment(pattern)
    assert (live.status, live.version.number if live.version else None, live.time_limit_s) == ("active", 2, 7)


@pytest.mark.django_db
def test_deploy_refuses_a_pattern_that_is_gone(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    delete_pattern(Pattern.objects.get(pk=pattern.pk))
    with pytest.raises(PatternNotFound):
        deploy(pattern, editor)


@pytest.mark.django_db(transaction=True)
def test_deploy_gives_eight_that_deploy_at_once_a_number_each(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    versions = at_once(*[partial(deploy, pattern, editor)] * 8)
    assert sorted(version.number for version in versions) == list(range(1, 9))
    live = _deployment(pattern)
    assert live.version is not None
    assert live.version.number == 8


@pytest.mark.django_db(transaction=True)
def test_deploy_while_drafts_are_saved_ends_with_a_draft_that_was_stored(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders", graph=started_by_hand())
    save = partial(save_pattern, pattern.pk, 1, graph=started_by_webhook())
    at_once(save, *[partial(deploy, pattern, editor)] * 4)
    by_number = Version.objects.order_by("number").values_list("trigger_type", flat=True)
    assert len(by_number) == 4
    # The draft changes once, so the later versions never fall back to the older draft.
    assert list(by_number) == sorted(by_number)


@pytest.mark.django_db
def test_version_is_never_saved_again(editor: Any) -> None:
    version = deploy(create_pattern(editor, "Orders"), editor)
    version.number = 9
    with pytest.raises(TypeError, match="never changed"):
        version.save()
    assert Version.objects.get(pk=version.pk).number == 1


@pytest.mark.django_db
def test_undeploy_takes_it_down_and_keeps_versions(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    deploy(pattern, editor)
    pause(_deployment(pattern), editor, "Why")
    undeploy(pattern, editor)
    down = _deployment(pattern)
    assert (down.status, down.version, down.pause_reason) == ("undeployed", None, "")
    assert Version.objects.count() == 1


@pytest.mark.django_db
def test_undeploy_refuses_what_is_not_deployed(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    with pytest.raises(NotDeployed):
        undeploy(pattern, editor)
    deploy(pattern, editor)
    undeploy(pattern, editor)
    with pytest.raises(NotDeployed):
        undeploy(pattern, editor)


@pytest.mark.django_db(transaction=True)
def test_undeploy_lets_one_of_four_that_undeploy_at_once_succeed(editor: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    deploy(pattern, editor)
    outcomes = at_once(*[partial(undeploy, pattern, editor)] * 4)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", *["NotDeployed"] * 3]
