"""Packets through a tunnel while something happens to its relay."""

import re
import signal


class Traffic:
    """A hundred packets a second, and their answers."""

    def __init__(self, sender, receiver):
        self.process = sender.host.start("ping", "-q", "-i", "0.01", "-W", "2", receiver.address)

    def stop(self):
        """The number of packets that were sent, and of those without an answer."""
        self.process.send_signal(signal.SIGINT)
        out = self.process.communicate(timeout=20)[0].decode()
        sent, received = map(int, re.search(r"(\d+) packets transmitted, (\d+) received", out).groups())
        return sent, sent - received
