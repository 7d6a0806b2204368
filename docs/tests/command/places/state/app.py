from cachelib import SimpleCache
from flask import Flask

app = Flask(__name__)
cache = SimpleCache()


@app.get("/")
def index():
    cache.inc("visits")
    return f"{cache.get('visits')} visits\n"
