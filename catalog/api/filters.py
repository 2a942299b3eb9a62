"""Filters of the native API's lists: parameters of the query, each of which narrows what is listed."""

from collections.abc import Sequence
from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from catalog.documents.moments import parse_moment
from catalog.models import Collection, IngestJob, IngestSource

# States of a job, as its document names them, and the columns that tell them.
JOB_STATES: dict[str, dict[str, bool]] = {
    "running": {"finished__isnull": True, "cancelled__isnull": True},
    "finished": {"finished__isnull": False, "cancelled__isnull": True},
    "cancelled": {"cancelled__isnull": False},
}
JOB_LABELS = (
    ("running", "Some sources wait or are at work"),
    ("finished", "All sources came to an end"),
    ("cancelled", "Somebody stopped it"),
)


class GivenForm(forms.Form):
    """Refuses a parameter without a value: it would narrow nothing, which nobody means who writes it."""

    def clean(self) -> dict[str, Any]:
        for name in self.fields:
            if self.data.get(name) == "":
                self.add_error(name, "is empty; give a value, or leave it out.")
        return self.cleaned_data


class MomentField(forms.Field):
    def to_python(self, value: Any) -> Any:
        try:
            return parse_moment(value) if value else None
        except ValueError as error:
            raise ValidationError(f"{error}.") from None


class MomentFilter(django_filters.IsoDateTimeFilter):
    """Compares with an RFC 3339 date-time, read as everywhere on this site."""

    field_class = MomentField


def choice(choices: Sequence[tuple[str, str]], **options: Any) -> django_filters.ChoiceFilter:
    """Make a filter that takes one of these values, given with their labels, and names them where another is given."""
    message = f"'%(value)s' is none of {', '.join(value for value, _ in choices)}."
    return django_filters.ChoiceFilter(choices=choices, error_messages={"invalid_choice": message}, **options)


class IngestFilters(django_filters.FilterSet):
    state = choice(JOB_LABELS, method="in_state", help_text="What has become of the ingest.")
    collection = django_filters.CharFilter(field_name="collection_id", help_text="The id of its collection.")
    watch = django_filters.UUIDFilter(field_name="watch_id", help_text="The id of the watch that found its sources.")
    created_after = MomentFilter("created", lookup_expr="gte", help_text="Made then or later.")
    created_before = MomentFilter("created", lookup_expr="lt", help_text="Made earlier.")

    class Meta:
        model = IngestJob
        form = GivenForm
        fields: ClassVar[list[str]] = []

    def in_state(self, jobs: QuerySet[IngestJob], name: str, value: str) -> QuerySet[IngestJob]:
        del name
        return jobs.filter(**JOB_STATES[value])


class SourceFilters(django_filters.FilterSet):
    state = choice(IngestSource.State.choices)
    kind = choice(IngestSource.Kind.choices, help_text="What was given: a file's URL, a prefix, an upload.")
    error = django_filters.CharFilter(field_name="error_code", help_text="The code of what went wrong.")

    class Meta:
        model = IngestSource
        form = GivenForm
        fields: ClassVar[list[str]] = []


class CollectionFilters(django_filters.FilterSet):
    visibility = choice(Collection.Visibility.choices, help_text="Who sees it.")
    title = django_filters.CharFilter(lookup_expr="icontains", help_text="A part of its title, in any case.")
    license = django_filters.CharFilter(help_text="Its license, such as CC-BY-4.0.")
    updated_after = MomentFilter("updated", lookup_expr="gte", help_text="Changed then or later.")

    class Meta:
        model = Collection
        form = GivenForm
        fields: ClassVar[list[str]] = []
