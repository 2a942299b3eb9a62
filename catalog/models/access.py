"""Keep tokens that stand for a user."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class ApiToken(models.Model):
    """Keep a secret that signs a program in as its user, by its SHA-256 only: the secret itself is random."""

    class Scope(models.TextChoices):
        """Name what a token is good for, if its user may: each scope includes those before it."""

        READ = "read", "Read: see and search"
        INGEST = "ingest", "Ingest: also upload files and bring imagery in"
        WRITE = "write", "Write: also make, change and delete collections and items"
        ADMIN = "admin", "Admin: all that its user may, members and tokens too"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=128)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # The secret's first characters, so that its owner can tell one token from another.
    prefix = models.CharField(max_length=12, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    last_used = models.DateTimeField(null=True, blank=True, editable=False)
    expires = models.DateTimeField(null=True, blank=True)
    scope = models.CharField(max_length=16, choices=Scope, default=Scope.ADMIN)

    class Meta:
        constraints = (
            models.CheckConstraint(name="api_token_digest_not_empty", condition=~Q(digest="")),
            models.CheckConstraint(
                name="api_token_scope_known", condition=Q(scope__in=["read", "ingest", "write", "admin"])
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
