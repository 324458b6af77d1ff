"""Families with roots elsewhere in Europe, and Roma families."""

from __future__ import annotations

from webapp.demo.names.shapes import Background, listed

EUROPEAN = (
    Background(
        "polish", 34, "WOTH", "pl", 0.74,
        listed("""
            Zofia, Hanna, Julia, Maja, Oliwia, Lena, Amelia, Wiktoria, Kinga, Gabriela, Małgosia, Natalia, Weronika,
            Ania
        """),
        listed("""
            Łukasz, Jakub, Szymon, Filip, Kacper, Antoni, Michał, Oskar, Mikołaj, Wojciech, Bartosz, Dawid,
            Stanisław
        """),
        listed("Agnieszka, Katarzyna, Małgorzata, Monika, Joanna, Ewa, Beata, Dorota, Iwona, Aneta, Justyna, Sylwia"),
        listed("Piotr, Tomasz, Krzysztof, Paweł, Marcin, Grzegorz, Rafał, Mariusz, Sławomir, Zbigniew, Jarosław"),
        listed("""
            Nowak, Kowalski/Kowalska, Wiśniewski/Wiśniewska, Wójcik, Kowalczyk, Kamiński/Kamińska,
            Lewandowski/Lewandowska, Zieliński/Zielińska, Woźniak, Dąbrowski/Dąbrowska, Szymański/Szymańska, Mazur,
            Król, Jabłoński/Jabłońska, Grabowski/Grabowska
        """),
    ),
    Background(
        "romanian", 18, "WOTH", "ro", 0.8,
        listed("Ioana, Andreea, Daria, Sofia, Ștefania, Bianca, Mălina, Alexia, Teodora, Ilinca"),
        listed("Andrei, Matei, Luca, Ștefan, Vlad, Mihai, Răzvan, Tudor, Rareș, Cristian"),
        listed("Elena, Mihaela, Gabriela, Cristina, Simona, Mădălina, Oana, Roxana"),
        listed("Ion, Gheorghe, Adrian, Florin, Cătălin, Marius, Bogdan, Dănuț"),
        listed("""
            Popescu, Ionescu, Popa, Dumitru, Stan, Gheorghe, Munteanu, Moldovan, Rădulescu, Țurcanu, Diaconu, Șerban
        """),
    ),
    Background(
        "roma", 14, "WROM", "ro", 0.78,
        listed("Ionela, Rebeca, Sara, Esmeralda, Denisa, Larisa, Alesia, Narcisa, Vanesa"),
        listed("Florin, Ricardo, Denis, Armando, Marian, Alexandru, Patrik, Kristián, Sebastian"),
        listed("Ionela, Maria, Mirela, Lenuța, Anišoara, Věra, Rodica, Ileana"),
        listed("Costel, Vasile, Ilie, Marian, Ladislav, Gheorghe, Petru, Dušan"),
        listed("Căldărar, Lăcătuș, Ciurar, Rostaș, Horváth, Moldovan, Balog, Gábor, Mitică"),
    ),
    Background(
        "ukrainian", 10, "WOTH", "uk", 0.9,
        listed("Olena, Daryna, Sofiia, Solomiia, Anastasiia, Zlata, Myroslava, Yeva, Kateryna"),
        listed("Artem, Maksym, Danylo, Nazar, Oleksandr, Mykyta, Ostap, Tymofii, Bohdan"),
        listed("Iryna, Oksana, Natalia, Tetiana, Halyna, Liudmyla, Yuliia, Svitlana"),
        listed("Andrii, Serhii, Volodymyr, Ihor, Mykola, Vitalii, Roman"),
        listed("""
            Kovalenko, Shevchenko, Bondarenko, Tkachenko, Melnyk, Kravchenko, Petrenko, Lysenko, Hrytsenko, Moroz
        """),
    ),
    Background(
        "slovak", 8, "WOTH", "cs", 0.7,
        listed("Tereza, Eliška, Adéla, Barbora, Nikola, Kristýna, Viktória, Ema"),
        listed("Leo, Matěj, Tomáš, Ondřej, Vojtěch, Dominik, Šimon, Marek"),
        listed("Jana, Lucie, Zuzana, Petra, Markéta, Lenka, Dana"),
        listed("Petr, Pavel, Milan, Radek, Jiří, Miroslav, Juraj"),
        listed("Novák/Nováková, Svoboda/Svobodová, Dvořák/Dvořáková, Černý/Černá, Horák/Horáková, Kováč/Kováčová"),
    ),
    Background(
        "iberian", 12, "WOTH", "pt", 0.6,
        listed("Inês, Beatriz, Mariana, Carolina, Lúcia, Matilde, Noemí, Inés, Leonor, Begoña"),
        listed("José, João, Tiago, Gonçalo, Ángel, Raúl, Martim, Sebastián, Duarte, Íñigo"),
        listed("Fátima, Conceição, Patrícia, Rocío, Sónia, Marisol, Teresa, Graça"),
        listed("António, Luís, Manuel, Jesús, Rui, Joaquim, Óscar, Sérgio"),
        listed("""
            Fernández, da Silva, Gonçalves, Pereira, García, Martínez, dos Santos, Ferreira, Núñez, Araújo, Correia
        """),
    ),
    Background(
        "baltic", 8, "WOTH", "lt", 0.62,
        listed("Ugnė, Gabija, Austėja, Emilija, Anastasija, Kamilė, Elīna"),
        listed("Matas, Lukas, Dominykas, Nojus, Kristaps, Jokūbas, Artūrs"),
        listed("Rasa, Daiva, Jolanta, Ilze, Žaneta, Inga"),
        listed("Vytautas, Darius, Andris, Mindaugas, Jānis, Tomas"),
        listed("""
            Kazlauskas/Kazlauskienė, Petrauskas/Petrauskaitė, Bērziņš/Bērziņa, Jankauskas/Jankauskaitė, Ozols/Ozola
        """),
    ),
)  # fmt: skip
