"""The table of classes is complete, in the models' order, and readable in each language."""

import csv
import hashlib
import re
from collections import Counter

import pytest

from classify import table

LANGUAGES = ["en", "es"]

#: SHA-256 of the 1,000 WordNet ids, joined by blanks, in the order of the models' output
#: as the PyPI package of the class names lists them.
IDS_SHA256 = "791ce0333040dd249d13133f90d28ef0263ffc01e5de0afd85b3e32048d7d456"

#: Spanish names that are the English ones too. Each was reviewed: Spanish has borrowed the
#: word, lent it, shares it, or it is a proper name.
SAME_IN_SPANISH = frozenset(
    re.split(
        r",\s+",
        """abaya, affenpinscher, agama, airedale terrier, altar, american staffordshire terrier,
    armadillo, bagel, baguette, banjo, basenji, basset hound, beagle, bedlington terrier, bikini,
    border collie, border terrier, borzoi, boston terrier, bulbul, bullmastiff, burrito,
    cairn terrier, cavalier king charles spaniel, chihuahua, chow chow, clumber spaniel,
    cocker spaniel, collie, coyote, dandie dinmont terrier, dingo, golden retriever, gong,
    guacamole, impala, indri, ipod, jaguar, jeep, joystick, keeshond, kerry blue terrier, kimono,
    koala, komondor, kuvasz, labrador retriever, lakeland terrier, langur, leonberger,
    lhasa apso, llama, maraca, marimba, oboe, ocarina, otterhound, patio, pedestal, perfume,
    pizza, poncho, pretzel, radio, rickshaw, rifle, rottweiler, saluki, schipperke,
    sealyham terrier, shih tzu, siamang, staffordshire bull terrier, sussex spaniel, taxi,
    tractor, west highland white terrier, whippet, wok, wombat, yorkshire terrier""",
    )
)

#: What looks like a Latin binomial: "Tinca tinca". No name may ...
BINOMIAL = re.compile(r"^[A-Z][a-z]+ [a-z]+$")
#: ... unless its first word is the name of a place, a people, a person, a feast or a maker.
PROPER = frozenset(
    re.split(
        r"\s+",
        """Afghan African Airedale Alaskan American Angora Arctic Asian Australian Bedlington Boston
    Brittany Brussels Christmas Dungeness Dutch Egyptian English Eskimo European French German
    Gila Gordon Ibizan Indian Irish Italian Japanese Komodo Labrador Lakeland Lhasa Maltese
    Newfoundland Nile Norfolk Norwegian Norwich Persian Petri Polaroid Rhodesian Scottish
    Sealyham Shetland Siamese Siberian Sussex Tibetan Yorkshire""",
    )
)


def fields(name):
    """Return a file's fields as they are written, as (file, line, field)."""
    with (table.DATA / name).open(newline="", encoding="utf-8") as file:
        return [
            (name, line, field)
            for line, row in enumerate(csv.reader(file), start=1)
            for field in row
        ]


def by_index(language):
    """Return the names in the order of the models' output."""
    names = table.names(language)
    return [names[row.id] for row in table.rows()]


def test_there_are_a_thousand_classes_in_the_models_order():
    rows = table.rows()
    assert [row.index for row in rows] == list(range(1000))
    assert len({row.id for row in rows}) == 1000


def test_the_ids_are_those_of_the_package_in_its_order():
    joined = " ".join(row.id for row in table.rows())
    assert hashlib.sha256(joined.encode()).hexdigest() == IDS_SHA256


def test_english_and_spanish_are_there():
    assert table.languages() == LANGUAGES


def test_there_are_forty_to_sixty_parents_and_each_is_used():
    used = {row.parent for row in table.rows()}
    assert 40 <= len(used) <= 60
    for language in LANGUAGES:
        assert set(table.parents(language)) == used


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_parent_has_a_name_of_its_own(language):
    names = [name.casefold() for name in table.parents(language).values()]
    assert all(names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_class_has_a_name_of_its_own(language):
    ids = [row.id for row in table.rows()]
    assert [wordnet_id for _, _, wordnet_id in fields(f"names.{language}.csv")[3::3]] == ids
    names = Counter(name.name.casefold() for name in by_index(language))
    assert "" not in names
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_synonym_repeats_the_name_or_another_synonym(language):
    for name in by_index(language):
        words = [word.casefold() for word in (name.name, *name.synonyms)]
        assert len(set(words)) == len(words), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_synonym_is_the_name_of_another_class(language):
    names = {name.name.casefold() for name in by_index(language)}
    found = [
        (name.name, synonym)
        for name in by_index(language)
        for synonym in name.synonyms
        if synonym.casefold() in names
    ]
    assert found == []


@pytest.mark.parametrize(
    "file",
    ["classes.csv", *(f"{kind}.{lang}.csv" for kind in ("names", "parents") for lang in LANGUAGES)],
)
def test_no_field_has_blanks_to_spare(file):
    spare = [
        where
        for where in fields(file)
        if where[2] != " ".join(where[2].split()) or re.search(r"\s;|;(?! \S)|^;", where[2])
    ]
    assert spare == []


def test_spanish_names_are_spanish():
    same = {
        spanish.name.casefold()
        for english, spanish in zip(by_index("en"), by_index("es"), strict=True)
        if english.name.casefold() == spanish.name.casefold()
    }
    assert same == SAME_IN_SPANISH


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_is_latin(language):
    latin = [
        name.name
        for name in by_index(language)
        if BINOMIAL.match(name.name) and name.name.split()[0] not in PROPER
    ]
    assert latin == []


@pytest.mark.parametrize(
    ("index", "english", "spanish", "parent"),
    [
        (1, "goldfish", "pez dorado", "pez"),
        (79, "centipede", "ciempiés", "artrópodo"),
        (134, "crane (bird)", "grulla", "ave"),
        (207, "golden retriever", "golden retriever", "perro"),
        (250, "Siberian husky", "husky siberiano", "perro"),
        (281, "tabby cat", "gato atigrado", "gato"),
        (504, "coffee mug", "taza de café", "artículo de cocina"),
        (517, "construction crane", "grúa", "máquina"),
        (620, "laptop", "ordenador portátil", "aparato electrónico"),
        (817, "sports car", "coche deportivo", "coche"),
        (967, "espresso", "café expreso", "bebida"),
        (999, "toilet paper", "papel higiénico", "producto de belleza o higiene"),
    ],
)
def test_well_known_classes(index, english, spanish, parent):
    row = table.rows()[index]
    assert table.names("en")[row.id].name == english
    assert table.names("es")[row.id].name == spanish
    assert table.parents("es")[row.parent] == parent


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (134, 517),  # cranes: the bird, the machine
        (248, 250),  # huskies
        (264, 474),  # Cardigans: the dog, the garment
        (435, 876),  # tubs
        (482, 848),  # cassette and tape players
        (620, 681),  # laptop and notebook
        (638, 639),  # maillots
        (657, 744),  # missile and projectile
        (664, 782),  # monitor and screen
        (836, 837),  # sunglasses
        (987, 998),  # corn
    ],
)
def test_twins_have_names_that_tell_them_apart(language, one, other):
    names = by_index(language)
    assert names[one].name.casefold() != names[other].name.casefold()
    assert names[one].name.casefold() not in {word.casefold() for word in names[other].synonyms}
    assert names[other].name.casefold() not in {word.casefold() for word in names[one].synonyms}
