"""A shared folder by WsgiDAV; its locks and properties are files, as any server with several processes
needs.
"""

import os

from wsgidav.wsgidav_app import WsgiDAVApp

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "data")
SHELVE = {"storage_path": os.path.join(DATA, "locks.shelve")}
application = WsgiDAVApp(
    {
        "provider_mapping": {"/": os.path.join(DATA, "files")},
        "simple_dc": {"user_mapping": {"*": True}},
        "lock_storage": {"class": "wsgidav.lock_man.lock_storage.LockStorageShelve", "kwargs": SHELVE},
        "property_manager": {
            "class": "wsgidav.prop_man.property_manager.ShelvePropertyManager",
            "kwargs": {"storage_path": os.path.join(DATA, "properties.shelve")},
        },
        "verbose": 1,
    }
)
