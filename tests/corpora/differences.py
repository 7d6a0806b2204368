"""Where wasgi does otherwise than waitress's functional tests expect, and why."""

_STAYS_OPEN = "they want the connection closed behind a 500; wasgi keeps it, as the answer is whole"
_EXPECTED_CLOSE = (
    "they want the connection closed after a chunked answer; wasgi keeps it (RFC 9112 section 9.3)"
)
_TEXT_BLOCK = (
    "they want the head out before the block, which is str, is looked at; wasgi answers 500 with a traceback"
)
_HEADER_LIMIT = "they want 431 beyond 1000 bytes; the least that wasgi's --header-bytes goes to is 8 KiB"
_CASE = "they want 'Keep-Alive' in this case of letters; RFC 9110 section 7.6.1: its case does not matter"
_OLD_KEEP_ALIVE = (
    "they want 'Connection: close'; hyper says keep-alive and closes, as the body's end has to be shown"
)
_FILE_LENGTH = (
    "they want a Content-Length made of the wrapped file's size, which PEP 3333 leaves to the server"
)
_CHUNK_WORDS = "400 as they want it, but in other words, and without 'Connection: close' before the close"

DIFFERENCES = {
    "TcpEchoTests.test_bad_host_header": "400 as they want it, but as HTTP/1.1: the head was not understood",
    "TcpEchoTests.test_broken_chunked_encoding_invalid_hex": _CHUNK_WORDS,
    "TcpEchoTests.test_broken_chunked_encoding_missing_chunk_end": _CHUNK_WORDS,
    "TcpEchoTests.test_broken_chunked_encoding_invalid_extension": (
        "they want 400 for '20;invalid='; wasgi ignores chunk extensions (RFC 9112 section 7.1.1)"
    ),
    "TcpEchoTests.test_keepalive_http10_explicit": _CASE,
    "TcpEchoTests.test_proxy_headers": "they trust any proxy's X-Forwarded-*; this run of wasgi trusts none",
    "TcpFileWrapperTests.test_filelike_longcl_http11": (
        "they want a Content-Length beyond the file's size corrected; wasgi keeps it and cuts visibly"
    ),
    "TcpFileWrapperTests.test_filelike_nocl_http10": _FILE_LENGTH,
    "TcpFileWrapperTests.test_filelike_nocl_http11": _FILE_LENGTH,
    "TcpFileWrapperTests.test_notfilelike_nocl_http11": _EXPECTED_CLOSE,
    "TcpInternalServerErrorTests.test_after_start_response_http10": _STAYS_OPEN,
    "TcpInternalServerErrorTests.test_after_start_response_http11": _STAYS_OPEN,
    "TcpInternalServerErrorTests.test_after_write_cb": _TEXT_BLOCK,
    "TcpInternalServerErrorTests.test_before_start_response_http_10": _STAYS_OPEN,
    "TcpInternalServerErrorTests.test_before_start_response_http_11": _STAYS_OPEN,
    "TcpInternalServerErrorTests.test_in_generator": _TEXT_BLOCK,
    "TcpInternalServerErrorTestsWithTraceback.test_expose_tracebacks_http_10": _STAYS_OPEN,
    "TcpInternalServerErrorTestsWithTraceback.test_expose_tracebacks_http_11": (
        "they want the traceback in the answer on demand; wasgi has it in the log alone"
    ),
    "TcpNoContentLengthTests.test_http10_generator": _OLD_KEEP_ALIVE,
    "TcpNoContentLengthTests.test_http10_listlentwo": _OLD_KEEP_ALIVE,
    "TcpNoContentLengthTests.test_http11_generator": _EXPECTED_CLOSE,
    "TcpNoContentLengthTests.test_http11_listlentwo": _EXPECTED_CLOSE,
    "TcpTooLargeTests.test_request_body_too_large_chunked_encoding": (
        "they want 413 although the application reads no body; to wasgi what nobody reads has no size"
    ),
    "TcpTooLargeTests.test_request_body_too_large_with_no_cl_http10_keepalive": _HEADER_LIMIT,
    "TcpTooLargeTests.test_request_body_too_large_with_no_cl_http11": _HEADER_LIMIT,
    "TcpTooLargeTests.test_request_body_too_large_with_wrong_cl_http10_keepalive": _HEADER_LIMIT,
    "TcpTooLargeTests.test_request_body_too_large_with_wrong_cl_http11": _HEADER_LIMIT,
    "TcpTooLargeTests.test_request_headers_too_large_http11": _HEADER_LIMIT,
}
