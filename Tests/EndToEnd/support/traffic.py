"""Packets through a tunnel while something happens to its relay."""

import re
import shlex
import signal
import tempfile


class Traffic:
    """A hundred packets a second, and their answers."""

    def __init__(self, sender, receiver):
        self.output = tempfile.NamedTemporaryFile("r")
        self.process = sender.host.start("sh", "-c", f"exec ping -i 0.01 {shlex.quote(receiver.address)} >{self.output.name}")

    def stop(self):
        """The number of packets that were sent, and of those without an answer. The last ones may still be on their way: only
        those before the last answer count."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)
        answered = {int(number) for number in re.findall(r"icmp_seq=(\d+) ttl", self.output.read())}
        sent = max(answered, default=0)
        return sent, sent - len(answered)
