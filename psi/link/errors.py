"""What goes wrong between two processes."""

from __future__ import annotations

from psi.core.errors import PsiError


class LinkError(PsiError):
    """The other side did not answer, refused, or failed; its text is one clear line."""
