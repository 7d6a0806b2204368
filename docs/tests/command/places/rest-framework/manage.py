import sys

import notes  # noqa: F401 -- has the settings
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
