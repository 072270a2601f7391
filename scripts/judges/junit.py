#!/usr/bin/env python3
"""Validates a JUnit report against an XML Schema: junit.py FILE XSD."""
import sys

from lxml import etree


def main(file, xsd):
    schema = etree.XMLSchema(etree.parse(xsd))
    if schema.validate(etree.parse(file)):
        return 0
    print(schema.error_log)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
