"""Where things lie in the sandbox, and so whose they are. Folders end in a separator."""

import os
import sys

APPLICATION = "/app/"
STDLIB = os.path.dirname(os.__file__) + os.sep
PACKAGES = os.path.join(sys.prefix, "lib", os.path.basename(STDLIB[:-1]), "site-packages") + os.sep
# Asked of the code object, because a module without its source keeps the file name of the build.
GATEWAY = os.path.dirname((lambda: None).__code__.co_filename) + os.sep
