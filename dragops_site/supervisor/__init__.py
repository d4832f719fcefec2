"""Keeps the processes of one DRAGOPS server: starts, restarts and stops them. Imports no Django."""
