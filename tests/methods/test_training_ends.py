"""A training that stops between its last step and the judgement of its last epoch."""

import pytest
from tiny_models import make_model

from infoplane.methods import Recipe, finetune
from infoplane.methods._training import _loop

QUICK = Recipe(epochs=2, batch_size=31, learning_rate=3e-3, max_length=48)


class StoppedError(Exception):
    """Raised in the middle."""


def test_the_last_epoch_is_judged_when_all_its_steps_were_already_kept(task, tmp_path, monkeypatch):
    judge, judged = _loop.Loop._judge, []

    def stopping(loop, epoch):
        judged.append(epoch)
        if len(judged) == 2:
            raise StoppedError
        judge(loop, epoch)

    monkeypatch.setattr(_loop, "_SECONDS", 0.0)  # a checkpoint after every step
    monkeypatch.setattr(_loop, "_TELL", 1)
    monkeypatch.setattr(_loop.Loop, "_judge", stopping)
    with pytest.raises(StoppedError):
        finetune(make_model("bert"), task, out=tmp_path / "run", recipe=QUICK, trackers=())
    run = finetune(make_model("bert"), task, out=tmp_path / "run", recipe=QUICK, trackers=())
    assert judged == [0, 1, 1]
    assert run.facts["epochs"] == 2
