"""Makes the database, and a product that is in stock."""

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402 -- when Django is set up
from django.core.management import call_command  # noqa: E402
from oscar.core.loading import get_model  # noqa: E402

call_command("migrate", verbosity=0)
User.objects.create_superuser("admin", "admin@example.com", "of-the-exercise")
kind = get_model("catalogue", "ProductClass").objects.create(name="Food", track_stock=False)
product = get_model("catalogue", "Product").objects.create(title="Jam", product_class=kind, upc="1")
partner = get_model("partner", "Partner").objects.create(name="Larder")
record = {"partner": partner, "partner_sku": "1", "price_currency": "GBP", "price": 3, "num_in_stock": 9}
get_model("partner", "StockRecord").objects.create(product=product, **record)
