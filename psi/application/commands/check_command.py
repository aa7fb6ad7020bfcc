"""``psi check``: everything wrong with a paradigm on a rig, at once."""

from __future__ import annotations

import sys

from psi.application.requests import request_of_choice
from psi.application.run_options import Choice
from psi.assembly.preparation import load_choice
from psi.core.errors import ConfigurationError

EXIT_FINDINGS = 2


def check(options: Choice) -> int:
    """Print every finding; 2 where one of them is an error, else 0."""
    try:
        findings = load_choice(request_of_choice(options)).findings
    except ConfigurationError as error:
        findings = list(error.findings)
    for finding in findings:
        sys.stderr.write(f"{'error' if finding.severity == 'error' else 'warning'}: {finding}\n")
    errors = sum(finding.severity == "error" for finding in findings)
    if errors:
        sys.stderr.write(f"{options.paradigm} on {options.rig}: {errors} error{'s' if errors > 1 else ''}\n")
        return EXIT_FINDINGS
    print(f"{options.paradigm} on {options.rig}: nothing wrong")
    return 0
