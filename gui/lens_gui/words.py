"""Figures as people read them."""

__all__ = ["size"]


def size(count: int | None) -> str:
    """Bytes, in the unit that suits them."""
    if count is None:
        return "–"
    amount = float(count)
    for unit in ("bytes", "KB", "MB"):
        if amount < 1000:
            return f"{amount:,.0f} {unit}"
        amount /= 1000
    return f"{amount:,.1f} GB"
