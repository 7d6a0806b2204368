"""The recipe that turns pinned sources into CPython for wasm32-wasip1."""
