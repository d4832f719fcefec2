"""What is done to accounts: made, changed, closed; their passwords."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from dragops_site import audit, jsontext
from dragops_site.accounts.models import User
from dragops_site.accounts.roles import Role
from dragops_site.errors import Conflict, Invalid

LONGEST_PASSWORD = 1_000


@transaction.atomic
def create_person(admin: User, email: str, role: str, password: str) -> User:
    """A new account. Raises Invalid, Conflict where the address has one."""
    email = jsontext.clean(email).strip().lower()
    wrong = {"email": _email_problem(email), "role": _role_problem(role)}
    wrong["password"] = password_problem(password, User(email=email))
    _refuse(wrong)
    try:
        with transaction.atomic():
            made = User.objects.create_user(email, password, role=role)
    except IntegrityError:
        raise Conflict("This e-mail address has an account already.", code="EMAIL_ALREADY_EXISTS") from None
    audit.record(admin, "created account", made, detail=role)
    return made


@transaction.atomic
def change_person(admin: User, person: User, *, role: str | None = None, is_active: bool | None = None) -> None:
    """Another role, or the account closed or opened again. Raises Invalid, and Conflict for the last admin."""
    _refuse({"role": _role_problem(role) if role is not None else ""})
    # All admins are locked: of two that take the role from each other, the second finds the first's done.
    admins = set(_admins().select_for_update().values_list("pk", flat=True))
    found = User.objects.select_for_update().get(pk=person.pk)
    found.role = role or found.role
    found.is_active = found.is_active if is_active is None else is_active
    stays = found.is_active and (found.role == Role.ADMIN or found.is_superuser)
    if admins == {found.pk} and not stays:
        raise Conflict("This is the last admin. Make somebody else one first.")
    found.save(update_fields=["role", "is_active"])
    state = "open" if found.is_active else "closed"
    audit.record(admin, "changed account", found, detail=f"{found.role}, {state}")


@transaction.atomic
def set_password(actor: User, person: User, password: str) -> None:
    """Give a person another password; sessions and tokens of the API that the old one gave end. Raises Invalid."""
    _refuse({"password": password_problem(password, person)})
    person.set_password(password)
    person.save(update_fields=["password"])
    audit.record(actor, "changed password", person)


def change_password(person: User, old: str, new: str) -> None:
    """The same by the person who knows the old one. Raises Invalid."""
    if not person.check_password(old):
        told = "This is not the password that you have now."
        raise Invalid(told, details={"old": told})
    set_password(person, person, new)


def password_problem(password: str, person: User) -> str:
    """Why it is no good password for this person; empty where it is."""
    if len(password) > LONGEST_PASSWORD:
        return f"At most {LONGEST_PASSWORD:,} characters."
    try:
        validate_password(password, person)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def _admins() -> QuerySet[User]:
    return User.objects.filter(Q(role=Role.ADMIN) | Q(is_superuser=True), is_active=True)


def _email_problem(email: str) -> str:
    try:
        validate_email(email)
    except ValidationError:
        return "Write an e-mail address like ada@example.com."
    return ""


def _role_problem(role: str) -> str:
    return "" if role in Role.values else "Choose a role."


def _refuse(wrong: dict[str, str]) -> None:
    if told := {field: problem for field, problem in wrong.items() if problem}:
        raise Invalid(" ".join(told.values()), details=told)
