"""What a search is asked for in, and answered in (document 003)."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from connections.api.bodies import ObjectField
from connections.models import Connection, Integration, Record
from connections.services.search.request import DEFAULT_LIMIT, MOST, MOST_SKIPPED, Coverage, Hit, SourceCoverage
from connections.services.search.words import LONGEST_QUERY
from integrations_site.api.days import instant_of
from integrations_site.api.fields import ListField, PublicIdField, TextField
from integrations_site.api.serializers import StrictSerializer
from integrations_site.kernel import ids

_MOST_VALUES = 20
_LONGEST_VALUE = 500
_MOST_SHOWN = 12
_LONGEST_SHOWN = 200
_A_DAY = len("2026-10-31")


def _names(**options: Any) -> ListField:
    return ListField(child=TextField(max_length=100), max_length=50, required=False, **options)


@extend_schema_field({"type": "string", "format": "date-time"})
class MomentField(serializers.Field):  # type: ignore[type-arg]
    """An instant, or a day: as the end of a range all of it."""

    def __init__(self, *, is_end: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self._is_end = is_end

    def to_internal_value(self, data: Any) -> dt.datetime:
        """The instant. Raises ValidationError."""
        if not isinstance(data, str):
            raise serializers.ValidationError("A text is expected.")
        try:
            found = instant_of(data)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None
        return found + dt.timedelta(days=1, microseconds=-1) if self._is_end and len(data) == _A_DAY else found

    def to_representation(self, value: Any) -> Any:
        """As it is."""
        return value


class DateRangeSerializer(StrictSerializer):
    """When the records are from, by the date that their data type goes by; records without one are left out."""

    start = MomentField(required=False)
    end = MomentField(required=False, is_end=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ValidationError for a range that ends before it begins."""
        if "start" in attrs and "end" in attrs and attrs["end"] < attrs["start"]:
            raise serializers.ValidationError({"end": ["It is before the start."]})
        return attrs


class FiltersSerializer(StrictSerializer):
    """What narrows a search. `customFilters`: mapped fields and the values that they must have."""

    dateRange = DateRangeSerializer(required=False)
    entityTypes = _names()
    customFilters = ObjectField(required=False)

    def validate_customFilters(self, value: dict[str, Any]) -> dict[str, Any]:
        """Raises ValidationError for what is no plain value."""
        if len(value) > _MOST_VALUES:
            raise serializers.ValidationError(f"{_MOST_VALUES} fields at most.")
        wrong = {name: ["A text, a number, true, false or null."] for name, one in value.items() if not _is_plain(one)}
        if wrong:
            raise serializers.ValidationError(wrong)
        return value


class SearchSerializer(StrictSerializer):
    """A search. `limit` and `offset` are for each integration."""

    query = TextField(max_length=LONGEST_QUERY, help_text="Words; the last one may be the beginning of one.")
    entities = _names(help_text="Data types, such as customers; left out or empty: all.")
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=DEFAULT_LIMIT)
    offset = serializers.IntegerField(min_value=0, max_value=MOST_SKIPPED, default=0)
    userId = TextField(max_length=100, required=False, help_text="The caller's own id; nobody searches for another.")


class GlobalSearchSerializer(SearchSerializer):
    """A search across integrations."""

    integrations = ListField(
        child=PublicIdField(Integration.id_kind), max_length=100, required=False, help_text="Left out or empty: all."
    )
    filters = FiltersSerializer(required=False)


class ResultSerializer(serializers.Serializer[Any]):
    """A record that fits. Where only the provider has it, `id` is its id there."""

    id = serializers.CharField()
    integrationId = PublicIdField(Integration.id_kind)
    connectionId = PublicIdField(Connection.id_kind)
    entity = serializers.CharField()
    externalId = serializers.CharField()
    title = serializers.CharField()
    score = serializers.FloatField(help_text="From 0 to 1; words of the title count more.")
    data = serializers.DictField(help_text="The beginning of the record.")  # type: ignore[assignment]
    occurredAt = serializers.DateTimeField(allow_null=True)
    source = serializers.ChoiceField(choices=["indexed", "live"])  # type: ignore[assignment]


class SourceSerializer(serializers.Serializer[Any]):
    """How far a source was searched. `indexedAt`: what was found in the hub's records is as old as that."""

    integrationId = PublicIdField(Integration.id_kind)
    name = serializers.CharField()
    connectionId = PublicIdField(Connection.id_kind, allow_null=True)
    status = serializers.ChoiceField(choices=[word.value for word in Coverage])
    indexedAt = serializers.DateTimeField(allow_null=True)
    tookMs = serializers.IntegerField(allow_null=True)
    message = serializers.CharField(allow_blank=True)


class FoundSerializer(serializers.Serializer[Any]):
    """What was found. `totalIsExact` false: at least `total`. `matching` similar: no record has the words as typed."""

    results = ResultSerializer(many=True)
    total = serializers.IntegerField()
    totalIsExact = serializers.BooleanField()
    matching = serializers.ChoiceField(choices=["exact", "similar"])
    took = serializers.IntegerField(help_text="Milliseconds.")
    hasMore = serializers.BooleanField()
    sources = SourceSerializer(many=True)


class GroupedSerializer(FoundSerializer):
    """What was found, grouped as well."""

    byIntegration = serializers.DictField(child=ResultSerializer(many=True))
    byEntity = serializers.DictField(child=ResultSerializer(many=True))


def result_body(hit: Hit) -> dict[str, Any]:
    """A hit in document 003's words."""
    return {
        "id": ids.public(Record.id_kind, hit.id) if hit.id else hit.external_id,
        "integrationId": ids.public(Integration.id_kind, hit.integration_id),
        "connectionId": ids.public(Connection.id_kind, hit.connection_id),
        "entity": hit.entity,
        "externalId": hit.external_id,
        "title": hit.title,
        "score": hit.score,
        "data": excerpt(hit.data),
        "occurredAt": hit.occurred_at,
        "source": hit.source,
    }


def source_body(source: SourceCoverage) -> dict[str, Any]:
    """How far a source was searched."""
    return {
        "integrationId": ids.public(Integration.id_kind, source.integration_id),
        "name": source.name,
        "connectionId": ids.public(Connection.id_kind, source.connection_id) if source.connection_id else None,
        "status": source.status,
        "indexedAt": source.indexed_at,
        "tookMs": source.took_ms,
        "message": source.message,
    }


def excerpt(data: Mapping[str, Any]) -> dict[str, Any]:
    """The first plain fields of a record, long texts cut."""
    plain = [(name, value) for name, value in data.items() if _is_plain(value, longest=None) and value is not None]
    return {
        name: f"{value[:_LONGEST_SHOWN]}…" if isinstance(value, str) and len(value) > _LONGEST_SHOWN else value
        for name, value in plain[:_MOST_SHOWN]
    }


def _is_plain(value: Any, longest: int | None = _LONGEST_VALUE) -> bool:
    if isinstance(value, str):
        return longest is None or len(value) <= longest
    return value is None or isinstance(value, bool | int | float | Decimal)
