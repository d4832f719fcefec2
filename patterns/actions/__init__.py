"""What can be done to a pattern: one function a file, the same for every entrance."""

from patterns.actions.check_pattern import check_pattern
from patterns.actions.clone_pattern import clone_pattern
from patterns.actions.create_pattern import create_pattern
from patterns.actions.delete_pattern import delete_pattern
from patterns.actions.export_pattern import export_pattern
from patterns.actions.import_pattern import import_pattern
from patterns.actions.save_pattern import save_pattern
from patterns.actions.save_sample import save_sample
from patterns.actions.take_snapshot import take_snapshot

__all__ = [
    "check_pattern",
    "clone_pattern",
    "create_pattern",
    "delete_pattern",
    "export_pattern",
    "import_pattern",
    "save_pattern",
    "save_sample",
    "take_snapshot",
]
