"""What `select.epoll` tells of a pair of sockets, step by step, by the same steps as natively."""

import errno
import json
import select
import socket
import tempfile

_NAMES = {select.EPOLLIN: "in", select.EPOLLOUT: "out", select.EPOLLHUP: "hung up"}


def told(folder):
    one, other = socket.socketpair()
    watch = select.epoll()
    with one, other, watch, tempfile.TemporaryFile(dir=folder) as file:

        def ready(*arguments):
            ends = {one.fileno(): "one", other.fileno(): "other"}
            return [
                [ends[fd], [_NAMES[each] for each in _NAMES if events & each]]
                for fd, events in watch.poll(0, *arguments)
            ]

        steps = [ready(), _outcome(watch.register, one, select.EPOLLIN), ready()]
        other.send(b"x")
        steps += [ready(), ready(), _outcome(watch.register, one)]
        steps += [_outcome(watch.modify, one, select.EPOLLIN | select.EPOLLOUT), ready()]
        steps += [
            _outcome(watch.register, other, select.EPOLLOUT | select.EPOLLONESHOT),
            sorted(ready()),
            ready(),
        ]
        steps += [len(ready(1)), _outcome(watch.modify, other, select.EPOLLOUT), sorted(ready())]
        steps += [
            _outcome(watch.unregister, other),
            _outcome(watch.unregister, other),
            _outcome(watch.modify, other, 1),
        ]
        steps += [
            _outcome(watch.register, file),
            _outcome(watch.register, 1000),
            _outcome(watch.register, -1),
        ]
        steps += [_outcome(watch.poll, 0, 0), _outcome(select.epoll, 0), _outcome(select.epoll, -1, 1)]
        one.recv(1)
        steps += [ready(), _outcome(watch.unregister, one), ready(), watch.closed]
    steps += [watch.closed, _outcome(watch.poll), _outcome(watch.register, 0), _outcome(watch.fileno)]
    return steps


def _outcome(call, *arguments):
    try:
        return str(call(*arguments))
    except OSError as error:
        return f"{type(error).__name__} {errno.errorcode.get(error.errno)}"
    except ValueError as error:
        return f"ValueError {error}"


if __name__ == "__main__":
    print(json.dumps(told(tempfile.gettempdir())))
