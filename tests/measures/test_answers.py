from infoplane.measures._answers import read_answer

LABELS = ("sad", "sadness", "very proud")


def test_roles_follow_the_label_over_its_tokens() -> None:
    answer = read_answer([" very", " pr", "oud", "\n"], LABELS)
    assert answer.label == 2
    assert answer.roles == ("label", "label_rest", "label_rest", "end")


def test_longest_whole_label_wins() -> None:
    assert read_answer([" sadness", ""], LABELS).label == 1
    assert read_answer([" Sad", ".", "\n"], LABELS).label == 0
    assert read_answer([" saddle", "\n"], LABELS).label == len(LABELS)


def test_leading_space_token_is_no_label_token() -> None:
    assert read_answer([" ", "sad", " now"], LABELS).roles == ("other", "label", "other")


def test_answer_that_names_no_label_has_no_label_role() -> None:
    answer = read_answer([" a", " sad", "\n", " sad"], LABELS)
    assert answer.label == len(LABELS)
    assert answer.roles == ("other", "other", "end", "other")


def test_text_after_the_stop_does_not_count() -> None:
    assert read_answer(["\n", "sad"], LABELS).label == len(LABELS)
