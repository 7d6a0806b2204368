from django.db import models


class Letter(models.Model):
    title = models.CharField(max_length=80)
    attached = models.FileField(upload_to="letters", blank=True)

    def __str__(self):
        return self.title
