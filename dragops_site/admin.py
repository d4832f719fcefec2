from django.contrib import admin

from dragops_site.adminbase import HistoryAdmin
from dragops_site.models import KeptAnswer


@admin.register(KeptAnswer)
class KeptAnswerAdmin(HistoryAdmin):
    list_display = ("digest", "created_at")
    search_fields = ("digest",)
