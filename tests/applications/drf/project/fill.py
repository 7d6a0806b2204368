"""Makes the database: tables, a user, some rows."""

import notes  # noqa: F401 -- it configures Django
from django.contrib.auth.models import Group, User
from django.core.management import call_command

call_command("migrate", verbosity=0)
User.objects.create_superuser("anna", "anna@example.com", "of-the-exercise")
for number in range(25):
    Group.objects.create(name=f"Group {number:02}")
