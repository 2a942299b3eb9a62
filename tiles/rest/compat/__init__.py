"""What django-large-image's users ask for, in its own spelling."""
