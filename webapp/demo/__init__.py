"""The demo trust: Hill Primary and Vale Academy on a school morning.

``seeding.seed`` fills an empty database; ``cast`` is the table of named families, ``morning`` what they tell school,
``cards`` how to sign in.
"""
