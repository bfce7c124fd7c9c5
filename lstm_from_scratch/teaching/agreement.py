"""A tiny grammar for the question "is or are?": lists of words out, no models."""

import itertools

SUBJECTS = ("key", "keys", "cup", "cups", "dog", "dogs")
PLACES = ("table", "tables", "door", "doors")
PREPOSITIONS = ("near", "behind")
GAP = "___"  # where "is" or "are" is missing
VOCABULARY = ("the", *SUBJECTS, *PREPOSITIONS, *PLACES, GAP, ".")


def sentences(phrases: int) -> list[list[str]]:
    """List all sentences with so many phrases between the subject and the gap.

    Args:
        phrases: number of phrases such as "near the door", 0 or more.

    Returns:
        List of `6 * 8**phrases` lists of words, such as the, keys, near, the, door, ___, and a
        full stop. Each choice of phrases stands there once with each subject.

    Checked by: tests/book/test_agreement.py.
    """
    phrase = [[word, "the", place] for word in PREPOSITIONS for place in PLACES]
    return [
        ["the", subject, *itertools.chain(*chosen), GAP, "."]
        for subject in SUBJECTS
        for chosen in itertools.product(phrase, repeat=phrases)
    ]


def verb(sentence: list[str]) -> str:
    """Return the word that is missing in a sentence, "is" or "are"."""
    return "are" if sentence[1].endswith("s") else "is"
