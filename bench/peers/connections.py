"""multiprocessing.Pipe: connections.py NAME prints a line of name TAB unit TAB value.

pipe_8           messages of eight bytes from another process, a second
pipe_1MiB        messages of a mebibyte from another process, in MB/s
pipe_round_trip  eight bytes to another process and back, a second
"""

import multiprocessing
import sys
import time


def send_all(connection, message, count):
    connection.recv()
    for _ in range(count):
        connection.send_bytes(message)
    connection.recv()


def receive(size, count):
    """Messages a second."""
    here, there = multiprocessing.Pipe()
    child = multiprocessing.Process(target=send_all, args=(there, bytes(size), count))
    child.start()
    here.send(None)
    start = time.perf_counter()
    for _ in range(count):
        here.recv_bytes()
    elapsed = time.perf_counter() - start
    here.send(None)
    child.join()
    return count / elapsed


def echo(connection, count):
    for _ in range(count):
        connection.send_bytes(connection.recv_bytes())


def round_trips(count=10_000):
    here, there = multiprocessing.Pipe()
    child = multiprocessing.Process(target=echo, args=(there, count))
    child.start()
    message = bytes(8)
    start = time.perf_counter()
    for _ in range(count):
        here.send_bytes(message)
        here.recv_bytes()
    elapsed = time.perf_counter() - start
    child.join()
    return count / elapsed


MEASURES = {
    "pipe_8": ("message/s", lambda: receive(8, 100_000)),
    "pipe_1MiB": ("MB/s", lambda: receive(1 << 20, 300) * 1.048576),
    "pipe_round_trip": ("round trip/s", round_trips),
}


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in MEASURES:
        sys.exit("usage: connections.py " + "|".join(MEASURES))
    unit, measure = MEASURES[sys.argv[1]]
    print(f"{sys.argv[1]}\t{unit}\t{measure():.0f}")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    main()
