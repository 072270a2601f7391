"""The text format of Prometheus."""


def samples(text, name):
    """The values of a metric, of all its labels."""
    return [float(line.split()[-1]) for line in text.splitlines() if line.startswith(name)]
