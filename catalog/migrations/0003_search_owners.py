from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def keep_owners(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    search, owner = apps.get_model("catalog", "Search"), apps.get_model("catalog", "SearchOwner")
    owned = search.objects.filter(owner__isnull=False)
    owner.objects.bulk_create(
        [owner(search_id=each.pk, user_id=each.owner_id, registered=each.registered) for each in owned]
    )


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("catalog", "0002_index_places"),
    ]
    operations = [
        migrations.CreateModel(
            name="SearchOwner",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("registered", models.DateTimeField()),
                (
                    "search",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="owners", to="catalog.search"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="searches",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-registered", "-pk"),
                "indexes": [models.Index(fields=["user", "-registered"], name="search_owner_newest_first")],
                "constraints": [models.UniqueConstraint(fields=("search", "user"), name="search_owner_once")],
            },
        ),
        migrations.RunPython(keep_owners, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name="search", name="search_anonymous_oldest"),
        migrations.RemoveField(model_name="search", name="owner"),
        migrations.AddIndex(
            model_name="search", index=models.Index(fields=["registered"], name="search_oldest")
        ),
    ]
