"""The guest's protocol side: the WSGI gateway (PEP 3333) that serves one application inside WebAssembly.

Only `boot` knows the C module `_wasgi`; everything else also runs, and is tested, on an ordinary Python.
"""
