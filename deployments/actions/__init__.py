"""What can be done to a deployment: one function a file, the same for every entrance."""

from deployments.actions.capture_request import capture_request
from deployments.actions.change_connection import change_connection
from deployments.actions.change_environment import change_environment
from deployments.actions.change_settings import change_settings
from deployments.actions.create_connection import create_connection
from deployments.actions.create_environment import create_environment
from deployments.actions.delete_connection import delete_connection
from deployments.actions.delete_environment import delete_environment
from deployments.actions.delete_secret import delete_secret
from deployments.actions.deploy import deploy
from deployments.actions.execute import execute
from deployments.actions.fork import fork
from deployments.actions.pause import pause
from deployments.actions.rerun import rerun
from deployments.actions.resume import resume
from deployments.actions.rollback import rollback
from deployments.actions.rotate_webhook_secret import rotate_webhook_secret
from deployments.actions.run_captured import run_captured
from deployments.actions.set_secret import set_secret
from deployments.actions.set_webhook_security import set_webhook_security
from deployments.actions.start_webhook_run import start_webhook_run
from deployments.actions.undeploy import undeploy

__all__ = [
    "capture_request",
    "change_connection",
    "change_environment",
    "change_settings",
    "create_connection",
    "create_environment",
    "delete_connection",
    "delete_environment",
    "delete_secret",
    "deploy",
    "execute",
    "fork",
    "pause",
    "rerun",
    "resume",
    "rollback",
    "rotate_webhook_secret",
    "run_captured",
    "set_secret",
    "set_webhook_security",
    "start_webhook_run",
    "undeploy",
]
