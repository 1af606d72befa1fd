"""Figures as people read them."""

__all__ = ["duration", "size"]


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


def duration(seconds: float) -> str:
    """Seconds, in the unit that suits them."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
