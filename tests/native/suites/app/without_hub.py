"""A plugin of pytest: what would be fetched from Hugging Face's hub is not asked for."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"
