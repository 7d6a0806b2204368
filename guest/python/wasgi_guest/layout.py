"""The sandbox's folders, by which code finds a file's owner. They end in a separator."""

import os
import sys

APPLICATION = "/app/"
STDLIB = os.path.dirname(os.__file__) + os.sep
PACKAGES = os.path.join(sys.prefix, "lib", os.path.basename(STDLIB[:-1]), "site-packages") + os.sep
# From a code object: frames show the file name of the build, which may differ from `__file__`.
GATEWAY = os.path.dirname((lambda: None).__code__.co_filename) + os.sep
