"""The figure of the swap says who holds and who updates what."""


from lstm_from_scratch.teaching import swapping
from tests.support.drawings import assert_legible, strings


def test_copy_and_share():
    figure = swapping.copy_and_share()
    assert_legible(figure)
    texts = strings(figure)
    assert texts.count("parameters") == 3  # two of them apart, one shared
    assert texts.count("optimizer") == texts.count("nn.LSTM") == texts.count("LSTM") == 2
    assert texts.count("not updated") == 1
    assert texts.count("holds") == texts.count("updates") == 1  # the old ones stand still, too
