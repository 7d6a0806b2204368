from desk import views
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", views.letters),
    path("write", views.write),
    path("admin/", admin.site.urls),
    path("accounts/", include("django.contrib.auth.urls")),
]
