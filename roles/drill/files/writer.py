# Copyright: (c) 2026, halab.cluster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes checksummed records while a node is drilled, and tells whoever asks which of them are on the disk.

    writer.py start ADDRESS PORT DIRECTORY...    begins anew, as a service that is there again after a boot
    writer.py write ADDRESS PORT DIRECTORY...    writes to each directory four times a second, and answers on UDP
    writer.py serve                              what the service does: the same, with what it was started with
    writer.py check DIRECTORY...                 prints which records are there, as JSON
    writer.py stop DIRECTORY...                  removes the service, and the records

A record that was told to be written has been through fsync(2): it must be there whatever happens afterwards. A number
belongs to a run of the writer, since one that starts again after a power cut counts from 1 again. Number 0 is the last
record of a run that was stopped in order, as when a host shuts down.
"""
from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

# Seconds. More often than this, a virtual machine under software emulation does nothing else any more.
INTERVAL = 0.25
NAME = "halab-drill.records"
SIZE = 512
DIGEST = hashlib.sha256().digest_size
HEAD = 64
# ip(7), and socket has no name for it: the address of a bond may come later than this service, and leave for a moment.
IP_FREEBIND = 15
UNIT = "halab-drill-writer.service"
UNIT_FILE = "/etc/systemd/system/" + UNIT
AT_BOOT = "/etc/systemd/system/multi-user.target.wants/" + UNIT
# Not in the unit, which is therefore always the same: systemd need not read all of its units again, which takes a virtual
# machine under software emulation ten seconds.
ORDERS = "/etc/halab-drill-writer.json"
UNIT_TEXT = """[Unit]
Description=Writes records while this host is drilled
After=network.target

[Service]
ExecStart=%(command)s
Restart=always

[Install]
WantedBy=multi-user.target
"""


def record(run, number):
    """One record: who wrote it and which one it is, noise, and the checksum of both."""
    head = ("%s %d" % (run, number)).encode("ascii").ljust(HEAD)
    text = head + os.urandom(SIZE - HEAD - DIGEST)
    return text + hashlib.sha256(text).digest()


def parse(block):
    """(run, number) of a record, or None for one that is not as it was written."""
    if len(block) != SIZE or hashlib.sha256(block[:-DIGEST]).digest() != block[-DIGEST:]:
        return None
    run, number = block[:HEAD].decode("ascii").split()
    return run, int(number)


class Writer(threading.Thread):
    """Writes to one directory."""

    def __init__(self, directory, run):
        super().__init__(daemon=True)
        self.path = os.path.join(directory, NAME)
        self.name_of_run = run
        self.written = 0  # the last record that is on the disk
        self.error = None
        self.stopped = threading.Event()

    def run(self):
        while not self.stopped.is_set():
            try:
                self.write_on()
            except OSError as error:
                # Perhaps it comes back. Whoever asks sees that nothing is written, and why.
                self.error = str(error)
                time.sleep(1)

    def write_on(self):
        # Never made here: where the file system is not mounted, something else would be written to.
        with open(os.open(self.path, os.O_WRONLY | os.O_APPEND), "ab", buffering=0) as stream:
            # A power cut may have left half a record behind.
            stream.truncate(os.fstat(stream.fileno()).st_size // SIZE * SIZE)
            due = time.monotonic()
            while not self.stopped.is_set():
                stream.write(record(self.name_of_run, self.written + 1))
                os.fsync(stream.fileno())
                self.written += 1
                self.error = None
                # After a pause it does not hurry to make up for it.
                due = max(due + INTERVAL, time.monotonic())
                time.sleep(max(due - time.monotonic(), 0))
            stream.write(record(self.name_of_run, 0))
            os.fsync(stream.fileno())


def write(address, port, directories):
    run = "%x" % time.time_ns()
    writers = {directory: Writer(directory, run) for directory in directories}
    for writer in writers.values():
        writer.start()

    def stop(*dummy):
        for writer in writers.values():
            writer.stopped.set()
        for writer in writers.values():
            writer.join()
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
        sock.bind((address, port))
        while True:
            question, asker = sock.recvfrom(64)
            answer = {
                "question": question.decode("ascii", errors="replace"),
                "run": run,
                "written": {directory: writer.written for directory, writer in writers.items()},
                "errors": {directory: writer.error for directory, writer in writers.items() if writer.error},
            }
            try:
                sock.sendto(json.dumps(answer).encode("ascii"), asker)
            except OSError:
                # No way to whoever asked, at this moment. That no answer comes is what is being measured.
                continue


def check(directories):
    """{directory: {"runs": {run: {first, last, count, ended}}, "damaged": how many records are not as written}}"""
    found = {}
    for directory in directories:
        runs, damaged = {}, 0
        if not os.path.exists(os.path.join(directory, NAME)):
            continue  # its file system is not there; the one who asks misses it
        with open(os.path.join(directory, NAME), "rb") as stream:
            while block := stream.read(SIZE):
                seen = parse(block)
                if seen is None:
                    damaged += 1
                    continue
                run, number = seen
                one = runs.setdefault(run, {"first": number, "last": number, "count": 0, "ended": False})
                if number == 0:
                    one["ended"] = True
                    continue
                one["last"] = max(one["last"], number)
                one["count"] += 1
        found[directory] = {"runs": runs, "damaged": damaged}
    return found


def systemctl(*arguments):
    subprocess.run(["systemctl", "--quiet", *arguments], check=True)


def forget(directories):
    """No service, and no records."""
    if os.path.exists(UNIT_FILE):
        systemctl("stop", UNIT)
    for path in [AT_BOOT, UNIT_FILE, ORDERS] + [os.path.join(directory, NAME) for directory in directories]:
        if os.path.lexists(path):
            os.unlink(path)


def start(address, port, directories):
    forget(directories)
    for directory in directories:
        with open(os.path.join(directory, NAME), "xb") as stream:
            os.fsync(stream.fileno())
    with open(ORDERS, "w", encoding="ascii") as orders:
        json.dump([address, int(port), directories], orders)
    with open(UNIT_FILE, "w", encoding="ascii") as unit:
        unit.write(UNIT_TEXT % {"command": " ".join([sys.executable, os.path.abspath(__file__), "serve"])})
    os.symlink(UNIT_FILE, AT_BOOT)
    # The power may be cut the next moment, and then all of this, and the program itself, has to be on the disk.
    os.sync()
    systemctl("start", UNIT)


def serve():
    with open(ORDERS, encoding="ascii") as orders:
        write(*json.load(orders))


def main(argv):
    verb, arguments = (argv[1], argv[2:]) if len(argv) > 1 else (None, [])
    if verb == "start" and len(arguments) > 2:
        start(arguments[0], arguments[1], arguments[2:])
    elif verb == "write" and len(arguments) > 2:
        write(arguments[0], int(arguments[1]), arguments[2:])
    elif verb == "serve" and not arguments:
        serve()
    elif verb == "check" and arguments:
        print(json.dumps(check(arguments)))
    elif verb == "stop" and arguments:
        forget(arguments)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv)
