from django.contrib import admin

from desk.models import Letter

admin.site.register(Letter)
