"""The page of the node library."""

from typing import Any

from patterns import registry


def test_library_shows_every_node_with_its_help_and_example(client_as: Any, viewer: Any) -> None:
    html = client_as(viewer).get("/library").content.decode()
    assert all(f'id="{node_type.type}"' in html for node_type in registry.all_types())
    assert "Condition true → True" in html and "Goes on at True or at False." in html
    assert 'aria-current="page"' in html and "kind-flow" in html


def test_search_finds_words_of_label_category_and_help_and_unfolds_few(client_as: Any, viewer: Any) -> None:
    client = client_as(viewer)
    html = client.get("/library", {"q": "base64 DECODE"}).content.decode()
    assert 'id="Base64Decode" open' in html and 'id="Branch"' not in html
    assert "No node matches" in client.get("/library", {"q": "<script>no"}).content.decode()
    assert "<script>no" not in client.get("/library", {"q": "<script>no"}).content.decode()


def test_search_answers_htmx_with_the_results_alone(client_as: Any, viewer: Any) -> None:
    html = client_as(viewer).get("/library", {"q": "branch"}, HTTP_HX_REQUEST="true").content.decode()
    assert 'id="Branch"' in html and "<html" not in html


def test_library_asks_strangers_to_sign_in(client: Any, db: None) -> None:
    assert client.get("/library").status_code == 302
