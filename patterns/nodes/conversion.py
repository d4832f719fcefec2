"""Conversion: a value as another type, where a wire alone would not convert it."""
