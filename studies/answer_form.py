"""The form in which a model answers, and which decoding step emits what: found from its answers, not assumed.

In the paper the answer is `Emotion: [Inferred Emotion]`, tokens 1-3 write the form and 4-5 the label. Where a model
writes the form by itself, it is asked without it here too; where it does not, the form is forced as the end of the
prompt, and its tokens are tokens of the prompt.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from infoplane._prompt import Prompt
from infoplane.measures import Answer, read_answer, steps_needed
from infoplane.models import LanguageModel, Plan
from infoplane.spaces import Operation, TaskSpace
from infoplane.tasks import Split, Task

LEAST = 0.9  # of the answers have to be in the form for it to count as the model's own
PAPER_STEPS = ("0", "0-3", "4-5", "0,4-5")


@dataclass(frozen=True, slots=True)
class Step:
    """A decoding step: the token most answers emit there, their share, and the shares of roles."""

    step: int
    token: str
    share: float
    roles: dict[str, float]


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """How answers begin (`prefix`), who writes that, and the steps that emit the label.

    forced   whether the prompt ends with the prefix; otherwise the model writes it
    written  share of the answers that had the form when the model was left to write it
    tokens   of the prefix   label  the first and the last step that emit a label   steps  what every step emits
    """

    prefix: str
    forced: bool
    written: float
    tokens: int
    label: tuple[int, int]
    steps: tuple[Step, ...]

    def prompts(self, task: Task, split: Split) -> list[Prompt]:
        """What asks for the label of every example of `split`."""
        prompts = [task.prompt(text, split.pair(row)) for row, text in enumerate(split.texts)]
        return prompts if self.forced else [_open(prompt) for prompt in prompts]

    def read(self, pieces: Sequence[str], labels: Sequence[str]) -> Answer:
        """The label in an answer, and the role of every emitted token; no label where the form is not kept."""
        return read_answer(pieces, labels) if self.forced else read_formed(pieces, self.prefix, labels)

    @property
    def most_steps(self) -> int:
        """Tokens an answer may take: the label, and one more that ends it."""
        return self.label[1] + 1

    def edits(self, paper_steps: str) -> tuple[tuple[str, str], ...]:
        """(steps, tokens) here, as `Select` writes them, of one of `PAPER_STEPS`."""
        label, first = "-".join(map(str, dict.fromkeys(self.label))), self.label[0]
        if paper_steps == "4-5":
            return ((label, "last"),)
        if paper_steps == "0,4-5":
            return (("0", "content"), (label, "last"))
        form = ()
        if paper_steps == "0-3":
            form = (("0", f"-{self.tokens}--2"),) if self.forced else ((f"1-{first - 1}", "last"),)
        return (("0", "content"), *form)

    def plan(
        self,
        space: TaskSpace,
        labels: list[str],
        paper_steps: str,
        operation: Operation,
        *,
        coefficient: float,
        layers: str,
    ) -> Plan:
        """Directions of `labels`, one a prompt, added or subtracted at what `paper_steps` are here."""
        plans = [
            space.plan(labels, coefficient=coefficient, layers=layers, steps=steps, tokens=tokens, operation=operation)
            for steps, tokens in self.edits(paper_steps)
        ]
        return Plan(tuple(edit for plan in plans for edit in plan.edits), space.fingerprint)


def find_form(lm: LanguageModel, task: Task, *, prompts: int = 64, seed: int = 0) -> AnswerForm:
    """The form of the answers to some `prompts` of the tune split, left to the model and, where that fails, forced."""
    split = task.splits["tune"].stratified(prompts, seed)
    prefix = task.prompt(split.texts[0], split.pair(0)).prefix
    tokens = len(lm.tokenizer(f"\n{prefix}", add_special_tokens=False)["input_ids"])
    free = AnswerForm(prefix, False, 0.0, tokens, (1, tokens + steps_needed(lm, task)), ())
    written, found = _observed(lm, task, split, free)
    if written < LEAST:
        free = AnswerForm(prefix, True, written, tokens, (1, steps_needed(lm, task)), ())
        found = _observed(lm, task, split, free)[1]
    first = Counter(answer.roles.index("label") + 1 for _, answer in found if "label" in answer.roles)
    start = first.most_common(1)[0][0] if first else free.label[0]
    longest = max(len(ids) for ids in lm.tokenizer(list(task.answers), add_special_tokens=False)["input_ids"])
    return AnswerForm(prefix, free.forced, written, tokens, (start, start + longest - 1), _steps(found))


def read_formed(pieces: Sequence[str], prefix: str, labels: Sequence[str]) -> Answer:
    """The label behind `prefix` in an answer that begins with it; the tokens that write it have the role `form`."""
    said = ""
    for at, piece in enumerate(pieces):
        said += piece
        if said.lstrip().startswith(prefix):
            rest = said.lstrip().removeprefix(prefix)
            answer = read_answer([rest, *pieces[at + 1 :]] if rest else pieces[at + 1 :], labels)
            return Answer(answer.label, ("form",) * (at if rest else at + 1) + answer.roles)
    return Answer(len(labels), ("other",) * len(pieces))


def _open(prompt: Prompt) -> Prompt:
    """The prompt without the beginning of its answer."""
    return Prompt(f"{prompt.text}\n", "", prompt.content)


def _observed(
    lm: LanguageModel, task: Task, split: Split, form: AnswerForm
) -> tuple[float, list[tuple[list[str], Answer]]]:
    """The share of answers in the form, and the pieces and reading of every answer."""
    answers = lm.generate(form.prompts(task, split), max_new_tokens=form.most_steps)
    found = [(pieces, form.read(pieces, task.labels)) for pieces in answers.pieces]
    return sum("form" in answer.roles for _, answer in found) / len(found), found


def _steps(found: list[tuple[list[str], Answer]]) -> tuple[Step, ...]:
    steps = []
    for at in range(max(len(pieces) for pieces, _ in found)):
        running = [(pieces[at], answer.roles[at]) for pieces, answer in found if at < len(pieces)]
        token, count = Counter(token for token, _ in running).most_common(1)[0]
        roles = {role: times / len(running) for role, times in Counter(role for _, role in running).most_common()}
        steps.append(Step(at + 1, token, count / len(running), roles))
    return tuple(steps)
