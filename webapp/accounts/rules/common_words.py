"""Words that stand in the passwords people choose most.

Written by hand for Firstbell from what is commonly known of such lists (names of seasons, teams, pets, the words of a
school, rows of the keyboard); no breached password is copied. A password is measured by what is left of it without
them, so that one word covers its thousands of variants.
"""

from __future__ import annotations

_WORDS = """
password passwort passw0rd pass passphrase passcode pwd secret secure login logon signin welcome letmein access admin
administrator root guest user username master default changeme change system server computer internet office windows
microsoft google apple android samsung facebook twitter instagram youtube netflix spotify amazon paypal hotmail gmail
outlook email school academy primary secondary college sixthform nursery infant junior teacher headteacher head deputy
pupil student class classroom register attendance governor lesson homework assembly playground reception staffroom term
firstbell bell safeguarding education learning maths english science history geography football cricket rugby netball
hockey tennis swimming running arsenal chelsea liverpool manchester united city everton tottenham spurs newcastle
villa leeds celtic rangers westham england scotland wales ireland britain london birmingham bristol sheffield leicester
monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october
november december spring summer autumn winter christmas easter halloween birthday holiday weekend today tomorrow
love loveyou iloveyou loveme lovely sweetheart darling princess prince queen king angel baby babygirl sweet honey sugar
sunshine rainbow butterfly flower rose daisy lily poppy cupcake chocolate cookie banana orange apple cherry strawberry
monkey dragon tiger lion bear panda puppy kitten cat dog horse pony unicorn shadow fluffy rusty molly bella charlie max
buddy oscar alfie archie poppy ginger smokey pepper coco superman batman spiderman ironman pokemon pikachu minecraft
fortnite roblox starwars skywalker yoda jedi harrypotter potter hogwarts gryffindor matrix trustno freedom whatever
nothing something blink nirvana metallica beatles killer hunter ranger mustang ferrari porsche mercedes corvette harley
michael jennifer jordan michelle daniel jessica ashley andrew matthew joshua thomas robert nicole anthony william george
hannah samantha amanda elizabeth charlotte sophie olivia emily jack harry oliver james david sarah laura emma lucy
mother father mummy daddy mum dad sister brother family friend friends forever hello goodbye goodluck god jesus
blessed faith heaven hope peace money lucky happy smile magic star moon sun earth
correcthorsebatterystaple correct horse battery staple abc qwe asd zxc qaz wsx edc one two three four five six seven
eight nine ten thisis mypassword my the and new old big
"""
COMMON_WORDS: tuple[str, ...] = tuple(sorted(set(_WORDS.split()), key=len, reverse=True))
ROWS: tuple[str, ...] = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujm", "1q2w3e4r5t6y7u8i9o0p", "!\"£$%^&*()", "!@#$%^&*()",
)  # fmt: skip
"""What fingers run along."""
