"""What a person does on the canvas."""

from typing import Any


def node(page: Any, label: str) -> Any:
    return page.locator(".react-flow__node", has=page.locator(".node-title", has_text=label))


def pin(page: Any, label: str, name: str, side: str) -> tuple[float, float]:
    """The middle of a pin, on the screen."""
    box = node(page, label).locator(f'[data-pin="{name}"][data-side="{side}"]').bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def draw(page: Any, source: tuple[float, float], target: tuple[float, float]) -> None:
    """Draw a wire by the mouse."""
    page.mouse.move(*source)
    page.mouse.down()
    page.mouse.move((source[0] + target[0]) / 2, (source[1] + target[1]) / 2, steps=4)
    page.mouse.move(*target, steps=6)
    page.mouse.up()


def search(page: Any, text: str) -> None:
    """Choose in the search for nodes that is open."""
    field = page.get_by_role("combobox", name="Search for a node")
    field.fill(text)
    page.locator(".palette [role=option]").first.wait_for()
    field.press("Enter")
    field.wait_for(state="detached")


def add(page: Any, x: float, y: float, text: str) -> None:
    page.mouse.click(x, y, button="right")
    search(page, text)


def wires(page: Any) -> list[tuple[str, str]]:
    """What is wired on screen, by the labels of the nodes."""
    return [
        (wire.get_attribute("data-source") or "", wire.get_attribute("data-target") or "")
        for wire in page.locator(".react-flow__edge").all()
    ]


def saved(page: Any) -> None:
    page.locator('.save-state[data-state="saved"]').wait_for()
