"""Objectives in real runs of the Trainer of Hugging Face on tiny networks."""

import os
import socket
from pathlib import Path

import pytest
import torch
from datasets import Dataset
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from tiny_models import BLOCKS, DECODERS, ENCODERS, TEXTS, VOCABULARY, hook_count, make_network, make_tokenizer
from torch import nn
from transformers import (
    AutoModelForSequenceClassification,
    DataCollatorForSeq2Seq,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
)

from infoplane._errors import InputError
from infoplane.objectives import CentreLoss, Directions, Distillation, Objective, RDrop, TrainerLoss, make_objective
from infoplane.objectives._taps import reads_forward

LABELS = [0, 1, 2, 0, 1, 2, 0, 1, 2, 1, 0, 2]
WIDTH = 32


def classifier(family: str, *, dropout: float = 0.0, seed: int = 0) -> nn.Module:
    """A tiny network of `family` for three classes."""
    names = (
        ("hidden_dropout_prob", "attention_probs_dropout_prob")
        if family in ("bert", "roberta")
        else ("attention_dropout",)
    )
    config = make_network(family, **dict.fromkeys(names, dropout)).config
    config.num_labels = 3
    if family == "distilbert":
        config.dropout = config.seq_classif_dropout = dropout
    torch.manual_seed(seed)
    return AutoModelForSequenceClassification.from_config(config)


def texts() -> Dataset:
    tokenizer = make_tokenizer(decoder=False)
    rows = [tokenizer(text, truncation=True, max_length=20) for text in (TEXTS * 2)]
    return Dataset.from_list(
        [{"input_ids": row.input_ids, "label": label} for row, label in zip(rows, LABELS, strict=True)]
    )


def answers() -> Dataset:
    """Prompts with answers of one to three tokens; only those have labels."""
    tokenizer = make_tokenizer()
    rows = []
    for text, label in zip(TEXTS * 2, LABELS, strict=True):
        prompt, said = tokenizer(text).input_ids[:20], [7, 8, 9][: label + 1]
        rows.append({"input_ids": prompt + said, "labels": [-100] * len(prompt) + said, "classes": label})
    return Dataset.from_list(rows)


def train(network: nn.Module, folder: Path, loss: TrainerLoss | None, *, rows: int = 4, accumulate: int = 1, **more):
    """A run of the Trainer over the texts, or the answers where the network is a language model."""
    causal = "Causal" in type(network).__name__
    data, tokenizer = answers() if causal else texts(), make_tokenizer(decoder=causal)
    args = TrainingArguments(
        **{
            "output_dir": str(folder),
            "per_device_train_batch_size": rows,
            "gradient_accumulation_steps": accumulate,
            "num_train_epochs": 2,
            "learning_rate": 1e-2,
            "optim": "sgd",
            "save_strategy": "no",
            "report_to": "none",
            "use_cpu": True,
            "disable_tqdm": True,
            "dataloader_pin_memory": False,
            "logging_strategy": "no",
            "max_grad_norm": 0.0,
            "remove_unused_columns": not causal,
            **more,
        }
    )
    network.train()
    if not isinstance(network, PeftModel):
        network.requires_grad_(True)
    made = {"data_collator": DataCollatorForSeq2Seq(tokenizer) if causal else DataCollatorWithPadding(tokenizer)}
    given = {} if loss is None else {"compute_loss_func": loss, "callbacks": [loss]}
    if loss is None and causal:
        data = data.remove_columns("classes")
    trainer = Trainer(network, args, train_dataset=data, eval_dataset=data, processing_class=tokenizer, **made, **given)
    trainer.train(resume_from_checkpoint=more.get("resume_from_checkpoint"))
    return trainer


def assert_same_weights(one: nn.Module, other: nn.Module, tolerance: float = 2e-6) -> None:
    expected = dict(other.named_parameters())
    for name, value in one.named_parameters():
        torch.testing.assert_close(
            value, expected[name], rtol=0, atol=tolerance, msg=lambda text, name=name: f"{name} {text}"
        )


def plain(network: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in network.named_parameters()}


@pytest.mark.parametrize("accumulate", [1, 3])
def test_cross_entropy_trains_a_language_model_as_the_trainer_itself_does(tmp_path, accumulate):
    ours, theirs = make_network("llama"), make_network("llama")
    train(theirs, tmp_path, None, rows=2, accumulate=accumulate)
    train(ours, tmp_path, TrainerLoss("cross-entropy", ours), rows=2, accumulate=accumulate)
    assert_same_weights(ours, theirs)
    assert (ours.lm_head.weight - make_network("llama").lm_head.weight).abs().max() > 1e-5


@pytest.mark.parametrize("family", ["bert", "distilbert", "llama"])
def test_cross_entropy_trains_a_classifier_as_the_trainer_itself_does(tmp_path, family):
    ours, theirs = classifier(family), classifier(family)
    train(theirs, tmp_path, None)
    train(ours, tmp_path, TrainerLoss("cross-entropy", ours))
    assert_same_weights(ours, theirs)


OBJECTIVES = {
    "distillation": {"alpha": 0.5},
    "label-smoothing": {},
    "confidence-penalty": {},
    "centre": {"weight": 0.1},
    "r-drop": {},
    "min-cmi": {"weight": 2.0, "temperature": 0.05},
    "task-space": {"layers": "2"},
    "recoverability": {"warm": 0},
}


def directions() -> Directions:
    """One for each of three classes at every layer."""
    random = torch.Generator().manual_seed(4)
    return Directions(tuple(range(1, BLOCKS + 1)), torch.randn(BLOCKS, 3, WIDTH, generator=random))


def to_train(family: str, name: str) -> tuple[nn.Module, TrainerLoss]:
    """A network with the objective of this name."""
    network = make_network("llama") if family == "causal" else classifier(family)
    teacher = make_network("llama", seed=1) if family == "causal" else classifier(family, seed=1)
    objective = make_objective(name, **OBJECTIVES[name])
    return network, TrainerLoss(objective, network, labels=LABELS, teacher=teacher, directions=directions)


@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize("family", ["bert", "causal"])
def test_accumulation_does_not_change_the_run(tmp_path, family, name):
    def trained(rows: int, accumulate: int) -> tuple[nn.Module, Objective]:
        network, loss = to_train(family, name)
        train(network, tmp_path, loss, rows=rows, accumulate=accumulate, num_train_epochs=1)
        return network, loss.objective

    (one, kept_by_one), (three, kept_by_three) = trained(6, 1), trained(2, 3)
    assert_same_weights(three, one, 1e-5)
    for key, value in kept_by_one.named_buffers():
        torch.testing.assert_close(dict(kept_by_three.named_buffers())[key], value, rtol=1e-4, atol=1e-5)


def process(rank: int, folder: str, port: int) -> None:
    """One of two processes of a Trainer, each with half of every batch."""
    torch.set_num_threads(1)
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "RANK": str(rank), "WORLD_SIZE": "2"}
    os.environ |= {"LOCAL_RANK": str(rank), "ACCELERATE_USE_CPU": "true"}
    how = {"rows": 2, "accumulate": 2, "num_train_epochs": 1, "ddp_backend": "gloo"}
    network, loss = to_train("bert", "recoverability")
    with pytest.raises(InputError, match="recoverability in 2 processes: expected ddp_find_unused_parameters=False"):
        train(network, Path(folder), loss, **how)
    for name in OF_TWO:
        network, loss = to_train("bert", name)
        train(network, Path(folder), loss, **how, ddp_find_unused_parameters=False)
        if rank == 1:
            kept = {**dict(network.named_parameters()), **{f"kept {k}": v for k, v in loss.objective.named_buffers()}}
            save_file({key: value.detach().contiguous() for key, value in kept.items()}, f"{folder}/{name}.safetensors")
    torch.distributed.destroy_process_group()


OF_TWO = ("centre", "recoverability")


@pytest.mark.heavy
def test_two_processes_of_the_trainer_train_as_one(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(process, (str(tmp_path), port), nprocs=2)
    for name in OF_TWO:
        network, loss = to_train("bert", name)
        train(network, tmp_path, loss, rows=4, accumulate=2, num_train_epochs=1)
        found = load_file(tmp_path / f"{name}.safetensors")
        kept = {**dict(network.named_parameters()), **{f"kept {k}": v for k, v in loss.objective.named_buffers()}}
        assert found.keys() == kept.keys()
        for key, value in kept.items():
            torch.testing.assert_close(found[key], value.detach(), rtol=1e-4, atol=1e-5)


class Spy(Objective):
    """Keeps the batches that it is shown."""

    name = "spy"
    needs = frozenset({"features", "again"})

    def __init__(self, **more) -> None:
        super().__init__()
        self.batches, self.shown, self.more = [], [], more

    @property
    def refresh(self):
        return self.more.get("refresh", "never")

    @property
    def drawn(self):
        return self.more.get("drawn", 0)

    def see_all(self, features, labels):
        self.shown.append((features, labels))

    def see_drawn(self, features, labels):
        self.shown.append((features, labels))

    def forward(self, batch):
        self.batches.append((batch, self.training))
        return self._cross_entropy(batch)


@pytest.mark.parametrize("family", ["bert", "distilbert", "llama", "gpt2"])
def test_features_are_what_the_last_linear_map_reads_before_dropout(tmp_path, family):
    network = classifier(family, dropout=0.3 if family in ("bert", "distilbert") else 0.0)
    spy = Spy()
    train(network, tmp_path, TrainerLoss(spy, network, labels=LABELS), max_steps=1, learning_rate=0.0)
    batch, training = spy.batches[0]
    assert training
    assert batch.features.shape == (4, WIDTH)
    assert batch.features.requires_grad
    assert not (batch.features == 0).any(1).any() or family == "distilbert"  # which ends in a ReLU
    head = next(module for name, module in network.named_modules() if name in ("classifier", "score"))
    through = head(batch.features)
    if family in ("llama", "gpt2"):
        torch.testing.assert_close(through, batch.logits)
    else:
        assert not torch.allclose(through, batch.logits), "dropout lies between"
        assert not torch.allclose(batch.again, batch.logits), "the second pass has a dropout of its own"


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")  # peft's own call
@pytest.mark.parametrize("family", ["bert", "roberta"])
def test_adapters_of_peft_change_nothing_of_what_is_seen(tmp_path, family):
    config = LoraConfig(task_type="SEQ_CLS", r=2, target_modules=["query"])
    network = get_peft_model(classifier(family, dropout=0.3), config)
    spy = Spy()
    train(network, tmp_path, TrainerLoss(spy, network, labels=LABELS), max_steps=1, learning_rate=0.0)
    batch, _ = spy.batches[0]
    assert batch.features.shape == (4, WIDTH)
    assert not (batch.features == 0).any(), "before dropout"
    assert not torch.allclose(batch.again, batch.logits)


def test_a_language_model_gives_an_example_for_every_token_that_is_said(tmp_path):
    network = make_network("llama")
    spy = Spy()
    train(network, tmp_path, TrainerLoss(spy, network, labels=LABELS), rows=12, max_steps=1)
    batch, _ = spy.batches[0]
    assert sorted(batch.labels.tolist()) == sorted(label for label in LABELS for _ in range(label + 1))
    assert batch.count == len(batch) == 4 * (1 + 2 + 3)
    assert set(batch.targets.tolist()) == {7, 8, 9}
    assert batch.logits.shape == (24, VOCABULARY)
    assert batch.features.shape == (24, WIDTH)


def test_evaluation_is_without_dropout_and_leaves_centres_alone(tmp_path):
    network = classifier("bert", dropout=0.2)
    loss = TrainerLoss(CentreLoss(0.1), network, labels=LABELS)
    trainer = train(network, tmp_path, loss)
    centres = loss.objective.centres.clone()
    first, second = trainer.evaluate()["eval_loss"], trainer.evaluate()["eval_loss"]
    assert first == second
    assert torch.equal(loss.objective.centres, centres)
    assert not loss.objective.sums.any()


def test_an_objective_is_shown_all_examples_when_it_wants_to(tmp_path):
    network = classifier("bert", dropout=0.2)
    each, often = Spy(refresh="epoch"), Spy(refresh=2)
    train(network, tmp_path, TrainerLoss(each, network, labels=LABELS))
    train(network, tmp_path, TrainerLoss(often, network, labels=LABELS))
    assert len(each.shown) == 2  # epochs
    assert len(often.shown) == 3  # of six steps
    features, labels = each.shown[0]
    assert features.shape == (12, WIDTH)
    assert labels.tolist() == LABELS
    assert not features.requires_grad


def test_examples_are_drawn_from_the_classes_of_the_batch(tmp_path):
    network = classifier("bert")
    spy = Spy(drawn=2)
    train(network, tmp_path, TrainerLoss(spy, network, labels=LABELS), rows=1, max_steps=3)
    for (batch, _), (features, labels) in zip(spy.batches, spy.shown, strict=True):
        assert labels.tolist() == batch.labels.tolist() * 2
        assert features.shape == (2, WIDTH)


def test_a_run_that_is_resumed_goes_on_with_the_centres_it_had(tmp_path):
    def network_and_loss() -> tuple[nn.Module, TrainerLoss]:
        network = classifier("bert")
        return network, TrainerLoss(CentreLoss(0.1), network, labels=LABELS)

    every = {"save_strategy": "steps", "save_steps": 3, "save_only_model": False}
    whole, loss = network_and_loss()
    train(whole, tmp_path, loss, **every)
    assert set(load_file(tmp_path / "checkpoint-3" / "objective.safetensors")) == {"centres", "seen"}
    again, second = network_and_loss()
    train(again, tmp_path, second, **every, resume_from_checkpoint=str(tmp_path / "checkpoint-3"))
    assert_same_weights(again, whole)
    torch.testing.assert_close(second.objective.centres, loss.objective.centres)


class Learns(Objective):
    """Has a parameter, as a decoder of tokens has."""

    name = "learns"

    def prepare(self, facts):
        self.scale = nn.Parameter(torch.ones(facts.blocks))

    def forward(self, batch):
        return self._cross_entropy(batch) + self.scale.square().sum() * len(batch) / batch.whole


def test_what_an_objective_learns_is_trained_with_the_network_and_kept_beside_it(tmp_path):
    network = classifier("bert")
    loss = TrainerLoss(Learns(), network)
    train(network, tmp_path, loss, save_strategy="epoch")
    assert loss.objective.scale.shape == (BLOCKS,)
    assert (loss.objective.scale < 1).all()
    last = max(tmp_path.glob("checkpoint-*"))
    torch.testing.assert_close(load_file(last / "objective.safetensors")["scale"], loss.objective.scale.detach())
    assert not [name for name in load_file(last / "model.safetensors") if "scale" in name]
    loss.remove()
    assert "infoplane_objective.scale" not in network.state_dict()
    assert hook_count(network) == 0


@pytest.mark.parametrize("family", ["bert", "causal"])
@pytest.mark.parametrize("tokens", ["last", "content"])
def test_states_begin_where_the_network_before_training_has_them(tmp_path, family, tokens):
    network = make_network("llama") if family == "causal" else classifier("bert", dropout=0.0)
    objective = make_objective("task-space", weight=1.0, layers="2", tokens=tokens)
    first = []
    loss = TrainerLoss(objective, network, labels=LABELS, directions=directions)
    objective.register_forward_hook(lambda *_: first.append(objective.parts["task_space"].item()))
    train(network, tmp_path, loss, num_train_epochs=12, rows=12, learning_rate=0.1)
    assert first[0] == pytest.approx(1.0, rel=0.1), "strength^2, to the directions' share of the tokens in a batch"
    assert first[-1] < 0.9 * first[0]


@pytest.mark.parametrize("centroids", ["inbatch", "full_pass"])
def test_features_of_a_class_draw_together_in_the_trainer(tmp_path, centroids):
    network = classifier("bert")
    objective = make_objective("min-cmi", weight=5.0, centroids=centroids, temperature=0.05)
    values = []
    objective.register_forward_hook(lambda *_: values.append(objective.parts["cmi"].item()))
    train(
        network,
        tmp_path,
        TrainerLoss(objective, network, labels=LABELS),
        rows=12,
        num_train_epochs=10,
        learning_rate=0.1,
    )
    assert values[0] > 1e-5
    assert values[-1] < 0.9 * values[0]


def test_r_drop_runs_twice_only_while_training(tmp_path):
    network = classifier("bert", dropout=0.3)
    loss = TrainerLoss(RDrop(1.0), network)
    trainer = train(network, tmp_path, loss, max_steps=1)
    assert loss.objective.parts["divergence"] > 0
    trainer.evaluate()
    assert loss.objective.parts["divergence"] == 0


def test_who_reads_forward_is_seen_in_every_family():
    assert all(reads_forward(make_network(family)) for family in DECODERS)
    assert not any(reads_forward(make_network(family)) for family in ENCODERS)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TrainerLoss("centre", classifier("bert")), "TrainerLoss of centre without labels: expected the class"),
        (lambda: TrainerLoss(Distillation(), classifier("bert")), "TrainerLoss of distillation without a teacher"),
        (lambda: TrainerLoss("hinge", classifier("bert")), "objective 'hinge': expected one of cross-entropy"),
    ],
)
def test_what_is_missing_is_said_in_one_line(make, message):
    with pytest.raises(InputError) as refused:
        make()
    assert str(refused.value).startswith(message)


def test_a_teacher_of_another_vocabulary_is_refused(tmp_path):
    network, teacher = make_network("llama"), make_network("llama", vocab_size=VOCABULARY + 8)
    with pytest.raises(InputError, match="expected the same classes or vocabulary"):
        train(network, tmp_path, TrainerLoss("distillation", network, teacher=teacher))


def test_tokens_without_the_classes_of_their_texts_are_refused(tmp_path):
    network = make_network("llama")
    with pytest.raises(InputError, match="a batch of tokens without the classes of their texts"):
        train(network, tmp_path, TrainerLoss("centre", network, labels=LABELS), remove_unused_columns=True)
