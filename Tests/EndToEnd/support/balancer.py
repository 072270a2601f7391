"""A load balancer made of nftables, in front of the members of a relay."""

import subprocess


class Balancer:
    """Sends each flow of a port to one of the members, and their answers back."""

    def __init__(self, host, address="10.99.0.1", port=40000):
        self.host, self.address, self.port = host, address, port
        host.run("sysctl", "-qw", "net.ipv4.ip_forward=1")

    def use(self, *members, choice="jhash ip saddr . udp sport"):
        """Sends new flows to these members: by the peer's address, or `choice="numgen random"`."""
        targets = ", ".join(f"{number} : {address}" for number, address in enumerate(members))
        rules = f"""
            table ip balancer
            delete table ip balancer
            table ip balancer {{
              chain in {{
                type nat hook prerouting priority -100;
                ip daddr {self.address} udp dport {self.port} dnat to {choice} mod {len(members)} map {{ {targets} }}
              }}
              chain out {{
                type nat hook postrouting priority 100;
                ct status dnat udp dport {self.port} masquerade
              }}
            }}
        """
        subprocess.run(["ip", "netns", "exec", self.host.name, "nft", "-f", "-"], input=rules, text=True, check=True)

    def forget(self, member):
        """Lets the flows of a member go elsewhere, as a balancer does when a health check fails."""
        self.host.run("conntrack", "-D", "-p", "udp", "--reply-src", member, check=False)
