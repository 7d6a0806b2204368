from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.shortcuts import redirect, render

from desk.models import Letter


class LetterForm(forms.ModelForm):
    class Meta:
        model = Letter
        fields = ["title", "attached"]


def letters(request):
    count = cache.get_or_set("letters", Letter.objects.count, 60)
    return render(request, "desk/letters.html", {"letters": Letter.objects.all(), "count": count})


def write(request):
    form = LetterForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        messages.success(request, f"{form.save()} is written")
        cache.delete("letters")
        return redirect("/")
    return render(request, "desk/write.html", {"form": form})
