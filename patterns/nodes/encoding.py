"""Encoding and Crypto: texts and bytes in other forms, digests, signatures and ids."""
