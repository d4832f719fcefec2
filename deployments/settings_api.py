"""The settings of a deployment as the API takes and shows them; every field is made from `settable.SETTINGS`."""

from itertools import groupby
from typing import Any

from rest_framework import serializers

from deployments.models import Notice
from deployments.settable import SETTINGS, Flag, Kind, Number, Place, Setting, Texts, Whole
from dragops_site.api_fields import Moment, RowId, StrictBoolean, StrictChar, StrictInteger, StrictNumber, iso


def _field(setting: Setting, **options: Any) -> serializers.Field:
    options["help_text"] = " ".join(filter(None, (setting.help, _unit(setting))))
    if setting.column != setting.name:
        options["source"] = setting.column
    return _of_kind(setting.kind, options)


def _unit(setting: Setting) -> str:
    return f"In {setting.unit}." if setting.unit else ""


def _of_kind(kind: Kind, options: dict[str, Any]) -> serializers.Field:
    match kind:
        case Whole(least, most, is_optional):
            return StrictInteger(min_value=least, max_value=most, allow_null=is_optional, **options)
        case Number(least, most):
            return StrictNumber(min_value=least, max_value=most, **options)
        case Place():
            return RowId(allow_null=True, **options)
        case Flag():
            return StrictBoolean(**options)
        case Texts(most, longest):
            return serializers.ListField(child=StrictChar(max_length=longest), max_length=most, **options)


def _fields(suffix: str, more: dict[str, dict[str, serializers.Field]], **options: Any) -> dict[str, serializers.Field]:
    """Fields by name; the settings of a group in a serializer of its own, with `more` besides."""
    fields: dict[str, serializers.Field] = {}
    for group, members in groupby(sorted(SETTINGS, key=lambda setting: setting.group), lambda one: one.group):
        found = {setting.name: _field(setting, **options) for setting in members}
        if not group:
            fields |= found
        else:
            name = f"{group[0].upper()}{group[1:]}{suffix}"
            serializer = type(name, (serializers.Serializer,), found | more.get(group, {}))
            fields[group] = serializer(source="*", **options)
    return fields


_STATE: dict[str, dict[str, serializers.Field]] = {
    "breaker": {
        "openedAt": Moment(source="breaker_opened_at", allow_null=True, help_text="While it is open."),
        "trialRunId": serializers.CharField(
            source="breaker_trial", allow_null=True, help_text="The run that was let through to try."
        ),
    }
}

# Made by hand, because their fields are: for the type checker they are plain serializers.
SettingsData: Any = type("SettingsData", (serializers.Serializer,), _fields("Data", _STATE))
DeploymentChange: Any = type(
    "DeploymentChange",
    (serializers.Serializer,),
    {"__doc__": "What is not given stays as it is.", **_fields("Change", {}, required=False)},
)


class NoticeData(serializers.Serializer):
    id = serializers.CharField()
    subject = serializers.CharField()
    text = serializers.CharField()
    createdAt = Moment(source="created_at")
    recipients = serializers.ListField(child=serializers.CharField())
    sentAt = serializers.SerializerMethodField(help_text="Null where no e-mail was sent.")
    problem = serializers.CharField(help_text="Why the last try to send it failed.")

    def get_sentAt(self, notice: Notice) -> str | None:
        was_sent = notice.sent_at and notice.tries and not notice.problem
        return iso(notice.sent_at) if notice.sent_at and was_sent else None
