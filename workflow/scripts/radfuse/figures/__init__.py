"""The figures' one visual language."""
