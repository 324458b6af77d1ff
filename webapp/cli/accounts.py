"""Commands about people and keys."""

from __future__ import annotations

import click
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from webapp.cli.settings import open_database


@click.command("create-admin")
@click.option("--organisation", required=True, help="Name of the trust or school; made if it is not there.")
@click.option("--school", "school_code", required=True, help="Code of the school, as in its addresses.")
@click.option("--school-name", default=None, help="Name of the school, if it is new.")
@click.option("--phone", default=None, help="The school's telephone number, if it is new.")
@click.option("--first-name", required=True)
@click.option("--last-name", required=True)
@click.option("--email", required=True, help="Where sign-in codes go.")
def create_admin(
    organisation: str, school_code: str, school_name: str | None, phone: str | None, first_name: str,
    last_name: str, email: str,
) -> None:  # fmt: skip
    """Make the first administrator, and the organisation and school if they are new."""
    from webapp.people.services import PeopleRefused, create_administrator

    with open_database() as (settings, _database):
        try:
            made = create_administrator(
                organisation=organisation, school_code=school_code, school_name=school_name, phone=phone,
                first_name=first_name, last_name=last_name, email=email,
                allow_fictional=settings.fictional_numbers,
            )  # fmt: skip
        except PeopleRefused as refused:
            raise click.ClickException(str(refused)) from None
    click.echo(made)


@click.group()
def vapid() -> None:
    """Keys for Web Push."""


@vapid.command("new")
def vapid_new() -> None:
    """Print a new private key for FIRSTBELL_VAPID_PRIVATE_KEY. Changing it ends every subscription."""
    key = ec.generate_private_key(ec.SECP256R1())
    click.echo(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
    )
